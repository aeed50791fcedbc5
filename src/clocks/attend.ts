import { containAllByHand } from "../containment/contained-by-hand.ts";
import { isOver } from "../incident/closing.ts";
import { openDeadlines } from "../incident/deadlines.ts";
import { keepDraft } from "../incident/notification-draft.ts";
import type { IncidentRecord } from "../incident/record.ts";
import { nextReminder } from "../incident/reminders.ts";
import { ofKind } from "../incident/state.ts";
import type { NotifyDeps } from "../notify/channels.ts";
import type { Notified } from "../notify/notify.ts";
import { closeImprovements } from "../review/improvements.ts";
import type { Asked } from "./again.ts";
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
  /** Why not all was looked after; undefined where it was. No message waits for that. */
  failure: unknown;
}

/** What is known of the issue. */
export interface Shown {
  /** How many entries of the ledger the run before has seen, all of which the issue shows. */
  entries: number;
  /** It has changed since, and is closed. */
  closed: boolean;
}

/**
 * Does what is due about one incident: a containment that a killed job did not record, improvements whose issue was closed,
 * messages that were never sent or that nobody has answered, reminders, and an issue that does not show the ledger. Done
 * again it does nothing again, wherever it was stopped.
 */
export async function attend(
  deps: NotifyDeps,
  record: IncidentRecord,
  asked: Asked,
  shown: Shown,
): Promise<Attended> {
  const { now } = asked;
  const before = record.chain.length;
  let failure: unknown;
  for (const lookAfter of [containAllByHand, closeImprovements])
    await lookAfter(deps, record).catch((error: unknown) => {
      failure ??= error;
    });
  const { reasons, undelivered } = await tell(deps, record, asked);
  const reminded: string[] = [];
  const due = remindersDue(record, now);
  for (const one of due) {
    const { wrote, notified } = await remind(deps, record, one, asked);
    if (wrote) reminded.push(nameOfDue(one));
    undelivered.push(...(notified?.undelivered ?? []));
  }
  // A job that was killed has perhaps not shown what it did: what is new, and what is due now, is shown again.
  const outdated = before > shown.entries || (shown.closed && !isOver(record.chain, record.runbook));
  let shows = true;
  if (record.chain.length > before || due.length > 0 || outdated) {
    shows = await record.project();
    const comment = renderReminders(record.chain, record.runbook);
    if (comment !== "") await record.keepComment(REMINDERS_KEY, comment);
    await keepDraft(record);
  }
  const row = rowOf(record, now);
  // As if it had not been read: the next run shows it.
  const unseen = { ...row, entries: 1, next: now.toISOString() };
  return { row: shows ? row : unseen, reminded, told: reasons, undelivered, failure };
}

/** What `attend` would do. */
export function wouldDo(record: IncidentRecord, asked: Asked): Pick<Attended, "row" | "reminded" | "told"> {
  const { now } = asked;
  const due = remindersDue(record, now).filter((one) => !isGiven(record, one));
  return { row: rowOf(record, now), reminded: due.map(nameOfDue), told: toTell(record, asked) };
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
