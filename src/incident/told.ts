import type { Runbook } from "../runbook/schema.ts";
import type { LedgerEntry } from "./entries.ts";
import { raisesOf } from "./severity-changes.ts";

/** Whom the ledger says a message, or a person, has reached. Pure. */

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

/**
 * The sequence number since which everybody has to be told anew: of the newest raise of which something is left, or of the
 * newest run that broke the glass. What a person said before that they had told somebody, was not that. 0 where the
 * declaration is all that there is to tell.
 */
export function askedSince(entries: readonly LedgerEntry[]): number {
  const raised = raisesOf(entries).filter(({ left }) => left !== null);
  const broken = new Map<number, number>();
  for (const { kind, by, sequence } of entries)
    if (kind === "glass-broken" && !broken.has(by.runId)) broken.set(by.runId, sequence);
  return Math.max(0, ...raised.map(({ entry }) => entry.sequence), ...broken.values());
}

/** Whether a person has said, of what there is to tell now, that they told somebody. */
export function toldByHand(entries: readonly LedgerEntry[], runbook: Runbook, recipient: string): boolean {
  const asked = askedSince(entries);
  const steps = runbook.escalation.steps.filter(({ told }) => told?.includes(recipient)).map(({ id }) => id);
  return entries.some(
    ({ kind, sequence, data }) => kind === "step-confirmed" && sequence > asked && steps.includes(data.step),
  );
}

function sent(entries: readonly LedgerEntry[]): LedgerEntry<"notice-sent">[] {
  return entries.filter((entry): entry is LedgerEntry<"notice-sent"> => entry.kind === "notice-sent");
}
