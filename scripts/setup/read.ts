/** Reading a setting that the token may not be allowed to see. */
import { FirebreakError } from "../../src/errors.ts";

export type Read<T> =
  | { is: "read"; value: T }
  /** 404. */
  | { is: "absent" }
  /** The owner's plan has no such setting. */
  | { is: "not-in-plan"; why: string }
  | { is: "refused"; why: string };

interface Refusal {
  status: number;
  message: string;
  response?: { headers?: Record<string, string | undefined>; data?: { message?: string } };
}

/**
 * What a call gives, or why it gives nothing. `permission` is what a fine-grained token needs for it and what its owner
 * needs in the repository, in words. @throws whatever is neither 403 nor 404.
 */
export async function read<T>(permission: string, call: () => Promise<T>): Promise<Read<T>> {
  try {
    return { is: "read", value: await call() };
  } catch (error) {
    const { status } = error as Partial<Refusal>;
    if (status === 404) return { is: "absent" };
    const message = messageOf(error);
    if (status === 403 && /^upgrade to github/i.test(message)) return { is: "not-in-plan", why: message };
    if (status === 403) return { is: "refused", why: refusal(error as Refusal, permission) };
    throw error;
  }
}

/** What GitHub said to a call that failed, with the permission that it misses if it says so. */
export function explain(error: unknown, permission: string): string {
  const { status } = error as Partial<Refusal>;
  if (status === 403 || status === 404) return refusal(error as Refusal, permission);
  return status === undefined ? messageOf(error) : `GitHub answers ${status}: ${messageOf(error)}`;
}

/** GitHub's own sentence, without the client's addition of the address. */
export function messageOf(error: unknown): string {
  const { response, message = String(error) } = error as Partial<Refusal>;
  return response?.data?.message ?? message;
}

function refusal(error: Refusal, permission: string): string {
  const accepted = error.response?.headers?.["x-accepted-github-permissions"];
  const needs = accepted ? `${accepted} (${permission})` : permission;
  return `GitHub answers ${error.status} (${messageOf(error)}); it needs ${needs}`;
}

/** The repository cannot be reached at all: no single setting is to blame. */
export function unreachable(error: unknown, repository: string): FirebreakError {
  const { status } = error as Partial<Refusal>;
  if (status === 401) {
    return new FirebreakError(
      "bad-token",
      `GitHub does not know this token: ${messageOf(error)}`,
      "Set GITHUB_TOKEN to a token that is valid: GH_TOKEN=$(gh auth token)",
    );
  }
  const remedy =
    status === 404 || status === 403
      ? "Check the spelling, and that the token may read this repository (fine-grained: Metadata: read)."
      : "Check the network and GITHUB_API_URL, then try again.";
  return new FirebreakError("unreachable", `Cannot read ${repository}: ${messageOf(error)}`, remedy);
}
