import type { LedgerEntry } from "../incident/entries.ts";

/** What the ledger says of changes. */

export type Json = Record<string, unknown>;
export type ChangeAction = "scale-down" | "restore-service" | "rotate-secret" | "revoke-role" | "undo";

export type Intended = LedgerEntry<"change-intended">;
export type Made = LedgerEntry<"change-made">;

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

export function intended(entries: readonly LedgerEntry[], action: ChangeAction, step: string): Intended[] {
  return entries.filter(
    (entry): entry is Intended =>
      entry.kind === "change-intended" && entry.data.action === action && entry.data.step === step,
  );
}

export function made(entries: readonly LedgerEntry[], action: ChangeAction, step: string): Made[] {
  return entries.filter(
    (entry): entry is Made =>
      entry.kind === "change-made" && entry.data.action === action && entry.data.step === step,
  );
}
