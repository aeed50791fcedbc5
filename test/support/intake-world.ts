import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { run as receiveIndicator } from "../../src/actions/receive-indicator/run.ts";
import type { LedgerEntry } from "../../src/incident/entries.ts";
import { IncidentRecord } from "../../src/incident/record.ts";
import { claimBySignal, readBySignal, recordBySignal } from "../../src/intake/by-signal.ts";
import type { ActionDeps, Aws, GitHub, Outputs, RunContext } from "../../src/ports.ts";
import type { Runbook } from "../../src/runbook/schema.ts";
import { ManualClock } from "./gate-clock.ts";
import { context, facts, noGraph, noWebhook, ownRunbook } from "./incident.ts";
import { MemoryS3 } from "./memory-s3.ts";

export type Inputs = Record<string, string>;

const folders: string[] = [];
process.on("exit", () => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

/** A vault, a GitHub that remembers what it was asked for, and the runs of incident.yml that were started. */
export class IntakeWorld {
  readonly clock = new ManualClock("2026-11-21T15:00:00.000Z");
  readonly s3 = new MemoryS3();
  readonly printed: string[] = [];
  readonly masked: string[] = [];
  readonly summaries: string[] = [];
  /** The inputs of every run of incident.yml that was started, and of every one of preserve.yml. */
  readonly dispatched: Inputs[] = [];
  readonly preserves: Inputs[] = [];
  readonly comments = new Map<number, string[]>();
  readonly labels = new Map<number, string[]>();
  /** As each issue was last rendered. */
  readonly bodies = new Map<number, string>();
  readonly roles = new Map<string, string>();
  /** What the poll of each kind of alert answers; a number is the status of a refusal. */
  alerts: Record<"code" | "secret", object[] | number> = { code: [], secret: 404 };
  /** The token that asked for secret scanning alerts. */
  secretToken = "";
  parameters = new Map<string, string>();
  runbook: Runbook = ownRunbook();
  /** Thrown by the next calls of GitHub's dispatch, for every mcp or one. */
  refuseDispatch: Error | undefined;
  refuseDispatchOf: string | undefined;
  /** What the team's topic got; and what it answers instead. */
  readonly told: string[] = [];
  refuseTopic: Error | undefined;
  /** The issues that are listed. */
  issues: { number: number; labels: string[]; created_at: string; html_url?: string }[] = [];
  /** Answered to whoever wants one of `runs` to run again. */
  refuseRerun: Error | undefined;
  /** The runs of intake.yml. */
  runs: { id: number; event: string; conclusion: string; run_attempt: number; html_url: string }[] = [];
  readonly #opened = new Map<number, number>();

  deps(changes: Partial<RunContext> = {}): ActionDeps {
    const ssm = {
      send: async ({ input }: { input: { Name: string } }) => ({
        Parameter: { Value: this.parameters.get(input.Name) },
      }),
    };
    const sns = {
      send: async ({ input }: { input: { Subject: string; Message: string } }) => {
        if (this.refuseTopic) throw this.refuseTopic;
        this.told.push(`${input.Subject}\n${input.Message}`);
        return { MessageId: "m-1" };
      },
    };
    const aws = { s3: this.s3.client, ssm, sns } as unknown as Aws;
    return {
      aws: () => aws,
      github: this.#github(""),
      githubAs: (token) => this.#github(token),
      graph: noGraph,
      webhook: noWebhook,
      clock: this.clock,
      log: {
        info: (message) => this.printed.push(message),
        warning: (message) => this.printed.push(`warning: ${message}`),
        error: (message) => this.printed.push(`error: ${message}`),
        mask: (secret) => this.masked.push(secret),
      },
      context: { ...context, job: "alarm", ...changes },
      summary: async (markdown) => {
        this.summaries.push(markdown);
      },
    };
  }

  /** Runs receive-indicator for an event. */
  receive(
    source: "alarm" | "report" | "schedule" | "person",
    event: object,
    changes: object = {},
  ): Promise<Outputs> {
    const folder = mkdtempSync(join(tmpdir(), "firebreak-event-"));
    folders.push(folder);
    const eventPath = join(folder, "event.json");
    writeFileSync(eventPath, JSON.stringify(event));
    const environment = source === "schedule" ? "prod" : undefined;
    const inputs = {
      source,
      environment,
      runbook: "runbook.yml",
      githubToken: "token",
      dryRun: false,
      named: undefined,
    };
    return receiveIndicator({ ...inputs, ...changes }, this.deps({ eventPath }));
  }

  /** What open-incident does of intake, for one of the dispatches; undefined where another run declares by the signal. */
  async declare(inputs: Inputs, runId = 8042 + this.#opened.size): Promise<number | undefined> {
    const { environment = "", mcp = "", type = "", signal = "" } = inputs;
    const deps = this.deps({ runId, actor: "github-actions[bot]" });
    const by = await readBySignal(deps, this.runbook, { environment, mcp, type, signal });
    if ((await claimBySignal(deps, by)) !== runId) return undefined;
    // As createIssueOnce: a run finds the issue that it opened.
    const number = this.#opened.get(runId) ?? 42 + this.#opened.size;
    this.#opened.set(runId, number);
    const declared = facts({ environment, mcp, type, detectedAt: by.signal.seenAt, runId });
    const record = await IncidentRecord.start(deps, this.runbook, number, declared);
    await recordBySignal(deps, record, by);
    await record.project();
    return number;
  }

  async ledger(number: number, environment = "prod"): Promise<readonly LedgerEntry[]> {
    return (await IncidentRecord.open(this.deps(), this.runbook, environment, number)).chain;
  }

  /** The signals in an incident's ledger: the one that declared it, and those that joined. */
  async seen(number: number, environment = "prod"): Promise<boolean[]> {
    return (await this.ledger(number, environment)).flatMap((entry) =>
      entry.kind === "indicator-received" ? [entry.data.joined] : [],
    );
  }

  #github(token: string): GitHub {
    const listed = (kind: "code" | "secret") => {
      if (kind === "secret") this.secretToken = token;
      const alerts = this.alerts[kind];
      if (typeof alerts === "number") throw Object.assign(new Error("Not available"), { status: alerts });
      return alerts;
    };
    const listComments = ({ issue_number }: { issue_number: number }) =>
      (this.comments.get(issue_number) ?? []).map((body) => ({ body, user: { type: "Bot" } }));
    return {
      rest: {
        repos: {
          get: async () => ({ data: { default_branch: "main" } }),
          getCollaboratorPermissionLevel: async ({ username }: { username: string }) => {
            const role = this.roles.get(username);
            if (!role) throw Object.assign(new Error("Not Found"), { status: 404 });
            return { data: { permission: role === "triage" ? "read" : role, role_name: role } };
          },
        },
        actions: {
          createWorkflowDispatch: async ({
            workflow_id,
            inputs,
          }: {
            workflow_id: string;
            inputs: Inputs;
          }) => {
            if (this.refuseDispatch && [undefined, inputs.mcp].includes(this.refuseDispatchOf))
              throw this.refuseDispatch;
            (workflow_id === "preserve.yml" ? this.preserves : this.dispatched).push(inputs);
          },
          listWorkflowRuns: ({ event }: { event: string }) => this.runs.filter((run) => run.event === event),
          reRunWorkflowFailedJobs: async ({ run_id }: { run_id: number }) => {
            const run = this.runs.find(({ id }) => id === run_id);
            if (this.refuseRerun || !run) throw this.refuseRerun ?? new Error("Not Found");
            run.run_attempt += 1;
          },
        },
        codeScanning: { listAlertsForRepo: () => listed("code") },
        secretScanning: { listAlertsForRepo: () => listed("secret") },
        issues: {
          get: async ({ issue_number }: { issue_number: number }) => ({
            data: { labels: this.labels.get(issue_number) ?? [] },
          }),
          update: async ({ issue_number, body }: { issue_number: number; body: string }) => {
            this.bodies.set(issue_number, body);
          },
          listForRepo: ({ labels }: { labels: string }) =>
            this.issues.filter((issue) => labels.split(",").every((label) => issue.labels.includes(label))),
          setLabels: async ({ issue_number, labels }: { issue_number: number; labels: string[] }) => {
            this.labels.set(issue_number, labels);
          },
          listLabelsForRepo: () => [],
          createLabel: async () => {},
          addLabels: async ({ issue_number, labels }: { issue_number: number; labels: string[] }) => {
            this.labels.set(issue_number, labels);
          },
          listComments,
          createComment: async ({ issue_number, body }: { issue_number: number; body: string }) => {
            this.comments.set(issue_number, [...(this.comments.get(issue_number) ?? []), body]);
          },
        },
      },
      paginate: async (
        list: (parameters: object) => object[],
        parameters: object,
        map?: (page: { data: object[] }, done: () => void) => object[],
      ) => {
        const data = list(parameters);
        return map ? map({ data }, () => {}) : data;
      },
    } as unknown as GitHub;
  }
}

