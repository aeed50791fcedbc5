import { openDeadlines } from "../incident/deadlines.ts";
import { keepDraft } from "../incident/notification-draft.ts";
import type { IncidentRecord } from "../incident/record.ts";
import { nextReminder } from "../incident/reminders.ts";
import { ofKind } from "../incident/state.ts";
import type { NotifyDeps } from "../notify/channels.ts";
import type { Notified } from "../notify/notify.ts";
import { closeImprovements } from "../review/improvements.ts";
import { isGiven, nameOfDue, remind, remindersDue } from "./remind.ts";
import { REMINDERS_KEY, renderReminders } from "./rolling-comment.ts";
import type { Row } from "./snapshot.ts";
import { nextTelling, tell, toTell } from "./telling.ts";

export interface Attended {
  row: Row;
  /** What somebody was reminded of, and why else somebody was told, now: `contain/80`, `repeat/2`. */
  reminded: string[];
  told: string[];
  /** The messages that reached nobody. */
  undelivered: Notified["undelivered"];
}

/**
 * Does what is due about one incident: improvements whose issue was closed, messages that were never sent or that nobody
 * has answered, reminders. Done again it does nothing again, wherever it was stopped.
 */
export async function attend(deps: NotifyDeps, record: IncidentRecord, now: Date): Promise<Attended> {
  const before = record.chain.length;
  await closeImprovements(deps, record);
  const { reasons, undelivered } = await tell(deps, record, now);
  const reminded: string[] = [];
  const due = remindersDue(record, now);
  for (const one of due) {
    const { wrote, notified } = await remind(deps, record, one);
    if (wrote) reminded.push(nameOfDue(one));
    undelivered.push(...(notified?.undelivered ?? []));
  }
  // A job that was killed has perhaps not shown what it did: what is due now is shown again.
  if (record.chain.length > before || due.length > 0) {
    await record.project();
    const comment = renderReminders(record.chain, record.runbook);
    if (comment !== "") await record.keepComment(REMINDERS_KEY, comment);
    await keepDraft(record);
  }
  return { row: rowOf(record, now), reminded, told: reasons, undelivered };
}

/** What `attend` would do. */
export function wouldDo(record: IncidentRecord, now: Date): Pick<Attended, "row" | "reminded" | "told"> {
  const due = remindersDue(record, now).filter((one) => !isGiven(record, one));
  return { row: rowOf(record, now), reminded: due.map(nameOfDue), told: toTell(record, now) };
}

/** What is remembered of an incident once its ledger is read. */
function rowOf(record: IncidentRecord, now: Date): Row {
  const { chain, runbook, severity } = record;
  const open = openDeadlines(chain, runbook);
  const { clocks } = runbook;
  const moments = [
    nextTelling(record, now),
    ...(clocks ? open.map((deadline) => nextReminder(deadline, clocks, now)) : []),
  ].filter((moment) => moment !== undefined);
  const next = moments.sort((one, other) => one.getTime() - other.getTime())[0];
  const closed = new Set(ofKind(chain, "improvement-closed").map(({ data }) => data.issue));
  return {
    entries: chain.length,
    lookedAt: now.toISOString(),
    next: next?.toISOString() ?? null,
    severity,
    open: open.map(({ id, due }) => ({ id, due: due.toISOString() })),
    improvements: ofKind(chain, "improvement-opened")
      .map(({ data }) => data.issue)
      .filter((issue) => !closed.has(issue)),
  };
}
