import type { EntryData, LedgerEntry } from "../../incident/entries.ts";
import { rolePrincipal } from "../role-principal.ts";
import type { Finding } from "./finding.ts";

/** Who changed the audit records, or what protects or records them. */
export type Changer = NonNullable<EntryData<"audit-trail-verified">["changedBy"]>[number];

/** So many stand in the ledger. */
const MOST = 20;

/**
 * Whom CloudTrail names, each once: who changed the bucket's policy before all others, and the newest change first. Sessions
 * of one role are one.
 */
export function changersOf(findings: readonly Finding[]): Changer[] {
  const found = findings
    .flatMap(({ what, policy, changed }) =>
      changed ? [{ principal: changed.by, event: what, at: changed.at, policy: policy === true }] : [],
    )
    .sort(
      (one, other) =>
        Number(other.policy) - Number(one.policy) || (other.at ?? "").localeCompare(one.at ?? ""),
    );
  const first = new Map<string, Changer>();
  for (const changer of found) {
    const role = roleOf(changer.principal);
    const key = role ? `${role.accountId}:${role.name}` : changer.principal;
    if (!first.has(key)) first.set(key, changer);
  }
  return [...first.values()].slice(0, MOST);
}

/**
 * The principal that an incident is about: the one it was declared with; else the role of this account that changed the
 * audit trail, as its newest verdict has it. Null when it is about none that is known.
 */
export function principalOf(
  declared: string | null,
  entries: readonly LedgerEntry[],
  accountId: string,
): string | null {
  return declared ?? suspectRole(verdictIn(entries)?.data.changedBy ?? [], accountId);
}

/** The first of the changers that is a role of the account, by its ARN. */
export function suspectRole(changers: readonly Changer[], accountId: string): string | null {
  const found = changers.find(({ principal }) => roleOf(principal)?.accountId === accountId);
  return found?.principal ?? null;
}

/** What the last check of the audit trail found. */
export function verdictIn(entries: readonly LedgerEntry[]): LedgerEntry<"audit-trail-verified"> | undefined {
  return entries.findLast(
    (entry): entry is LedgerEntry<"audit-trail-verified"> => entry.kind === "audit-trail-verified",
  );
}

/** CloudTrail names a role by an ARN; a bare name may be anybody's. */
function roleOf(principal: string): ReturnType<typeof rolePrincipal> {
  return principal.startsWith("arn:") ? rolePrincipal(principal) : undefined;
}
