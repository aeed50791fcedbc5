import { GetParameterCommand } from "@aws-sdk/client-ssm";
import type { Aws, Log, Webhook } from "../ports.ts";
import { WebhookError } from "../webhook-error.ts";
import { type Attempt, type Channel, isRefusal } from "./attempt.ts";
import type { Message } from "./message.ts";
import { slackPayload } from "./slack.ts";
import { teamsPayload } from "./teams.ts";

export type Kind = "slack" | "teams";

const PAYLOADS: Record<Kind, (message: Message) => object> = { slack: slackPayload, teams: teamsPayload };

/**
 * To a webhook whose URL a SecureString parameter holds.
 * @throws Error, which never holds the URL, when it cannot be read, or is none that may be posted to.
 */
export async function byWebhook(
  { aws, webhook, log }: { aws: Aws; webhook: Webhook; log: Log },
  kind: Kind,
  parameter: string,
  message: Message,
): Promise<Channel> {
  const url = await readUrl(aws, log, parameter);
  const payload = PAYLOADS[kind](message);
  return { send: () => post(webhook, kind, url, payload) };
}

async function readUrl({ ssm }: Aws, log: Log, name: string): Promise<string> {
  const { Parameter } = await ssm.send(new GetParameterCommand({ Name: name, WithDecryption: true }));
  const value = Parameter?.Value ?? "";
  log.mask(value);
  const trimmed = value.trim();
  log.mask(trimmed);
  const url = URL.parse(trimmed);
  // A proxy or a sidecar of the runner itself may be reached in the clear; nothing else may.
  const loopback = url !== null && ["127.0.0.1", "[::1]", "localhost"].includes(url.hostname);
  if (!url || (url.protocol !== "https:" && !(url.protocol === "http:" && loopback)))
    throw new Error(`the parameter ${name} holds no https address`);
  if (url.username !== "" || url.password !== "")
    throw new Error(`the address in the parameter ${name} holds a user name or a password`);
  return url.href;
}

/**
 * Slack answers a message that it takes with 200 and `ok`, another with a 4xx and a word
 * (https://docs.slack.dev/changelog/2016-05-17-changes-to-errors-for-incoming-webhooks). Teams' Workflows answer 202 before
 * they post (https://learn.microsoft.com/azure/connectors/connectors-native-reqres); its older connectors 200 and `1`, and 200 with
 * an error in words when they failed.
 */
async function post(webhook: Webhook, kind: Kind, url: string, payload: object): Promise<Attempt> {
  try {
    const { status, text } = await webhook.post(url, payload);
    const taken = kind === "slack" ? status === 200 && text === "ok" : status === 202 || text === "1";
    if (taken) return { outcome: "sent", messageId: null };
    const word = /^[a-z_]{1,60}$/.test(text) ? ` ${text}` : "";
    const definite = isRefusal(status) || (status >= 300 && status < 400);
    const why = `the webhook answered ${status}${word}${status >= 300 && status < 400 ? ", elsewhere" : ""}`;
    return { outcome: definite ? "failed" : "unknown", why };
  } catch (error) {
    if (!(error instanceof WebhookError)) return { outcome: "unknown", why: "the webhook gave no answer" };
    return { outcome: error.asked ? "unknown" : "failed", why: error.message };
  }
}
