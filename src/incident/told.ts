import type { Runbook } from "../runbook/schema.ts";
import type { LedgerEntry } from "./entries.ts";

/** Whom the ledger says a message has reached. Pure. */

/** That somebody was told of a notice. */
export function sentTo(
  entries: readonly LedgerEntry[],
  notice: string,
  recipient: string,
): LedgerEntry<"notice-sent"> | undefined {
  return sent(entries).find(({ data }) => data.notice === notice && data.recipient === recipient);
}

/** The entry by which each of them had been told of something; undefined while one has not. */
export function toldAll(entries: readonly LedgerEntry[], ids: readonly string[]): LedgerEntry | undefined {
  const reached = sent(entries);
  const first = ids.map((id) => reached.find(({ data }) => data.recipient === id));
  if (first.includes(undefined)) return undefined;
  return first
    .filter((entry) => entry !== undefined)
    .sort((a, b) => a.sequence - b.sequence)
    .at(-1);
}

/** The steps of the escalation process that are done by telling somebody. */
export function stepsAbout({ escalation }: Runbook, recipient: string): string[] {
  return escalation.steps.filter(({ told }) => told?.includes(recipient)).map(({ id }) => id);
}

function sent(entries: readonly LedgerEntry[]): LedgerEntry<"notice-sent">[] {
  return entries.filter((entry): entry is LedgerEntry<"notice-sent"> => entry.kind === "notice-sent");
}
