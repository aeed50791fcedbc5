import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { clockEnvironment, createClock } from "../../drill/clock.ts";
import type { JobRecord, RunRecord } from "../../drill/contracts.ts";
import { loadScenario } from "../../drill/scenario/load.ts";
import { planWorld, type WorldPlan } from "../../drill/scenario/plan.ts";
import { type Platform, startPlatform } from "../../drill/scenario/platform.ts";
import { keepCalls } from "./call-logs.ts";
import { ownRunbook } from "./incident.ts";
import { killTree } from "./kill-tree.ts";

/** Starts committed bundles as child processes against the simulated platform. */

const ROOT = join(import.meta.dirname, "../..");
/** Where `<action>/dist/index.js` lies: what is committed, or bundles of sources that are not committed yet. */
const BUNDLES = process.env.FIREBREAK_BUNDLES ?? join(ROOT, "actions");

/** What Node has compiled of the bundles, for every job of every test and drill. */
const COMPILED = join(ROOT, "node_modules/.cache/firebreak-bundles");

export interface BundleResult {
  code: number | null;
  signal: NodeJS.Signals | null;
  /** Standard output and error together, as the job's log would have them before masking. */
  output: string;
  outputs: Record<string, string>;
  summary: string;
}

export interface Bench {
  platform: Platform;
  plan: WorldPlan;
  run: RunRecord;
  /** Another dispatch of the workflow. */
  dispatch(): RunRecord;
  /** A job of the run with a token of its own and a session of a role. */
  job(key: string, role: "evidence" | "containment"): BenchJob;
  close(): Promise<void>;
}

export interface BenchJob {
  record: JobRecord;
  start(action: string, inputs: Record<string, string>, options?: StartOptions): Promise<BundleResult>;
}

export interface StartOptions {
  /** Called as soon as the child runs, for tests that kill it with all that it has started. */
  onStart?: (kill: () => void) => void;
  attempt?: number;
  /** More of the job's environment, for example the path of the event. */
  env?: Record<string, string>;
  /** Another run of the same workflow; the bench's own when absent. */
  runId?: number;
}

/** The simulated platform of a shipped scenario, with a run of incident.yml that somebody dispatched. */
export async function startBench(scenarioName = "service-outage", speed = 40): Promise<Bench> {
  const { scenario } = await loadScenario(scenarioName);
  const clock = createClock({ speed });
  const plan = planWorld(scenario, ownRunbook(), scenario.seed, clock.now());
  const platform = await startPlatform(scenario, plan, scenario.seed, clock);
  const { host } = platform.github;
  const actor = scenario.dispatch.actor;
  const dispatch = () => {
    const created = host.createRun({
      name: "Incident",
      displayTitle: "Incident",
      path: ".github/workflows/incident.yml",
      event: "workflow_dispatch",
      actor,
      triggeringActor: actor,
    });
    host.updateRun(created.id, { status: "in_progress" });
    return created;
  };
  const run = dispatch();
  const target = plan.mcps[0]?.target;
  if (!target) throw new Error("the scenario has no mcp");
  return {
    platform,
    plan,
    run,
    dispatch,
    job: (key, role) => {
      const record = host.createJob({
        runId: run.id,
        attempt: run.attempt,
        key,
        name: key,
        environment: null,
      });
      host.updateJob(record.id, { status: "in_progress", startedAt: clock.now() });
      const token = host.mintJobToken(record.id, { contents: "read", issues: "write", actions: "read" });
      const roleArn = role === "evidence" ? target.evidenceRole : target.containmentRole;
      const session = platform.aws.sessions.issue({
        roleArn,
        job: key,
        sessionName: "GitHubActions",
        durationSeconds: 720_000,
      });
      return {
        record,
        start: (action, inputs, options = {}) => {
          const env = {
            PATH: process.env.PATH ?? "",
            ...clockEnvironment(clock),
            AWS_ENDPOINT_URL: platform.aws.url,
            AWS_ACCESS_KEY_ID: session.accessKeyId,
            AWS_SECRET_ACCESS_KEY: session.secretAccessKey,
            AWS_SESSION_TOKEN: session.sessionToken,
            AWS_REGION: plan.region,
            GITHUB_API_URL: platform.github.apiUrl,
            GITHUB_SERVER_URL: platform.github.serverUrl,
            GITHUB_REPOSITORY: host.repository,
            GITHUB_RUN_ID: String(options.runId ?? run.id),
            GITHUB_RUN_ATTEMPT: String(options.attempt ?? run.attempt),
            GITHUB_JOB: key,
            GITHUB_WORKFLOW: run.name,
            GITHUB_ACTOR: actor,
            GITHUB_TRIGGERING_ACTOR: actor,
            GITHUB_WORKSPACE: ROOT,
          };
          return startBundle(
            action,
            { environment: target.environment, "github-token": token, ...inputs },
            env,
            options,
          );
        },
      };
    },
    close: async () => {
      keepCalls(platform.calls.toNdjson());
      await platform.close();
    },
  };
}

/** Runs `actions/<action>/dist/index.js` with the runner's contract: INPUT_*, the command files. */
export async function startBundle(
  action: string,
  inputs: Record<string, string>,
  env: Record<string, string>,
  options: StartOptions = {},
): Promise<BundleResult> {
  const folder = mkdtempSync(join(tmpdir(), "firebreak-bundle-"));
  const [outputFile, summaryFile] = [join(folder, "output"), join(folder, "summary")];
  for (const file of [outputFile, summaryFile]) writeFileSync(file, "");
  const inputEnv = Object.fromEntries(
    Object.entries(inputs).map(([name, value]) => [
      `INPUT_${name.replaceAll(" ", "_").toUpperCase()}`,
      value,
    ]),
  );
  const child = spawn(process.execPath, [join(BUNDLES, action, "dist", "index.js")], {
    env: {
      ...env,
      ...options.env,
      ...inputEnv,
      NODE_COMPILE_CACHE: COMPILED,
      GITHUB_OUTPUT: outputFile,
      GITHUB_STEP_SUMMARY: summaryFile,
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8");
    stream.on("data", (text: string) => {
      output += text;
    });
  }
  options.onStart?.(() => killTree(child.pid));
  const [code, signal] = await new Promise<[number | null, NodeJS.Signals | null]>((resolve) => {
    child.on("close", (exit, by) => resolve([exit, by]));
  });
  const result = {
    code,
    signal,
    output,
    outputs: parseOutputs(readFileSync(outputFile, "utf8")),
    summary: readFileSync(summaryFile, "utf8"),
  };
  rmSync(folder, { recursive: true });
  return result;
}

/** The heredoc form in which the toolkit writes outputs. */
function parseOutputs(text: string): Record<string, string> {
  const outputs: Record<string, string> = {};
  for (const match of text.matchAll(/^(.+?)<<(ghadelimiter_[\w-]+)\n([\s\S]*?)\n\2$/gm))
    outputs[match[1] ?? ""] = match[3] ?? "";
  return outputs;
}
