import type { LedgerEntry } from "../incident/entries.ts";
import type { Plan } from "../incident/plan.ts";

/** What the ledger says of changes. */

export type Json = Record<string, unknown>;
export type ChangeAction = NonNullable<Plan["action"]>;

export type Intended = LedgerEntry<"change-intended">;
export type Made = LedgerEntry<"change-made">;

/** The plays that take a role from whoever uses it, by the same steps. */
export const ROLE_PLAYS: readonly ChangeAction[] = ["revoke-role", "protect-audit-logs"];

/** The play of this action is taken back by then: a `restored` of restore-service is about a scale-down, one of undo about all plays. */
export function takenBack(entry: LedgerEntry, play: ChangeAction): boolean {
  return entry.kind === "restored" && (entry.data.action === "undo" || play === "scale-down");
}

/** The entries after the last one of `closing` kinds: what is still open. */
export function since(
  entries: readonly LedgerEntry[],
  closing: (entry: LedgerEntry) => boolean,
): readonly LedgerEntry[] {
  return entries.slice(entries.findLastIndex(closing) + 1);
}

/** @param action the play, or all the plays that may have it. */
export function intended(
  entries: readonly LedgerEntry[],
  action: ChangeAction | readonly ChangeAction[],
  step: string,
): Intended[] {
  const actions: readonly string[] = [action].flat();
  return entries.filter(
    (entry): entry is Intended =>
      entry.kind === "change-intended" && actions.includes(entry.data.action) && entry.data.step === step,
  );
}

export function made(entries: readonly LedgerEntry[], action: ChangeAction, step: string): Made[] {
  return entries.filter(
    (entry): entry is Made =>
      entry.kind === "change-made" && entry.data.action === action && entry.data.step === step,
  );
}
