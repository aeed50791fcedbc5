/** The simulated platform and a checked-out repository, on which plays are made ready in this process and run as bundles. */
import { Octokit } from "@octokit/rest";
import { clockEnvironment, createClock, type DrillClock } from "../../../drill/clock.ts";
import type { JobRecord, RunRecord, TokenPermissions } from "../../../drill/contracts.ts";
import { OidcEndpoint } from "../../../drill/runner/oidc-endpoint.ts";
import { readFolder } from "../../../drill/scenario/folder-content.ts";
import { planWorld, type WorldPlan } from "../../../drill/scenario/plan.ts";
import { type Platform, startPlatform } from "../../../drill/scenario/platform.ts";
import { type Scenario, scenarioSchema } from "../../../drill/scenario/schema.ts";
import { createEntra } from "../../../src/clients/entra.ts";
import { createWebhook } from "../../../src/clients/webhook.ts";
import type { ActionDeps, Log, Outputs } from "../../../src/ports.ts";
import type { Target } from "../../../src/runbook/target.ts";
import { type IncidentReport, verifyIncident } from "../../../src/verify/incident.ts";
import { S3Store } from "../../../src/verify/s3-store.ts";
import { type BundleResult, type StartOptions, startBundle } from "../bundle.ts";
import { keepCalls } from "../call-logs.ts";
import { type Call, changingCalls } from "../drill.ts";
import { CallGate } from "../every-call.ts";
import { clientsOf } from "./clients.ts";
import { ONCALL, REVIEWER } from "./people.ts";
import { configurationOf } from "./platform-state.ts";
import { SMALL } from "./play-scenario.ts";
import { runAction } from "./run-of.ts";
import { Workspace } from "./workspace.ts";

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
  /** How many simulated milliseconds pass in one. */
  speed?: number;
}

/** A job of a run with a token of its own and a session of a role. */
export interface Job {
  record: JobRecord;
  run: RunRecord;
  role: "evidence" | "containment";
  /** Of its token, besides what every job here has. */
  permissions?: TokenPermissions;
}

export class PlayWorld {
  readonly platform: Platform;
  /** Decides what befalls each call. */
  readonly gate: CallGate;
  readonly plan: WorldPlan;
  readonly workspace: Workspace;
  readonly target: Target;
  /** The configuration of the platform each time it became another, as canonical JSON: the first one is the start. */
  readonly history: string[];
  readonly #clock: DrillClock;
  readonly #oidc: OidcEndpoint;
  readonly #unsubscribe: () => void;

  private constructor(
    platform: Platform,
    gate: CallGate,
    plan: WorldPlan,
    clock: DrillClock,
    workspace: Workspace,
  ) {
    const target = plan.mcps[0]?.target;
    if (!target) throw new Error("the world has no mcp");
    this.platform = platform;
    this.gate = gate;
    this.plan = plan;
    this.target = target;
    this.#clock = clock;
    this.workspace = workspace;
    const { host } = platform.github;
    this.#oidc = new OidcEndpoint(host.mintOidcToken, host.serverUrl);
    this.history = [configurationOf(platform)];
    this.#unsubscribe = platform.calls.onCall(() => {
      const now = configurationOf(platform);
      if (now !== this.history.at(-1)) this.history.push(now);
    });
  }

  static async start({
    scenario: changes,
    runbook = (text) => text,
    start = Date.now(),
    speed = SPEED,
  }: WorldOptions = {}) {
    const scenario = scenarioSchema.parse({ ...SMALL, ...changes });
    const workspace = await Workspace.of(scenario, runbook);
    const clock = createClock({ speed, start });
    const plan = planWorld(scenario, workspace.runbook(), scenario.seed, start);
    const gate = new CallGate();
    const platform = await startPlatform(scenario, plan, scenario.seed, clock, gate);
    platform.github.hooks.readContent = (path) => readFolder(workspace.root, path);
    return new PlayWorld(platform, gate, plan, clock, workspace);
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
    const common = { environment: this.target.environment, "github-token": "token" };
    const outputs = await runAction(action, { ...common, ...inputs }, this.deps(job));
    this.end(job);
    return outputs;
  }

  /** What an action is given by its job, in this process. */
  deps({ record, run, role, permissions }: Job): ActionDeps {
    const { github, aws, entra } = this.platform;
    const clock = this.#clock;
    const clients = clientsOf(this.plan.region, aws.url, clock, this.#session(record.key, role));
    const log: Log = { info: () => {}, warning: () => {}, error: () => {}, mask: () => {} };
    const [owner = "", repo = ""] = github.host.repository.split("/");
    const ticking = { now: () => new Date(clock.now()), sleep: (ms: number) => clock.sleep(ms) };
    return {
      aws: () => clients,
      github: new Octokit({ auth: this.#token(record, permissions), baseUrl: github.apiUrl, log: SILENT }),
      graph: createEntra({
        cloud: { authority: entra.url, graph: entra.url },
        clock: ticking,
        log,
        identityToken: async (audience) => github.host.mintOidcToken(record.id, audience ?? ""),
      }),
      webhook: createWebhook(),
      githubAs: (auth) => new Octokit({ auth, baseUrl: github.apiUrl, log: SILENT }),
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
        workspace: this.workspace.root,
      },
      summary: async () => {},
    };
  }

  /** Runs an action's bundle as the job's step. */
  async bundle(
    action: string,
    inputs: Record<string, string>,
    { record, run, role, permissions }: Job,
    options: StartOptions = {},
  ): Promise<BundleResult> {
    const { github, aws, entra } = this.platform;
    const session = this.#session(record.key, role);
    const token = this.#token(record, permissions);
    const identity = await this.#oidc.open(record.id);
    const result = await startBundle(
      action,
      { environment: this.target.environment, "github-token": token, ...inputs },
      {
        PATH: this.workspace.path,
        ...clockEnvironment(this.#clock),
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
        GITHUB_WORKSPACE: this.workspace.root,
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
    await Promise.all([this.platform.close(), this.#oidc.close(), this.workspace.close()]);
  }

  #session(job: string, role: Job["role"]) {
    const roleArn = role === "evidence" ? this.target.evidenceRole : this.target.containmentRole;
    return this.platform.aws.sessions.issue({ roleArn, job, durationSeconds: SESSION_SECONDS });
  }

  #token({ id }: JobRecord, more: TokenPermissions = {}): string {
    const permissions = { contents: "read", issues: "write", actions: "read", "id-token": "write" } as const;
    return this.platform.github.host.mintJobToken(id, { ...permissions, ...more });
  }
}

const SILENT = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
