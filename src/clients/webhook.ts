import type { Webhook } from "../ports.ts";
import { connectionCode, isUnsent } from "../unsent.ts";
import { WebhookError } from "../webhook-error.ts";

/** Long enough for a service in trouble: once it is over nobody knows whether the message was taken. */
const ANSWER_WITHIN_MS = 100_000;
const LONGEST_ANSWER = 2_000;

/**
 * Posts to webhooks. What `fetch` says of a failure may hold the address, so nothing of it is passed on but the code.
 */
export function createWebhook(): Webhook {
  return { post };
}

async function post(url: string, body: object): Promise<{ status: number; text: string }> {
  let answer: Response;
  try {
    answer = await fetch(url, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
      // Whoever could redirect would be told of the incident.
      redirect: "manual",
      signal: AbortSignal.timeout(ANSWER_WITHIN_MS),
    });
  } catch (error) {
    const code = connectionCode(error) || (error as Error).name;
    throw new WebhookError(`the webhook gave no answer (${code})`, !isUnsent(error));
  }
  // The status says it; an answer that breaks off afterwards changes nothing.
  const text = await answer.text().catch(() => "");
  return { status: answer.status, text: text.slice(0, LONGEST_ANSWER) };
}
