import type { LedgerEntry } from "../incident/entries.ts";
import type { Recipient } from "../incident/escalation.ts";
import { type Notice, noticeName } from "../incident/notices.ts";
import type { IncidentRecord } from "../incident/record.ts";
import { ofKind } from "../incident/state.ts";
import { sentTo } from "../incident/told.ts";
import { progressOf } from "../notify/progress.ts";

/**
 * Which messages that no channel took the clocks try again, and when. Where it is not known whether one arrived it is not
 * sent again. The waits double, so that a channel that stays broken neither fills the ledger nor is forgotten. Pure.
 */

/** When the clocks run, and for whom. */
export interface Asked {
  now: Date;
  /** A person asks for this incident: what failed is tried again at once. */
  atOnce: boolean;
}

const FIRST_WAIT_MS = 15 * 60_000;

/**
 * Whether nothing is to be sent to them of this for now: they were told of it, at whichever severity, or no channel took
 * it and it is not yet tried again.
 */
export function isConcluded(
  { chain }: Pick<IncidentRecord, "chain">,
  notice: Notice,
  { id, ways }: Recipient,
  { now, atOnce }: Asked,
): boolean {
  const told = ofKind(chain, "notice-sent").some(
    ({ data }) => data.recipient === id && reasonOf(data.notice) === notice.reason,
  );
  if (told) return true;
  const name = noticeName(notice);
  // What failed at another severity is another message: of a raise that was taken back in part, what is left is told.
  const failed = ofKind(chain, "notice-undelivered").find(
    ({ data }) => data.recipient === id && data.notice === name,
  );
  if (!failed) return false;
  const usable = ways.some((way) => progressOf(chain, `${name}/${id}`, way).state !== "unknown");
  return !usable || (!atOnce && triedAgainAt(chain, failed) > now);
}

/** Of a notice's name all but the severity: `severity-raised` is not `severity-raised/2`. */
function reasonOf(name: string): string {
  return name.slice(0, name.lastIndexOf("/"));
}

/** When the next of them will be tried again; undefined when there is none to come. */
export function nextTry(entries: readonly LedgerEntry[], now: Date): Date | undefined {
  const moments = ofKind(entries, "notice-undelivered")
    .filter(({ data }) => sentTo(entries, data.notice, data.recipient) === undefined)
    .map((entry) => triedAgainAt(entries, entry));
  return moments.filter((moment) => moment > now).sort((one, other) => one.getTime() - other.getTime())[0];
}

/** As long after it failed last as that was after it failed first. */
function triedAgainAt(
  entries: readonly LedgerEntry[],
  { at, data: { notice, recipient } }: LedgerEntry<"notice-undelivered">,
): Date {
  const tries = ofKind(entries, "notice-failed").filter(
    ({ data }) => data.notice === notice && data.recipient === recipient,
  );
  const [first, last] = [Date.parse(at), Date.parse(tries.at(-1)?.at ?? at)];
  return new Date(last + Math.max(FIRST_WAIT_MS, last - first));
}