const ACCOUNT = "444455556666";

/** An event of EventBridge as AWS's user guide prints it, about an alarm of this runbook. */
export function alarmEvent(
  changes: { name?: string; state?: string; at?: string; reason?: string } = {},
): Record<string, unknown> {
  const {
    name = "aiconnectors-servicenow-auth-failures-prod",
    state = "ALARM",
    at = "2026-11-21T02:40:00.989+0000",
    reason = "Threshold Crossed: 1 out of the last 1 datapoints [99.5 (21/11/26 02:35:00)] was greater than the threshold (50.0).",
  } = changes;
  return {
    version: "0",
    id: "c4c1c1c9-6542-e61b-6ef0-8c4d36933a92",
    "detail-type": "CloudWatch Alarm State Change",
    source: "aws.cloudwatch",
    account: ACCOUNT,
    time: "2026-11-21T02:40:01Z",
    region: "eu-west-1",
    resources: [`arn:aws:cloudwatch:eu-west-1:${ACCOUNT}:alarm:${name}`],
    detail: {
      alarmName: name,
      configuration: { description: "More failures than usual", metrics: [] },
      previousState: { value: "OK", reason: "", timestamp: "2026-11-20T13:56:40.987+0000" },
      state: { value: state, reason, reasonData: "{}", timestamp: at },
    },
  };
}

