import type { LedgerEntry } from "../incident/entries.ts";
import { dueNotices, dueRepeats, nextRepeat, recipientsNow } from "../incident/notices.ts";
import type { IncidentRecord } from "../incident/record.ts";
import { ofKind } from "../incident/state.ts";
import { reachedAt } from "../incident/status.ts";
import { stepsAbout } from "../incident/told.ts";
import type { NotifyDeps } from "../notify/channels.ts";
import { type Notified, notify, notifyDue } from "../notify/notify.ts";

/** What the clocks do about people who have to be told: in place of a job that never did, and until somebody answers. */

/** The job that escalates has ended by then, one way or another. */
const GRACE_MS = 15 * 60_000;

/** Tells whom nobody has told, and again who has not answered. @returns the reasons for which somebody was told. */
export async function tell(
  deps: NotifyDeps,
  record: IncidentRecord,
  now: Date,
): Promise<{ reasons: string[]; undelivered: Notified["undelivered"] }> {
  const reasons: string[] = [];
  const undelivered: Notified["undelivered"] = [];
  const forgotten = untold(record);
  if (forgotten.reasons.length > 0 && forgotten.from <= now) {
    undelivered.push(...(await notifyDue(deps, record)).undelivered);
    reasons.push(...forgotten.reasons);
  }
  const reason = repetition(record, now);
  if (reason !== undefined) {
    const to = recipientsNow(record.chain, record.runbook).filter(
      ({ id, ways }) => ways.length > 0 && !isConcluded(record.chain, reason, id),
    );
    if (to.length > 0) {
      undelivered.push(...(await notify(deps, record, { reason, to })).undelivered);
      reasons.push(reason);
    }
  }
  return { reasons, undelivered };
}

/** For which reasons `tell` would tell somebody. */
export function toTell(record: IncidentRecord, now: Date): string[] {
  const forgotten = untold(record);
  const reason = repetition(record, now);
  return [...(forgotten.from <= now ? forgotten.reasons : []), ...(reason === undefined ? [] : [reason])];
}

/** When there will be somebody to tell; undefined when there is nothing to come. */
export function nextTelling(record: IncidentRecord, now: Date): Date | undefined {
  const { reasons, from } = untold(record);
  const moments = [
    nextRepeat(record.chain, record.runbook, now),
    reasons.length > 0 && from > now ? from : undefined,
  ].filter((moment) => moment !== undefined);
  return moments.sort((one, other) => one.getTime() - other.getTime())[0];
}

/** Whether somebody was told of it, or it is known that nobody could be, at whichever severity. */
export function isConcluded(entries: readonly LedgerEntry[], reason: string, recipient: string): boolean {
  return entries.some(
    (entry) =>
      (entry.kind === "notice-sent" || entry.kind === "notice-undelivered") &&
      entry.data.recipient === recipient &&
      entry.data.notice.startsWith(`${reason}/`),
  );
}

/**
 * The messages of which neither the ledger has an outcome nor a person has said that they told them, and from when on
 * that is no other job's to do.
 */
function untold({ chain, runbook }: IncidentRecord): { reasons: string[]; from: Date } {
  const confirmed = new Set(ofKind(chain, "step-confirmed").map(({ data }) => data.step));
  const over = reachedAt(chain, runbook, "resolved") !== undefined;
  const open = (over ? [] : dueNotices(chain, runbook)).filter(
    ({ reason, recipient: { id, ways } }) =>
      ways.length > 0 &&
      !isConcluded(chain, reason, id) &&
      !stepsAbout(runbook, id).some((step) => confirmed.has(step)),
  );
  const cause = chain.findLast(({ kind }) =>
    ["declared", "severity-changed", "personal-data-found", "glass-broken"].includes(kind),
  );
  return {
    reasons: [...new Set(open.map(({ reason }) => reason))],
    from: new Date(Date.parse(cause?.at ?? "") + GRACE_MS),
  };
}

/** The repetition that is due, or that a job has begun and may not have finished. */
function repetition({ chain, runbook }: IncidentRecord, now: Date): string | undefined {
  const due = dueRepeats(chain, runbook, now)[0]?.reason;
  if (due !== undefined || chain.some(({ kind }) => kind === "acknowledged")) return due;
  return ofKind(chain, "notice-intended").findLast(({ data }) => data.reason.startsWith("repeat/"))?.data
    .reason;
}
