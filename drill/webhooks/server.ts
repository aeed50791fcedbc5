/** Incoming webhooks of Slack and Teams, on loopback. Whoever knows a URL may post: the URLs are secrets. */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { readBody } from "../aws/http.ts";
import type { CallSink, FaultPicker, FaultRule, SimClock } from "../contracts.ts";
import type { MessageLog } from "../messages.ts";
import type { Random } from "../random.ts";
import { type Reply, slackReply, teamsReply } from "./formats.ts";

export interface WebhookOptions {
  clock: SimClock;
  calls: CallSink;
  messages: MessageLog;
  /** Makes the URLs. */
  random: Random;
  faults?: FaultPicker;
  /** Added to every call, in simulated milliseconds. */
  latencyMs?: number;
}

export interface SimulatedWebhooks {
  /**
   * A new webhook's URL. `name` stands for it in the call log and the messages: the SSM parameter that holds the URL.
   */
  create(kind: WebhookKind, name: string): string;
  close(): Promise<void>;
}

export type WebhookKind = "slack" | "teams";

interface Webhook {
  kind: WebhookKind;
  name: string;
}

/** No message that either service takes is larger. */
const LARGEST_BODY = 1024 * 1024;

/** Starts the endpoint on a free port of 127.0.0.1. The caller closes it. */
export async function createWebhooks(options: WebhookOptions): Promise<SimulatedWebhooks> {
  const webhooks = new Map<string, Webhook>();
  const server = createServer((request, response) => {
    serve(request, response, webhooks, options).catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    create: (kind, name) => {
      const path = pathOf(kind, options.random);
      webhooks.set(path, { kind, name });
      return `${origin}${path}`;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** As Slack's and Power Automate's URLs are built, the secret at the end. */
function pathOf(kind: WebhookKind, random: Random): string {
  if (kind === "slack") {
    const [team, hook] = [random.hex(10), random.hex(10)].map((part) => part.toUpperCase());
    return `/services/T${team}/B${hook}/${random.hex(24)}`;
  }
  return `/workflows/${random.hex(32)}/triggers/manual/paths/invoke?api-version=1&sp=%2Ftriggers%2Fmanual%2Frun&sv=1.0&sig=${random.hex(43)}`;
}

async function serve(
  request: IncomingMessage,
  response: ServerResponse,
  webhooks: ReadonlyMap<string, Webhook>,
  { clock, calls, messages, faults, latencyMs = 0 }: WebhookOptions,
): Promise<void> {
  const webhook = webhooks.get(request.url ?? "") ?? null;
  const body = (await readBody(request, LARGEST_BODY, "a webhook takes")).toString("utf8");
  const operation = webhook?.kind ?? "unknown";
  const name = webhook?.name ?? "";
  const fault = faults?.next("webhook", operation, name) ?? null;
  const wait = latencyMs + (fault?.kind === "slow" ? (fault.delayMs ?? 0) : 0);
  if (wait > 0) await clock.sleep(wait);
  const reply = answer(request, webhook, body, fault);
  if (webhook && reply?.text != null) {
    const { kind, name: to } = webhook;
    messages.deliver({ channel: kind, to, subject: null, text: reply.text, html: null, messageId: null });
  }
  const lost = reply === null || fault?.kind === "drop";
  calls.append({
    at: new Date(clock.now()).toISOString(),
    service: "webhook",
    operation,
    principal: "anonymous",
    job: null,
    resource: name,
    status: lost ? 0 : reply.status,
    error: lost ? (fault?.lostAnswer ? "AnswerLost" : "ConnectionDropped") : reply.error,
  });
  if (lost) {
    request.socket.destroy();
    return;
  }
  const headers = {
    "content-type": reply.contentType,
    ...(reply.status === 429 ? { "retry-after": "1" } : {}),
  };
  response.writeHead(reply.status, headers).end(reply.body);
}

/** Null when the connection ends before anything happens. */
function answer(
  request: IncomingMessage,
  webhook: Webhook | null,
  body: string,
  fault: FaultRule | null,
): Reply | null {
  if (fault?.kind === "drop" && !fault.lostAnswer) return null;
  if (!webhook) return refused(404, "no_service");
  if (request.method !== "POST") return refused(405, "method_not_allowed");
  if (fault?.kind === "throttle") return refused(429, "rate_limited");
  if (fault?.kind === "server-error") return refused(500, "rollup_error");
  if (fault?.kind === "deny") return refused(403, "action_prohibited");
  return webhook.kind === "slack" ? slackReply(body) : teamsReply(body);
}

function refused(status: number, error: string): Reply {
  return { status, contentType: "text/html; charset=utf-8", body: error, text: null, error };
}
