import type { LedgerEntry } from "./entries.ts";
import { factsOf, ofKind } from "./state.ts";

/** What a deadline of an incident is. */

/** A contact of the runbook, a team that the runbook has told, or somebody on GitHub. */
export type Responsible = { contact: string } | { team: string } | { login: string };

export interface Deadline {
  /** `acknowledge`, `preserve`, `contain`, `resolve`, `review`, `gdpr`, `nis2/…`, `step/<id>`, `request/<id>`, … */
  id: string;
  /** What is to be done, in trusted words. */
  what: string;
  begun: Date;
  /** From this moment on it is late. */
  due: Date;
  /** The day at whose end it is due, in the runbook's time zone; null where minutes or hours are counted. */
  lastDay: string | null;
  /** The entry that shows it to be done; null while it is open. */
  done: LedgerEntry | null;
  /** Who sees to it, the first one first of all. */
  responsible: Responsible[];
  /** `after`: nobody can do anything before it is late. `none`: it ends by itself. */
  reminders: "before and after" | "after" | "none";
}

/** Whoever has taken the incident, or declared it while nobody has. */
export function leaderOf(entries: readonly LedgerEntry[]): Responsible {
  const taker = ofKind(entries, "acknowledged").at(-1)?.data.by;
  return { login: (taker ?? factsOf(entries).declaredBy).login };
}

/** When an entry was written. @throws Error where there is none. */
export function moment(entry: LedgerEntry | undefined): Date {
  if (entry === undefined) throw new Error("the ledger does not have the entry that a deadline counts from");
  return new Date(entry.at);
}
