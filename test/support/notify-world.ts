import type { IncidentFacts } from "../../src/incident/entries.ts";
import { IncidentRecord } from "../../src/incident/record.ts";
import type { NotifyDeps } from "../../src/notify/channels.ts";
import type { Aws, GitHub, RunContext } from "../../src/ports.ts";
import type { Runbook } from "../../src/runbook/schema.ts";
import { context, facts, noGraph, ownRunbook } from "./incident.ts";
import { MemoryS3 } from "./memory-s3.ts";
import { type VirtualClock, virtualClock } from "./virtual-clock.ts";

/** A message as a service was asked to send it. */
export interface Sent {
  channel: "sns" | "ses" | "webhook" | "github";
  to: string;
  text: string;
  at: number;
}

/** What a service answers: an id, or what it throws. */
type Answer = (to: string, call: number) => Error | { status: number; text: string } | undefined;

const WEBHOOK = "https://hooks.example.com/services/T0/B0/topsecretpart";

/** An AWS error as the SDK throws it. */
export function awsError(name: string, httpStatusCode: number): Error {
  return Object.assign(new Error(`${name} happened`), { name, $metadata: { httpStatusCode } });
}

/** A runbook in which everybody has two channels, and the manager an address. */
export function reachableRunbook(): Runbook {
  const runbook = structuredClone(ownRunbook());
  Object.assign(runbook.contacts["it-infrastructure-manager"] ?? {}, {
    name: "Maja",
    email: "maja@example.com",
    fill_in: undefined,
    telephone: "+45 12 34 56 78",
    channels: [{ ses: true }, { github: "maja" }],
  });
  Object.assign(runbook.contacts["global-security-operations"] ?? {}, {
    channels: [{ slack: "/firebreak/{env}/webhooks/gso" }, { ses: true }],
  });
  return runbook;
}

/** An incident and what people are told by, in memory. */
export class NotifyWorld {
  readonly s3 = new MemoryS3();
  readonly clock: VirtualClock = virtualClock();
  readonly runbook: Runbook;
  readonly sent: Sent[] = [];
  readonly printed: string[] = [];
  readonly masked: string[] = [];
  readonly comments: { id: number; body: string; html_url: string; user: { login: string; type: string } }[] =
    [];
  readonly assigned: string[] = [];
  body = "";
  /** What the parameter holds. */
  url = WEBHOOK;
  /** By channel, what comes of a send; sent when absent. */
  readonly answers: Partial<Record<Sent["channel"], Answer>> = {};
  #calls = 0;

  constructor(runbook: Runbook = reachableRunbook()) {
    this.runbook = runbook;
  }

  deps(changes: Partial<RunContext> = {}): NotifyDeps {
    const aws = {
      s3: this.s3.client,
      sns: {
        send: async ({ input }: { input: { TopicArn: string; Subject: string; Message: string } }) => {
          this.#send("sns", input.TopicArn, `${input.Subject}\n${input.Message}`);
          return { MessageId: `sns-${this.#calls}` };
        },
      },
      ses: {
        send: async ({ input }: { input: { Destination: { ToAddresses: string[] }; Content: unknown } }) => {
          this.#send("ses", input.Destination.ToAddresses.join(), JSON.stringify(input.Content));
          return { MessageId: `ses-${this.#calls}` };
        },
      },
      ssm: {
        send: async () => {
          if (this.url === "") throw awsError("ParameterNotFound", 400);
          return { Parameter: { Value: this.url } };
        },
      },
    } as unknown as Aws;
    return {
      aws: () => aws,
      github: this.#github(),
      graph: noGraph,
      webhook: {
        post: async (url, body) => {
          const answer = this.#send("webhook", url, JSON.stringify(body));
          return answer ?? { status: 200, text: "ok" };
        },
      },
      clock: this.clock,
      log: {
        info: (message) => this.printed.push(message),
        warning: (message) => this.printed.push(`warning: ${message}`),
        error: (message) => this.printed.push(`error: ${message}`),
        mask: (secret) => this.masked.push(secret),
      },
      context: { ...context, ...changes },
    };
  }

  declare(changes: Partial<IncidentFacts> = {}, run: Partial<RunContext> = {}): Promise<IncidentRecord> {
    return IncidentRecord.start(this.deps(run), this.runbook, 42, facts(changes));
  }

  open(run: Partial<RunContext> = {}): Promise<IncidentRecord> {
    return IncidentRecord.open(this.deps(run), this.runbook, "dev", 42);
  }

  /** Everything that anybody could read afterwards. */
  traces(): string {
    return [...this.s3.objects.values(), ...this.printed, this.body].map(String).join("\n");
  }

  /** Notes what was sent; what was not taken was not sent. */
  #send(channel: Sent["channel"], to: string, text: string): { status: number; text: string } | undefined {
    this.#calls += 1;
    const answer = this.answers[channel]?.(to, this.sent.filter((one) => one.channel === channel).length + 1);
    this.sent.push({ channel, to, text, at: this.clock.elapsed() });
    if (answer instanceof Error) throw answer;
    return answer;
  }

  #github(): GitHub {
    const issues = {
      get: async () => ({ data: { labels: [] } }),
      update: async ({ body }: { body: string }) => {
        this.body = body;
      },
      listComments: () => this.comments,
      createComment: async ({ body }: { body: string }) => {
        this.#send("github", "issue", body);
        const id = this.comments.length + 1;
        const comment = { id, body, html_url: `c${id}`, user: { login: "github-actions[bot]", type: "Bot" } };
        this.comments.push(comment);
        return { data: comment };
      },
      addAssignees: async ({ assignees }: { assignees: string[] }) => {
        this.assigned.push(...assignees);
      },
    };
    const paginate = async (list: (parameters: object) => unknown, parameters: object) => list(parameters);
    return { rest: { issues }, paginate } as unknown as GitHub;
  }
}
