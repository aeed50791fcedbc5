import { GitHubError } from "../github/errors.ts";

/** What GitHub says when it refuses. Throws every other error. */
export function explain(error: unknown): string {
  if (!(error instanceof GitHubError)) throw error;
  const details = (error.errors ?? []).map((detail) =>
    typeof detail === "string" ? detail : (detail.message ?? ""),
  );
  return details.filter((detail) => detail !== "").join("; ") || error.message;
}