/** The same state change as CloudWatch publishes it to a topic. */
export function alarmNotification(event: Record<string, unknown>): Record<string, unknown> {
  const { detail, resources } = event as {
    detail: { alarmName: string; state: Record<string, string> };
    resources: string[];
  };
  return {
    Type: "Notification",
    MessageId: "da41e39f-ea4d-435a-b922-c6aae3915ebe",
    TopicArn: `arn:aws:sns:eu-west-1:${ACCOUNT}:aiconnectors-alarms-prod`,
    Subject: `ALARM: "${detail.alarmName}" in EU (Ireland)`,
    Message: JSON.stringify({
      AlarmName: detail.alarmName,
      AlarmDescription: "More failures than usual",
      AWSAccountId: ACCOUNT,
      NewStateValue: detail.state.value,
      NewStateReason: detail.state.reason,
      StateChangeTime: detail.state.timestamp,
      Region: "EU (Ireland)",
      AlarmArn: resources[0],
      OldStateValue: "OK",
      Trigger: { MetricName: "AuthFailures" },
    }),
    Timestamp: "2026-11-21T02:40:02.111Z",
    SignatureVersion: "1",
  };
}

/** The event of a repository_dispatch. */
export function dispatchOf(clientPayload: unknown): object {
  return { action: "cloudwatch-alarm", client_payload: clientPayload };
}
