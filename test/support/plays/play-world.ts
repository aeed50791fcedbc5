/** The simulated platform and a checked-out repository, on which plays are made ready in this process and run as bundles. */
import { copyFileSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { Octokit } from "@octokit/rest";
import { clockEnvironment, createClock, type DrillClock } from "../../../drill/clock.ts";
import type { JobRecord, RunRecord } from "../../../drill/contracts.ts";
import { OidcEndpoint } from "../../../drill/runner/oidc-endpoint.ts";
import { planWorld, type WorldPlan } from "../../../drill/scenario/plan.ts";
import { type Platform, startPlatform } from "../../../drill/scenario/platform.ts";
import { prepareStandIns, type Repository } from "../../../drill/scenario/repository.ts";
import { type Scenario, scenarioSchema } from "../../../drill/scenario/schema.ts";
import { type Environment, InputReader } from "../../../src/actions/inputs.ts";
import { createEntra } from "../../../src/clients/entra.ts";
import type { StartProcess } from "../../../src/containment/process.ts";
import type { ActionDeps, Log, Outputs } from "../../../src/ports.ts";
import { checkRunbook } from "../../../src/runbook/check.ts";
import type { Target } from "../../../src/runbook/target.ts";
import { type IncidentReport, verifyIncident } from "../../../src/verify/incident.ts";
import { S3Store } from "../../../src/verify/s3-store.ts";
import { type BundleResult, type StartOptions, startBundle } from "../bundle.ts";
import { keepCalls } from "../call-logs.ts";
import { type Call, changingCalls } from "../drill.ts";
import { CallGate } from "../every-call.ts";
import { clientsOf } from "./clients.ts";
import { LEAD, ONCALL, REVIEWER } from "./people.ts";
import { configurationOf } from "./platform-state.ts";

const ROOT = join(import.meta.dirname, "../../..");
const STAND_INS = join(ROOT, "drill/stand-ins");
/** What Node compiled of a bundle, shared by all the children. */
const COMPILED = join(tmpdir(), "firebreak-compiled");
/** How many simulated milliseconds pass in one. */
const SPEED = 100;
/** Reviews, tasks that end and sessions that are made last no longer than that. */
const SESSION_SECONDS = 2_000_000;

export interface WorldOptions {
  /** Laid over a small world of one mcp. */
  scenario?: Partial<Record<keyof Scenario, unknown>>;
  /** Put at the end of the runbook, or in place of a part of it. */
  runbook?: (text: string) => string;
  /** When it begins: worlds that begin at the same moment are alike. */
  start?: number;
}

/** A job of a run with a token of its own and a session of a role. */
export interface Job {
  record: JobRecord;
  run: RunRecord;
  role: "evidence" | "containment";
}

export class PlayWorld {
  readonly platform: Platform;
  /** Decides what befalls each call. */
  readonly gate: CallGate;
  readonly plan: WorldPlan;
  readonly target: Target;
  /** The configuration of the platform each time it became another, as canonical JSON: the first one is the start. */
  readonly history: string[];
  readonly #clock: DrillClock;
  readonly #workspace: string;
  readonly #standIns: Repository | null;
  readonly #oidc: OidcEndpoint;
  readonly #unsubscribe: () => void;

  private constructor(
    platform: Platform,
    gate: CallGate,
    plan: WorldPlan,
    clock: DrillClock,
    workspace: string,
    standIns: Repository | null,
  ) {
    const target = plan.mcps[0]?.target;
    if (!target) throw new Error("the world has no mcp");
    this.platform = platform;
    this.gate = gate;
    this.plan = plan;
    this.target = target;
    this.#clock = clock;
    this.#workspace = workspace;
    this.#standIns = standIns;
    const { host } = platform.github;
    this.#oidc = new OidcEndpoint(host.mintOidcToken, host.serverUrl);
    this.history = [configurationOf(platform)];
    this.#unsubscribe = platform.calls.onCall(() => {
      const now = configurationOf(platform);
      if (now !== this.history.at(-1)) this.history.push(now);
    });
  }

  static async start({ scenario: changes, runbook, start = Date.now() }: WorldOptions = {}) {
    const scenario = scenarioSchema.parse({ ...SMALL, ...changes });
    const workspace = mkdtempSync(join(tmpdir(), "firebreak-workspace-"));
    // A copy: the repository's own may be written while a long test runs.
    copyFileSync(join(ROOT, "runbook.yml"), join(workspace, "runbook.yml"));
    cpSync(join(ROOT, "policies"), join(workspace, "policies"), { recursive: true });
    const path = join(workspace, "runbook.yml");
    if (runbook) writeFileSync(path, runbook(readFileSync(path, "utf8")));
    const checked = checkRunbook(readFileSync(path, "utf8"));
    if (!checked.runbook) throw new Error(`the runbook is not valid: ${JSON.stringify(checked.errors)}`);
    for (const [name, text] of Object.entries(scenario.files)) {
      mkdirSync(dirname(join(workspace, name)), { recursive: true });
      writeFileSync(join(workspace, name), text);
    }
    const scripts = Object.entries(scenario.stand_ins).map(([name, file]): [string, string] => [
      name,
      join(STAND_INS, file),
    ]);
    const standIns = await prepareStandIns(new Map(scripts));
    const clock = createClock({ speed: SPEED, start });
    const plan = planWorld(scenario, checked.runbook, scenario.seed, start);
    const gate = new CallGate();
    const platform = await startPlatform(scenario, plan, scenario.seed, clock, gate);
    return new PlayWorld(platform, gate, plan, clock, workspace, standIns);
  }

  get runbookPath(): string {
    return join(this.#workspace, "runbook.yml");
  }

  /** Changes a file of the checked-out repository. */
  edit(path: string, change: (text: string) => string): void {
    const file = join(this.#workspace, path);
    writeFileSync(file, change(readFileSync(file, "utf8")));
  }

  /** Removes a file or folder of the checked-out repository. */
  remove(path: string): void {
    rmSync(join(this.#workspace, path), { recursive: true });
  }

  /** Somebody dispatches a workflow. */
  dispatch(actor = ONCALL): RunRecord {
    const { host } = this.platform.github;
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
  }

  /** Re-runs the failed jobs of a run: the same run, its next attempt. */
  again(run: RunRecord): RunRecord {
    return this.platform.github.host.newAttempt(run.id, run.triggeringActor);
  }

  /** A job that begins now; one of the containment role is in the GitHub environment. */
  job(run: RunRecord, key: string, role: Job["role"], environment = this.target.githubEnvironment): Job {
    const { host } = this.platform.github;
    const record = host.createJob({
      runId: run.id,
      attempt: run.attempt,
      key,
      name: key,
      environment: role === "containment" ? environment : null,
    });
    host.updateJob(record.id, { status: "in_progress", startedAt: this.#clock.now() });
    return { record, run, role };
  }

  end({ record }: Job, conclusion: "success" | "failure" = "success"): void {
    const { host } = this.platform.github;
    host.updateJob(record.id, { status: "completed", conclusion, completedAt: this.#clock.now() });
  }

  /** The run's job asks for its environment, and somebody answers. */
  async review(
    run: RunRecord,
    {
      environment = this.target.githubEnvironment,
      by = REVIEWER,
      state = "approved",
    }: { environment?: string; by?: string; state?: "approved" | "rejected" } = {},
  ): Promise<void> {
    const { host, state: github } = this.platform.github;
    const waiting = host.awaitApproval(run.id, environment);
    github.review(run.id, environment, by, state, "Seen the plan.");
    await waiting;
  }

  /** Runs an action in this process, from its sources. @throws what the action throws. */
  async act(action: string, inputs: Record<string, string>, job: Job): Promise<Outputs> {
    const { readInputs } = (await import(`${ROOT}/src/actions/${action}/inputs.ts`)) as {
      readInputs: (reader: InputReader) => object;
    };
    const run = await runOf(action);
    const env: Environment = Object.fromEntries(
      Object.entries({ environment: this.target.environment, "github-token": "token", ...inputs }).map(
        ([name, value]) => [`INPUT_${name.toUpperCase()}`, value],
      ),
    );
    const deps = this.deps(job);
    const outputs = await run(readInputs(new InputReader(env)), deps);
    this.end(job);
    return outputs;
  }

  /** What an action is given by its job, in this process. */
  deps({ record, run, role }: Job): ActionDeps {
    const { github, aws, entra } = this.platform;
    const clock = this.#clock;
    const clients = clientsOf(this.plan.region, aws.url, clock, this.#session(record.key, role));
    const log: Log = { info: () => {}, warning: () => {}, error: () => {}, mask: () => {} };
    const [owner = "", repo = ""] = github.host.repository.split("/");
    const ticking = { now: () => new Date(clock.now()), sleep: (ms: number) => clock.sleep(ms) };
    return {
      aws: () => clients,
      github: new Octokit({ auth: this.#token(record), baseUrl: github.apiUrl, log: SILENT }),
      graph: createEntra({
        cloud: { authority: entra.url, graph: entra.url },
        clock: ticking,
        log,
        identityToken: async (audience) => github.host.mintOidcToken(record.id, audience ?? ""),
      }),
      clock: ticking,
      log,
      context: {
        owner,
        repo,
        runId: run.id,
        runAttempt: run.attempt,
        job: record.key,
        workflow: run.name,
        actor: run.triggeringActor,
        serverUrl: github.serverUrl,
        workspace: this.#workspace,
      },
      summary: async () => {},
    };
  }

  /** Runs an action's bundle as the job's step. */
  async bundle(
    action: string,
    inputs: Record<string, string>,
    { record, run, role }: Job,
    options: StartOptions = {},
  ): Promise<BundleResult> {
    const { github, aws, entra } = this.platform;
    const session = this.#session(record.key, role);
    const token = this.#token(record);
    const identity = await this.#oidc.open(record.id);
    const result = await startBundle(
      action,
      { environment: this.target.environment, "github-token": token, ...inputs },
      {
        PATH: [this.#standIns?.root, process.env.PATH].filter(Boolean).join(":"),
        ...clockEnvironment(this.#clock),
        NODE_COMPILE_CACHE: COMPILED,
        AWS_ENDPOINT_URL: aws.url,
        AWS_ACCESS_KEY_ID: session.accessKeyId,
        AWS_SECRET_ACCESS_KEY: session.secretAccessKey,
        AWS_SESSION_TOKEN: session.sessionToken,
        AWS_REGION: this.plan.region,
        AZURE_AUTHORITY_HOST: entra.url,
        MICROSOFT_GRAPH_ENDPOINT: entra.url,
        ACTIONS_ID_TOKEN_REQUEST_URL: identity.url,
        ACTIONS_ID_TOKEN_REQUEST_TOKEN: identity.token,
        GITHUB_API_URL: github.apiUrl,
        GITHUB_SERVER_URL: github.serverUrl,
        GITHUB_REPOSITORY: github.host.repository,
        GITHUB_RUN_ID: String(run.id),
        GITHUB_RUN_ATTEMPT: String(run.attempt),
        GITHUB_JOB: record.key,
        GITHUB_WORKFLOW: run.name,
        GITHUB_ACTOR: run.actor,
        GITHUB_TRIGGERING_ACTOR: run.triggeringActor,
        GITHUB_WORKSPACE: this.#workspace,
      },
      options,
    );
    github.host.revokeJobToken(record.id);
    this.end({ record, run, role }, result.code === 0 ? "success" : "failure");
    return result;
  }

  /** The calls by which a containing job changed the platform, refused ones as well. */
  changes(): Call[] {
    const calls = this.platform.calls.all() as Call[];
    const ofTenant = calls.filter(
      ({ service, operation, job }) =>
        service === "entra" && job === "contain" && !/^(token$|GET |.*\/(list|get))/.test(operation),
    );
    return [...changingCalls(calls, "containment"), ...ofTenant];
  }

  /** The verifier's report on an incident as it lies in the vault. */
  async verify(incident: string): Promise<IncidentReport> {
    const { url } = this.platform.aws;
    const { s3 } = clientsOf(this.plan.region, url, this.#clock, this.#session("verifier", "evidence"));
    const now = () => new Date(this.#clock.now());
    return verifyIncident(new S3Store(s3, this.target.vault, now), `INC-${incident}`);
  }

  /** The ledger's entries as they lie in the vault. */
  async ledger(incident: string): Promise<{ kind: string; data: Record<string, unknown> }[]> {
    const { s3 } = this.platform.aws;
    const keys = s3.currentKeys(this.target.vault, `incidents/INC-${incident}/ledger/`);
    const bodies = await Promise.all([...keys].map((key) => s3.readObject(this.target.vault, key)));
    return bodies.map((body) => JSON.parse(body.toString("utf8")));
  }

  async close(): Promise<void> {
    this.#unsubscribe();
    keepCalls(this.platform.calls.toNdjson());
    await Promise.all([this.platform.close(), this.#oidc.close(), this.#standIns?.remove()]);
    rmSync(this.#workspace, { recursive: true, force: true });
  }

  #session(job: string, role: Job["role"]) {
    const roleArn = role === "evidence" ? this.target.evidenceRole : this.target.containmentRole;
    return this.platform.aws.sessions.issue({ roleArn, job, durationSeconds: SESSION_SECONDS });
  }

  #token({ id }: JobRecord): string {
    const permissions = { contents: "read", issues: "write", actions: "read", "id-token": "write" } as const;
    return this.platform.github.host.mintJobToken(id, permissions);
  }
}

type Run = (inputs: object, deps: ActionDeps) => Promise<Outputs>;

/** An action's `run`. The one that starts a process gets none to start: that is for the bundle. */
async function runOf(action: string): Promise<Run> {
  const module = (await import(`${ROOT}/src/actions/${action}/run.ts`)) as {
    run?: Run;
    rotateSecretBy?: (startProcess: StartProcess) => Run;
  };
  const run = module.run ?? module.rotateSecretBy?.(() => Promise.reject(new Error("no process here")));
  if (!run) throw new Error(`the action ${action} has no run`);
  return run;
}

const SILENT = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

/** As little of everything as lets a play happen. */
const SMALL = {
  name: "play-world",
  description: "One mcp with two tasks.",
  seed: 7,
  aws: { latency_ms: 0, trail_delay_seconds: 0, task_start_seconds: 4, task_stop_seconds: 4 },
  repository: {
    users: [
      { login: ONCALL, name: "Freja Lund", permission: "write" },
      { login: REVIEWER, name: "Jonas Krogh", permission: "maintain" },
      { login: LEAD, name: "Sofie Dahl", permission: "maintain" },
    ],
    environments: [
      { name: "containment-dev", required_reviewers: [REVIEWER], prevent_self_review: true },
      { name: "break-glass-dev", required_reviewers: [LEAD], prevent_self_review: true },
      { name: "unprotected-dev", required_reviewers: [] },
      { name: "bypassed-dev", required_reviewers: [REVIEWER, LEAD], admins_can_bypass: true },
      { name: "self-reviewed-dev", required_reviewers: [ONCALL, REVIEWER], prevent_self_review: false },
    ],
  },
  mcps: [
    {
      name: "servicenow",
      tasks: 2,
      ended_tasks: 0,
      autoscaling: { min: 1, max: 4 },
      log: { events_per_task: 10, hours: 1 },
      audit: { objects_per_hour: 1, hours: 1, records: 1 },
    },
  ],
  attacker: { started_minutes_ago: 30, log_lines: 2, audit_records: 1, parameter_reads: 1 },
  dispatch: { actor: ONCALL, inputs: { mcp: "servicenow" } },
};
