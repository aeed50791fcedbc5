import type { SeverityId } from "../runbook/schema.ts";
import { atLeast } from "../runbook/severities.ts";
import type { EntryData, LedgerEntry } from "./entries.ts";

/** How the severity went up and down, as the ledger has it. Pure. */

type Change = LedgerEntry<"severity-changed">;

/** One raise that took hold. */
export interface Raise {
  entry: Change;
  /** Why people are told of it: `severity-raised`, `severity-raised/2`, or `tampering` where the audit trail's verdict raised it. */
  reason: string;
  /** What is left of it now: `entry.data.to`, less where it was lowered since, null where nothing is left. */
  left: SeverityId | null;
}

/**
 * The changes that took hold, in their order. Of two at the same moment the second goes from a severity that the incident
 * no longer has: it is void, and whatever follows from the severity follows from these alone.
 */
export function severityChanges(entries: readonly LedgerEntry[]): Change[] {
  const first = entries[0];
  if (first?.kind !== "declared") return [];
  let now = first.data.severity;
  return entries.filter((entry): entry is Change => {
    if (entry.kind !== "severity-changed" || entry.data.from !== now || entry.data.to === now) return false;
    now = entry.data.to;
    return true;
  });
}

export function rises({ from, to }: Pick<EntryData<"severity-changed">, "from" | "to">): boolean {
  return from !== to && atLeast(to, from);
}

/** The raises that took hold, in their order. */
export function raisesOf(entries: readonly LedgerEntry[]): Raise[] {
  const raises: Raise[] = [];
  for (const entry of severityChanges(entries)) {
    const { to, by } = entry.data;
    if (rises(entry.data)) {
      // A person says why it is raised; the audit trail's verdict says itself.
      const word = by === undefined ? "tampering" : "severity-raised";
      const before = raises.filter(({ reason }) => reason.split("/")[0] === word).length;
      raises.push({ entry, reason: before === 0 ? word : `${word}/${before + 1}`, left: to });
    } else for (const raise of raises) raise.left = leftOf(raise, to);
  }
  return raises;
}

/** What is left of a raise once the severity was lowered. */
function leftOf({ entry, left }: Raise, to: SeverityId): SeverityId | null {
  if (left === null || atLeast(entry.data.from, to)) return null;
  return atLeast(to, left) ? left : to;
}
