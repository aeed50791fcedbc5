import type { Recipient } from "../incident/escalation.ts";
import { type DueNotice, dueNotices, type Notice, recipientsNow } from "../incident/notices.ts";
import type { IncidentRecord } from "../incident/record.ts";
import { begunRepeat, dueRepeats, nextRepeat } from "../incident/repeats.ts";
import { isResolvedSince } from "../incident/status.ts";
import { askedSince, toldByHand } from "../incident/told.ts";
import type { NotifyDeps } from "../notify/channels.ts";
import { type Notified, notify, notifyDue } from "../notify/notify.ts";
import { type Asked, isConcluded, nextTry } from "./again.ts";

/** What the clocks do about people who have to be told: in place of a job that never did, and until somebody answers. */

/** The job that escalates has ended by then, one way or another. */
const GRACE_MS = 15 * 60_000;

/** Tells whom nobody has told, and again who has not answered. @returns the reasons for which somebody was told. */
export async function tell(
  deps: NotifyDeps,
  record: IncidentRecord,
  asked: Asked,
): Promise<{ reasons: string[]; undelivered: Notified["undelivered"] }> {
  const reasons: string[] = [];
  const undelivered: Notified["undelivered"] = [];
  const forgotten = untold(record, asked);
  if (forgotten.open.length > 0 && forgotten.from <= asked.now) {
    undelivered.push(...(await notifyDue(deps, record, forgotten.open)).undelivered);
    reasons.push(...reasonsOf(forgotten.open));
  }
  const again = repetition(record, asked);
  if (again) {
    undelivered.push(...(await notify(deps, record, again)).undelivered);
    reasons.push(again.reason);
  }
  return { reasons, undelivered };
}

/** For which reasons `tell` would tell somebody. */
export function toTell(record: IncidentRecord, asked: Asked): string[] {
  const { open, from } = untold(record, asked);
  const again = repetition(record, asked);
  return [...(from <= asked.now ? reasonsOf(open) : []), ...(again ? [again.reason] : [])];
}

/** When there will be somebody to tell; undefined when there is nothing to come. */
export function nextTelling(record: IncidentRecord, now: Date): Date | undefined {
  const { open, from } = untold(record, { now, atOnce: false });
  const moments = [
    nextRepeat(record.chain, record.runbook, now),
    open.length > 0 && from > now ? from : undefined,
    nextTry(record.chain, now),
  ].filter((moment) => moment !== undefined);
  return moments.sort((one, other) => one.getTime() - other.getTime())[0];
}

/**
 * The messages that are still to be sent, since neither the ledger concludes them nor a person has said that they told
 * them, and from when on that is no other job's to do.
 */
function untold(record: IncidentRecord, asked: Asked): { open: DueNotice[]; from: Date } {
  const { chain, runbook } = record;
  const over = isResolvedSince(chain, runbook, askedSince(chain));
  const open = (over ? [] : dueNotices(chain, runbook)).filter(
    ({ recipient, ...notice }) =>
      recipient.ways.length > 0 &&
      !isConcluded(record, notice, recipient, asked) &&
      !toldByHand(chain, runbook, recipient.id),
  );
  const cause = chain.findLast(({ kind }) =>
    ["declared", "severity-changed", "personal-data-found", "glass-broken"].includes(kind),
  );
  return { open, from: new Date(Date.parse(cause?.at ?? "") + GRACE_MS) };
}

function reasonsOf(notices: readonly Notice[]): string[] {
  return [...new Set(notices.map(({ reason }) => reason))];
}

/** The repetition that is due, or that a job has begun and may not have finished, and who has not had it. */
function repetition(record: IncidentRecord, asked: Asked): { reason: string; to: Recipient[] } | undefined {
  const { chain, runbook, severity } = record;
  const reason = repetitionOf(record, asked.now);
  if (reason === undefined) return undefined;
  const to = recipientsNow(chain, runbook).filter(
    (recipient) => recipient.ways.length > 0 && !isConcluded(record, { reason, severity }, recipient, asked),
  );
  return to.length === 0 ? undefined : { reason, to };
}

function repetitionOf({ chain, runbook }: IncidentRecord, now: Date): string | undefined {
  return dueRepeats(chain, runbook, now)[0]?.reason ?? begunRepeat(chain, runbook);
}
