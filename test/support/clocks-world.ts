import { type ClocksRun, runClocks } from "../../src/clocks/run-clocks.ts";
import type { IncidentFacts } from "../../src/incident/entries.ts";
import { IncidentRecord } from "../../src/incident/record.ts";
import type { NotifyDeps } from "../../src/notify/channels.ts";
import type { Aws, GitHub, RunContext } from "../../src/ports.ts";
import type { Runbook } from "../../src/runbook/schema.ts";
import { context, facts, noGraph, noWebhook } from "./incident.ts";
import { MemoryS3 } from "./memory-s3.ts";
import { reachableRunbook } from "./notify-world.ts";

/** What of GitHub the clocks use: issues with comments, 100 to a page, and every call counted. */
interface Issue {
  number: number;
  labels: string[];
  state: "open" | "closed";
  body: string;
  updated_at: string;
  closed_at: string | null;
  comments: { id: number; body: string; html_url: string; user: { login: string; type: string } }[];
}

/** Many incidents in memory, at a time that the test sets. */
export class ClocksWorld {
  readonly s3 = new MemoryS3();
  readonly issues = new Map<number, Issue>();
  readonly sent: { to: string; subject: string; text: string }[] = [];
  readonly warnings: string[] = [];
  /** Calls of GitHub's API, a page each. */
  github: string[] = [];
  /** What SNS does instead of taking a message. */
  refusal: Error | undefined;
  runbook: Runbook = reachableRunbook();
  #now: number;

  constructor(start: string) {
    this.#now = Date.parse(start);
  }

  at(moment: string): void {
    this.#now = Date.parse(moment);
  }

  minutes(later: number): void {
    this.#now += later * 60_000;
  }

  get now(): Date {
    return new Date(this.#now);
  }

  async declare(number: number, changes: Partial<IncidentFacts> = {}): Promise<IncidentRecord> {
    this.issue(number, "incident");
    const detectedAt = this.now.toISOString();
    return IncidentRecord.start(this.deps(), this.runbook, number, facts({ detectedAt, ...changes }));
  }

  issue(number: number, ...labels: string[]): Issue {
    const updated_at = this.now.toISOString();
    const issue: Issue = {
      number,
      labels,
      state: "open",
      body: "",
      updated_at,
      closed_at: null,
      comments: [],
    };
    this.issues.set(number, issue);
    return issue;
  }

  open(number: number): Promise<IncidentRecord> {
    return IncidentRecord.open(this.deps(), this.runbook, "dev", number);
  }

  /** A run of the clocks, each one of a run id of its own. */
  async run({
    dryRun = false,
    runId = 9_000,
    only,
  }: {
    dryRun?: boolean;
    runId?: number;
    only?: number;
  } = {}): Promise<ClocksRun & { calls: { s3: number; github: number } }> {
    const [s3, github] = [this.s3.calls.length, this.github.length];
    const vault = { s3: this.s3.client, bucket: "vault" };
    const run = await runClocks(this.deps({ runId, job: "clocks" }), this.runbook, "dev", vault, {
      dryRun,
      only,
    });
    const calls = { s3: this.s3.calls.length - s3, github: this.github.length - github };
    return { ...run, calls };
  }

  deps(changes: Partial<RunContext> = {}): NotifyDeps {
    const takes = (to: string, subject: string, text: string) => {
      if (this.refusal) throw this.refusal;
      this.sent.push({ to, subject, text });
      return { MessageId: `m-${this.sent.length}` };
    };
    const aws = {
      s3: this.s3.client,
      sns: {
        send: async ({ input }: { input: { TopicArn: string; Subject: string; Message: string } }) =>
          takes(input.TopicArn, input.Subject, input.Message),
      },
      ses: {
        send: async ({ input }: { input: { Destination: { ToAddresses: string[] }; Content: unknown } }) =>
          takes(input.Destination.ToAddresses.join(), "", JSON.stringify(input.Content)),
      },
      ssm: { send: async () => ({ Parameter: { Value: "https://hooks.example.com/services/T/B/c" } }) },
    } as unknown as Aws;
    return {
      aws: () => aws,
      github: this.#rest(),
      graph: noGraph,
      webhook: {
        ...noWebhook,
        post: async (url, body) => {
          takes(url, "", JSON.stringify(body));
          return { status: 200, text: "ok" };
        },
      },
      clock: {
        now: () => this.now,
        sleep: async (ms) => {
          this.#now += ms;
        },
      },
      log: { info: () => {}, warning: (one) => this.warnings.push(one), error: () => {}, mask: () => {} },
      context: { ...context, ...changes },
    };
  }

  #issue(number: number): Issue {
    const found = this.issues.get(number);
    if (!found) throw Object.assign(new Error("Not Found"), { status: 404 });
    return found;
  }

  #rest(): GitHub {
    const touch = (number: number, change: Partial<Issue>) => {
      return { data: Object.assign(this.#issue(number), change, { updated_at: this.now.toISOString() }) };
    };
    type Of = { issue_number: number };
    const issues = {
      get: async ({ issue_number }: Of) => ({ data: this.#issue(issue_number) }),
      update: async ({ issue_number, body, state }: Of & { body?: string; state?: "open" | "closed" }) =>
        touch(issue_number, {
          ...(body === undefined ? {} : { body }),
          ...(state === undefined
            ? {}
            : { state, closed_at: state === "open" ? null : this.now.toISOString() }),
        }),
      listComments: ({ issue_number }: Of) => this.#issue(issue_number).comments,
      listForRepo: ({ since }: { since: string }) =>
        [...this.issues.values()].filter(({ updated_at }) => updated_at >= since),
      createComment: async ({ issue_number, body }: Of & { body: string }) => {
        const { comments } = this.#issue(issue_number);
        const id = issue_number * 1_000 + comments.length;
        const comment = { id, body, html_url: `c${id}`, user: { login: "github-actions[bot]", type: "Bot" } };
        touch(issue_number, { comments: [...comments, comment] });
        return { data: comment };
      },
      updateComment: async ({ comment_id, body }: { comment_id: number; body: string }) => {
        const number = Math.floor(comment_id / 1_000);
        const { comments } = this.#issue(number);
        touch(number, { comments: comments.map((one) => (one.id === comment_id ? { ...one, body } : one)) });
      },
      addAssignees: async () => {},
    };
    const counted = Object.entries(issues).map(([name, call]) => [
      name,
      (parameters: never) => {
        if (!name.startsWith("list")) this.github.push(name);
        return call(parameters);
      },
    ]);
    const paginate = async (list: (parameters: object) => unknown[], parameters: object) => {
      const found = list(parameters);
      for (let page = 0; page < Math.max(1, Math.ceil(found.length / 100)); page += 1)
        this.github.push("page");
      return found;
    };
    return { rest: { issues: Object.fromEntries(counted) }, paginate } as unknown as GitHub;
  }
}
