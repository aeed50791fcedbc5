import { FirebreakError } from "../errors.ts";
import type { LedgerEntry } from "./entries.ts";
import type { IncidentRecord } from "./record.ts";
import { raisesOf } from "./severity-changes.ts";
import { ofKind } from "./state.ts";
import { askedSince } from "./told.ts";

/** Who has taken an incident, and how long that took. */

export interface Acknowledgement {
  by: { login: string; name: string };
  note: string | null;
  /** The same for whoever does it again: the run, or the comment. */
  key: string;
  /** When the comment was written that says so. */
  at?: Date;
}

/**
 * Records that somebody takes the incident; several may. Done again by the same key, or by somebody who has taken it since
 * it was raised last, it changes nothing. The caller renders the issue.
 * @returns whether this call wrote.
 * @throws FirebreakError `already-reviewed` when there is nothing left to take.
 */
export async function acknowledge(
  record: IncidentRecord,
  { by, note, key, at }: Acknowledgement,
): Promise<boolean> {
  const raised = raisesOf(record.chain).at(-1)?.entry;
  const known = ofKind(record.chain, "acknowledged").some(
    (entry) =>
      entry.key === key ||
      (sameLogin(entry.data.by.login, by.login) && (!raised || tookSince(entry, raised))),
  );
  if (known) return false;
  if (isReviewed(record.chain)) {
    throw new FirebreakError(
      "already-reviewed",
      `${record.id} is reviewed: there is nothing left to take.`,
      "Give the number of the incident you mean.",
    );
  }
  const said = { by, note, severity: record.severity, ...(at ? { at: at.toISOString() } : {}) };
  return record.append("acknowledged", said, key);
}

/** Whoever took it first; undefined while nobody has. */
export function takenBy(entries: readonly LedgerEntry[]): LedgerEntry<"acknowledged"> | undefined {
  return ofKind(entries, "acknowledged")[0];
}

/** When they took it: when they said so, which GitHub knows to the second, or else when that was recorded. */
export function takenAt({ at, data }: LedgerEntry<"acknowledged">): string {
  return data.at ?? at;
}

/** From the declaration until somebody took it, in milliseconds; null while nobody has. */
export function timeToAcknowledge(entries: readonly LedgerEntry[]): number | null {
  const taken = takenBy(entries);
  return taken ? Math.max(0, Date.parse(takenAt(taken)) - Date.parse(entries[0]?.at ?? "")) : null;
}

/** How anybody takes it. */
export function acknowledgeCommand(incident: string, environment: string): string {
  return `gh workflow run acknowledge.yml -f incident=${incident.replace(/^INC-/, "")} -f environment=${environment}`;
}

/**
 * Whether somebody took what an entry began, and not what was before it. Where their comment's time is known, that counts:
 * GitHub has it to the second.
 */
export function tookSince(taken: LedgerEntry<"acknowledged">, begun: LedgerEntry): boolean {
  const second = Math.floor(Date.parse(begun.at) / 1000) * 1000;
  return taken.sequence > begun.sequence && Date.parse(takenAt(taken)) >= second;
}

/** Whether it was reviewed, and nothing came up since that people have to be told: with that it can be taken again. */
export function isReviewed(entries: readonly LedgerEntry[]): boolean {
  const asked = askedSince(entries);
  return entries.some(({ kind, sequence }) => kind === "reviewed" && sequence > asked);
}

function sameLogin(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase();
}
