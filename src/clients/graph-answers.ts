import { GraphError } from "../graph-error.ts";

/** What Microsoft Graph and the token endpoint answer when they do not do what they were asked. */

const FIRST_WAIT_MS = 1000;
const LONGEST_WAIT_MS = 60_000;
/** Graph has named minutes; an hour would outlive the job's other credentials. */
const LONGEST_RETRY_AFTER_MS = 10 * 60_000;

/** Graph says `{ error: { code, message } }`, the token endpoint `{ error, error_description, error_codes }`. */
export async function errorOf(answer: Response, what: string): Promise<GraphError> {
  const body: unknown = await answer.json().catch(() => null);
  const {
    error,
    error_description: description,
    error_codes: codes,
  } = (body ?? {}) as Record<string, unknown>;
  const inner = (typeof error === "object" && error !== null ? error : {}) as Record<string, unknown>;
  const numbered = Array.isArray(codes) && codes.length > 0 ? `AADSTS${String(codes[0])}` : error;
  const code = typeof inner.code === "string" ? inner.code : typeof numbered === "string" ? numbered : "";
  const message = typeof inner.message === "string" ? inner.message : description;
  const said = typeof message === "string" ? (message.split(/\r?\n/, 1)[0] ?? "") : "";
  return new GraphError(
    answer.status,
    code,
    `${what}: ${answer.status} ${code}: ${withoutTokens(said)}`.slice(0, 600),
  );
}

/** No error text repeats what looks like a token, whoever wrote it. */
function withoutTokens(text: string): string {
  return text.replace(/[\w-]{10,}\.[\w-]{10,}\.[\w-]*/g, "***");
}

export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause as { code?: unknown } | undefined;
  return typeof cause?.code === "string" ? cause.code : error.message;
}

/** How long to wait: `Retry-After` in seconds or as a date, else longer each time. */
export function waitMs(retryAfter: string | null, attempt: number, now: number): number {
  const seconds = retryAfter === null ? Number.NaN : Number(retryAfter);
  const asked = Number.isNaN(seconds) ? Date.parse(retryAfter ?? "") - now : seconds * 1000;
  if (asked >= 0) return Math.min(asked, LONGEST_RETRY_AFTER_MS);
  return Math.min(FIRST_WAIT_MS * 2 ** (attempt - 1), LONGEST_WAIT_MS) * (0.5 + Math.random() / 2);
}
