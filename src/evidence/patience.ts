import type { Clock } from "../ports.ts";
import { isConflict } from "../vault/vault.ts";

/**
 * Retrying after the SDK has given up. During an incident every API may be throttled for minutes, and the SDK's own
 * retry quota runs out (https://docs.aws.amazon.com/sdkref/latest/guide/feature-retry-behavior.html); a capture has
 * time and goes on.
 */

const TRIES = 6;
const FIRST_WAIT_MS = 1000;
const LONGEST_WAIT_MS = 20_000;

const THROTTLED = new Set([
  "ThrottlingException",
  "Throttling",
  "ThrottledException",
  "RequestThrottled",
  "RequestThrottledException",
  "TooManyRequestsException",
  "RequestLimitExceeded",
  "BandwidthLimitExceeded",
  "SlowDown",
  "TooManyUpdates",
]);
const PASSING = new Set([
  "TimeoutError",
  "RequestTimeout",
  "RequestTimeoutException",
  "InternalError",
  "InternalFailure",
  "InternalServerError",
  "ServiceUnavailable",
  "ServiceUnavailableException",
]);
const BROKEN_LINE = new Set([
  "ECONNRESET",
  "ECONNREFUSED",
  "EPIPE",
  "ETIMEDOUT",
  "EAI_AGAIN",
  // What `fetch` gives as the cause when a download breaks off or stalls.
  "UND_ERR_SOCKET",
  "UND_ERR_BODY_TIMEOUT",
]);

/**
 * Whether the same call may succeed a little later: throttling, a server's own failure, a dropped connection, a write
 * that S3 gave up for the sake of another to the same key.
 */
export function isPassing(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const {
    name,
    cause,
    code: ownCode,
    $metadata,
  } = error as Error & {
    code?: string;
    $metadata?: { httpStatusCode?: number };
  };
  const code = ownCode ?? (cause as { code?: string } | undefined)?.code;
  const status = $metadata?.httpStatusCode ?? 0;
  return (
    THROTTLED.has(name) ||
    PASSING.has(name) ||
    BROKEN_LINE.has(code ?? "") ||
    isConflict(error) ||
    status === 429 ||
    (status >= 500 && status !== 501)
  );
}

/** Whether the service asks to be asked less often. */
export function isThrottled(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const status = (error as { $metadata?: { httpStatusCode?: number } }).$metadata?.httpStatusCode;
  return THROTTLED.has(error.name) || error.name === "TimeoutError" || status === 429 || status === 503;
}

/** Makes a call, and again after a growing pause for as long as it fails in a way that passes (`TRIES` times in all). */
export async function patiently<Result>(
  clock: Clock,
  call: () => Promise<Result>,
  onRetry: () => void = () => {},
): Promise<Result> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await call();
    } catch (error) {
      if (attempt >= TRIES || !isPassing(error)) throw error;
      onRetry();
      const wait = Math.min(FIRST_WAIT_MS * 2 ** (attempt - 1), LONGEST_WAIT_MS);
      await clock.sleep(wait * (0.5 + Math.random() / 2));
    }
  }
}
