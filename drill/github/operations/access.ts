/** What a person's role in the repository allows beyond the table of permissions. */
import { GitHubError } from "../errors.ts";
import { roleAtLeast } from "../permissions.ts";
import type { Caller } from "../types.ts";

/** True for a job (its scopes were checked before) and for people who may triage. */
export function mayTriage(caller: Caller): boolean {
  return caller.kind === "job" || roleAtLeast(caller.role, "triage");
}

/** Throws 403 unless the caller wrote it or has at least this role. */
export function requireAuthorOr(role: "triage" | "write", caller: Caller, author: string): void {
  if (caller.kind === "job" || caller.login === author || roleAtLeast(caller.role, role)) return;
  throw new GitHubError(403, "Must have admin rights to Repository.");
}
