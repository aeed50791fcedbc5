/** A platform with little in it, on which an incident is declared and preserved many times over. */
import { copyFileSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { S3Client } from "@aws-sdk/client-s3";
import { clockEnvironment, createClock } from "../../drill/clock.ts";
import type { JobRecord, RunRecord } from "../../drill/contracts.ts";
import { planWorld, type WorldPlan } from "../../drill/scenario/plan.ts";
import { type Platform, startPlatform } from "../../drill/scenario/platform.ts";
import { scenarioSchema } from "../../drill/scenario/schema.ts";
import { IncidentRecord, type RecordDeps } from "../../src/incident/record.ts";
import type { Target } from "../../src/runbook/target.ts";
import { type IncidentReport, verifyIncident } from "../../src/verify/incident.ts";
import { S3Store } from "../../src/verify/s3-store.ts";
import { type BundleResult, type StartOptions, startBundle } from "./bundle.ts";
import { keepCalls } from "./call-logs.ts";
import { CallGate } from "./every-call.ts";
import { context, facts, ownRunbook } from "./incident.ts";

const ROOT = join(import.meta.dirname, "../..");
const HOUR_MS = 3_600_000;
const ACTOR = "oncall-engineer";
/** How many simulated milliseconds pass in one: pauses cost little, and a session of a day is long enough for a file. */
const SPEED = 100;

const TRAIL_DELAY_SECONDS = 300;
/** Everything in the world happened more than that ago, and is in the window. */
const LOOK_BACK_HOURS = 2;

/** One task, a few audit objects, one parameter with two versions. */
const SCENARIO = scenarioSchema.parse({
  name: "small-world",
  description: "As little of everything as makes every step of a capture happen.",
  seed: 7,
  aws: { latency_ms: 0, trail_delay_seconds: TRAIL_DELAY_SECONDS },
  mcps: [
    {
      name: "servicenow",
      tasks: 1,
      ended_tasks: 1,
      autoscaling: { min: 1, max: 1 },
      log: { events_per_task: 12, hours: 1 },
      audit: { objects_per_hour: 3, hours: 1, records: 2 },
    },
  ],
  attacker: { started_minutes_ago: 30, log_lines: 3, audit_records: 2, parameter_reads: 1 },
  dispatch: { actor: ACTOR, inputs: { mcp: "servicenow" } },
});

export interface PreserveOptions extends StartOptions {
  /** Another run than the world's own. */
  run?: RunRecord;
}

export class SmallWorld {
  readonly platform: Platform;
  readonly plan: WorldPlan;
  readonly gate: CallGate;
  readonly target: Target;
  /** The run whose job preserves. */
  readonly run: RunRecord;
  readonly s3: S3Client;
  /** How old an event is before it can be looked up, in simulated milliseconds. */
  readonly trailDelayMs = TRAIL_DELAY_SECONDS * 1000;
  /** All that were declared. */
  readonly incidents: number[] = [];
  readonly #workspace: string;

  private constructor(platform: Platform, plan: WorldPlan, gate: CallGate) {
    const target = plan.mcps[0]?.target;
    if (!target) throw new Error("the small world has no mcp");
    this.platform = platform;
    this.plan = plan;
    this.gate = gate;
    this.target = target;
    const finished = this.newRun();
    const job = this.#newJob(finished);
    platform.github.host.setJobLog(job.id, "Deployed.\n");
    const end = { status: "completed", conclusion: "success", completedAt: platform.clock.now() } as const;
    platform.github.host.updateJob(job.id, end);
    platform.github.host.updateRun(finished.id, end);
    this.run = this.newRun();
    this.s3 = new S3Client({
      region: plan.region,
      endpoint: platform.aws.url,
      credentials: this.#session("verifier"),
      maxAttempts: 3,
    });
    // A copy: the repository's own may be written while a long test runs.
    this.#workspace = mkdtempSync(join(tmpdir(), "firebreak-workspace-"));
    copyFileSync(join(ROOT, "runbook.yml"), join(this.#workspace, "runbook.yml"));
  }

  /** Worlds that start at the same moment hold the same, to the byte, but for what the platform makes up as it runs. */
  static async start({ start = Date.now(), speed = SPEED } = {}): Promise<SmallWorld> {
    const clock = createClock({ speed, start });
    const plan = planWorld(SCENARIO, ownRunbook(), SCENARIO.seed, start);
    const gate = new CallGate();
    return new SmallWorld(await startPlatform(SCENARIO, plan, SCENARIO.seed, clock, gate), plan, gate);
  }

  /** Another run of the workflow, going on. */
  newRun(): RunRecord {
    const { host } = this.platform.github;
    const created = host.createRun({
      name: "Incident",
      displayTitle: "Incident",
      path: ".github/workflows/incident.yml",
      event: "workflow_dispatch",
      actor: ACTOR,
      triggeringActor: ACTOR,
    });
    host.updateRun(created.id, { status: "in_progress" });
    return created;
  }

  #newJob(run: RunRecord): JobRecord {
    const { host } = this.platform.github;
    const job = { runId: run.id, attempt: run.attempt, key: "preserve", name: "preserve", environment: null };
    const record = host.createJob(job);
    const started = { name: "Preserve", number: 1, status: "completed", conclusion: "success" } as const;
    host.updateJob(record.id, {
      status: "in_progress",
      startedAt: this.platform.clock.now(),
      steps: [{ ...started, startedAt: record.startedAt, completedAt: record.startedAt }],
    });
    return record;
  }

  #session(job: string) {
    const { sessions } = this.platform.aws;
    return sessions.issue({ roleArn: this.target.evidenceRole, job, durationSeconds: 2_000_000 });
  }

  /** Declares another incident, without the product's own action: an issue and a ledger of one entry. */
  async declare(): Promise<number> {
    const { github } = this.platform;
    const answer = await fetch(`${github.apiUrl}/repos/${github.host.repository}/issues`, {
      method: "POST",
      headers: { authorization: `Bearer ${github.state.userToken(ACTOR)}`, "user-agent": "test" },
      body: JSON.stringify({ title: "5xx on every call" }),
    });
    const { number } = (await answer.json()) as { number: number };
    await this.#start(number);
    this.incidents.push(number);
    return number;
  }

  #start(number: number): Promise<IncidentRecord> {
    const { start } = this.plan;
    const detectedAt = new Date(start).toISOString();
    const window = { from: new Date(start - LOOK_BACK_HOURS * HOUR_MS).toISOString(), to: detectedAt };
    return IncidentRecord.start(this.deps(), ownRunbook(), number, facts({ detectedAt, window }));
  }

  /** What writes to a ledger beside the bundle, in this process. It has no GitHub. */
  deps(): RecordDeps {
    const { clock } = this.platform;
    this.#setClock();
    const log = { info: () => {}, warning: () => {}, error: () => {}, mask: () => {} };
    const deps: Partial<RecordDeps> = {
      aws: () => ({ s3: this.s3 }) as ReturnType<RecordDeps["aws"]>,
      clock: { now: () => new Date(clock.now()), sleep: (ms: number) => clock.sleep(ms) },
      log,
      context: { ...context, runId: this.run.id, job: "contain" },
    };
    return deps as RecordDeps;
  }

  /** This process lives in real time, the platform does not: what is signed here is signed for its time. */
  #setClock(): void {
    this.s3.config.systemClockOffset = this.platform.clock.now() - Date.now();
  }

  /** Runs the bundle. */
  preserve(incident: number, options: PreserveOptions = {}): Promise<BundleResult> {
    const { github, aws, clock } = this.platform;
    const run = options.run ?? this.run;
    const job = this.#newJob(run);
    const session = this.#session("preserve");
    const token = github.host.mintJobToken(job.id, { contents: "read", issues: "write", actions: "read" });
    return startBundle(
      "preserve",
      { environment: this.target.environment, "github-token": token, incident: String(incident) },
      {
        PATH: process.env.PATH ?? "",
        ...clockEnvironment(clock),
        AWS_ENDPOINT_URL: aws.url,
        AWS_ACCESS_KEY_ID: session.accessKeyId,
        AWS_SECRET_ACCESS_KEY: session.secretAccessKey,
        AWS_SESSION_TOKEN: session.sessionToken,
        AWS_REGION: this.plan.region,
        GITHUB_API_URL: github.apiUrl,
        GITHUB_SERVER_URL: github.serverUrl,
        GITHUB_REPOSITORY: github.host.repository,
        GITHUB_RUN_ID: String(run.id),
        GITHUB_RUN_ATTEMPT: String(options.attempt ?? run.attempt),
        GITHUB_JOB: "preserve",
        GITHUB_WORKFLOW: run.name,
        GITHUB_ACTOR: ACTOR,
        GITHUB_TRIGGERING_ACTOR: ACTOR,
        GITHUB_WORKSPACE: this.#workspace,
      },
      options,
    ).finally(() => {
      github.host.revokeJobToken(job.id);
    });
  }

  /** The verifier's report on an incident as it lies in the vault. */
  verify(incident: number): Promise<IncidentReport> {
    this.#setClock();
    const now = () => new Date(this.platform.clock.now());
    return verifyIncident(new S3Store(this.s3, this.target.vault, now), `INC-${incident}`);
  }

  async close(): Promise<void> {
    this.s3.destroy();
    rmSync(this.#workspace, { recursive: true, force: true });
    await this.platform.close();
    keepCalls(this.platform.calls.toNdjson());
  }
}
