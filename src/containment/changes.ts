import type { LedgerEntry } from "../incident/entries.ts";
import type { IncidentRecord } from "../incident/record.ts";
import type { RunContext } from "../ports.ts";

/** A change is announced in the ledger before it is made, and noted after: a killed job can be taken up again. */

export type Json = Record<string, unknown>;
export type ChangeAction = "scale-down" | "restore-service" | "rotate-secret";

export interface Change {
  action: ChangeAction;
  step: string;
  /** ARN or name of what changes. */
  target: string;
  from: Json;
  to: Json;
}

export type Intended = LedgerEntry<"change-intended">;
export type Made = LedgerEntry<"change-made">;

/**
 * Makes one change between its two ledger entries.
 * @returns what `apply` gave; its `outcome` is what the ledger keeps.
 */
export async function makeChange<Result extends { outcome: Json }>(
  record: IncidentRecord,
  context: RunContext,
  change: Change,
  apply: () => Promise<Result>,
): Promise<Result> {
  const suffix = `${change.action}/${change.step}/${context.runId}/${context.runAttempt}`;
  await record.append("change-intended", change, `change-intended/${suffix}`);
  const result = await apply();
  const { action, step, target } = change;
  await record.append(
    "change-made",
    { action, step, target, outcome: result.outcome },
    `change-made/${suffix}`,
  );
  return result;
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

/** Entries that this workflow run wrote, in whichever attempt. */
export function ofRun<Entry extends LedgerEntry>(entries: readonly Entry[], runId: number): Entry[] {
  return entries.filter((entry) => entry.by.runId === runId);
}
