import { endOfDay } from "../runbook/local-time.ts";
import type { Runbook } from "../runbook/schema.ts";
import { type Deadline, leaderOf, moment } from "./deadline.ts";
import type { LedgerEntry } from "./entries.ts";
import { followUps } from "./follow-ups.ts";
import { manualStepsOf } from "./manual-steps.ts";
import { ofKind } from "./state.ts";

/** What people do by hand, and what is to be followed up. */
export function byHandDeadlines(entries: readonly LedgerEntry[], runbook: Runbook): Deadline[] {
  const leader = leaderOf(entries);
  const byHand = manualStepsOf(entries, runbook).flatMap((step): Deadline[] => {
    if (step.deadline === null) return [];
    return [
      {
        id: `step/${step.id}`,
        what: step.text,
        begun: moment(entries[0]),
        due: step.deadline,
        lastDay: null,
        done: step.by ?? null,
        responsible: [...(step.contact === null ? [] : [{ contact: step.contact }]), leader],
        reminders: "before and after",
      },
    ];
  });
  const due = ofKind(entries, "follow-up-due");
  const followed = followUps(entries).map((followUp): Deadline => {
    return {
      id: `follow-up/${followUp.step}`,
      what: followUp.what,
      begun: moment(due.find(({ data }) => data.step === followUp.step)),
      due: new Date(followUp.at),
      lastDay: null,
      done: followUp.by ?? null,
      responsible: [leader],
      reminders: "none",
    };
  });
  return [...byHand, ...followed];
}

/** What the review wants to be improved, where a day was set for it. */
export function improvementDeadlines(entries: readonly LedgerEntry[], runbook: Runbook): Deadline[] {
  const closed = ofKind(entries, "improvement-closed");
  return ofKind(entries, "improvement-opened").flatMap((entry): Deadline[] => {
    const { issue, owner, due } = entry.data;
    if (due === null) return [];
    return [
      {
        id: `improvement/${issue}`,
        what: `Process improvement #${issue}`,
        begun: moment(entry),
        due: endOfDay(due, runbook.time_zone),
        lastDay: due,
        done: closed.find(({ data }) => data.issue === issue) ?? null,
        responsible: [owner === null ? leaderOf(entries) : { login: owner }],
        reminders: "before and after",
      },
    ];
  });
}
