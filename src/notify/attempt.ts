import { isUnsent } from "../unsent.ts";

/**
 * What came of sending a message once. `failed`: it certainly was not taken. `unknown`: it may have been, so it is never
 * sent this way again.
 */
export type Attempt =
  | { outcome: "sent"; messageId: string | null }
  | { outcome: "failed" | "unknown"; why: string };

/** What a channel can do for one message to one recipient. */
export interface Channel {
  send(): Promise<Attempt>;
}

/** Whether an HTTP answer says that the request was refused: 4xx, but for 408, which a server says that gave up waiting. */
export function isRefusal(status: number): boolean {
  return status >= 400 && status < 500 && status !== 408;
}

/**
 * Sends by a call of an AWS service that does not try again by itself. A refusal (4xx) is definite, throttling as well, and
 * so is a request that never went out for want of a connection or of credentials. Everything else leaves it open: no
 * answer, one that cannot be read, 5xx
 * (https://docs.aws.amazon.com/sns/latest/api/CommonErrors.html, https://docs.aws.amazon.com/ses/latest/APIReference-V2/CommonErrors.html).
 */
export async function attemptAws(send: () => Promise<{ MessageId?: string | undefined }>): Promise<Attempt> {
  try {
    return { outcome: "sent", messageId: (await send()).MessageId ?? null };
  } catch (error) {
    const { name, message, $metadata } = error as Error & { $metadata?: { httpStatusCode?: number } };
    const status = $metadata?.httpStatusCode;
    const definite =
      status === undefined ? isUnsent(error) || name === "CredentialsProviderError" : isRefusal(status);
    return { outcome: definite ? "failed" : "unknown", why: `${name}: ${message}`.slice(0, 300) };
  }
}
