import { FirebreakError } from "../errors.ts";
import type { LedgerEntry } from "./entries.ts";
import { codeSpan } from "./markdown.ts";
import type { IncidentRecord } from "./record.ts";
import { ofKind } from "./state.ts";

/** Who has taken an incident, and how long that took. */

export interface Acknowledgement {
  by: { login: string; name: string };
  note: string | null;
  /** The same for whoever does it again: the run, or the comment. */
  key: string;
}

/**
 * Records that somebody takes the incident; several may. Done again by the same key, or by somebody who has taken it, it
 * changes nothing. The caller renders the issue.
 * @returns whether this call wrote.
 * @throws FirebreakError `already-reviewed` when there is nothing left to take.
 */
export async function acknowledge(
  record: IncidentRecord,
  { by, note, key }: Acknowledgement,
): Promise<boolean> {
  const taken = ofKind(record.chain, "acknowledged");
  if (taken.some((entry) => entry.key === key || sameLogin(entry.data.by.login, by.login))) return false;
  if (isReviewed(record.chain)) {
    throw new FirebreakError(
      "already-reviewed",
      `${record.id} is reviewed: there is nothing left to take.`,
      "Give the number of the incident you mean.",
    );
  }
  return record.append("acknowledged", { by, note, severity: record.severity }, key);
}

/** Whoever took it first; undefined while nobody has. */
export function takenBy(entries: readonly LedgerEntry[]): LedgerEntry<"acknowledged"> | undefined {
  return ofKind(entries, "acknowledged")[0];
}

/** From the declaration until somebody took it, in milliseconds; null while nobody has. */
export function timeToAcknowledge(entries: readonly LedgerEntry[]): number | null {
  const taken = takenBy(entries);
  return taken ? Date.parse(taken.at) - Date.parse(entries[0]?.at ?? "") : null;
}

/** How anybody takes it. */
export function acknowledgeCommand(incident: string, environment: string): string {
  return `gh workflow run acknowledge.yml -f incident=${incident.replace(/^INC-/, "")} -f environment=${environment}`;
}

/** For the top of the issue: who has it, or how to take it. */
export function takenLine(entries: readonly LedgerEntry[], environment: string): string {
  const taken = ofKind(entries, "acknowledged");
  const [first, ...others] = taken;
  const incident = entries[0]?.incident ?? "";
  if (!first) {
    if (isReviewed(entries)) return "";
    return `**Nobody has taken this incident.** To take it: comment ${codeSpan("/ack")}, or ${codeSpan(acknowledgeCommand(incident, environment))}`;
  }
  const minutes = Math.floor((timeToAcknowledge(entries) ?? 0) / 60_000);
  const also = others.length === 0 ? "" : `, then by ${others.map(nameOf).join(", ")}`;
  return `**Taken by** ${nameOf(first)} at ${first.at.slice(0, 16).replace("T", " ")} UTC, ${minutes} min after the declaration${also}`;
}

function nameOf({ data: { by } }: LedgerEntry<"acknowledged">): string {
  return `${codeSpan(by.login, 60)} (${codeSpan(by.name, 120)})`;
}

function isReviewed(entries: readonly LedgerEntry[]): boolean {
  return entries.some(({ kind }) => kind === "reviewed");
}

function sameLogin(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase();
}
