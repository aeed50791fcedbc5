import { takenAt } from "../incident/acknowledgement.ts";
import { deadlinesOf } from "../incident/deadlines.ts";
import type { LedgerEntry } from "../incident/entries.ts";
import { codeSpan, escapeMarkdown } from "../incident/markdown.ts";
import { saysSo } from "../incident/nothing-to-contain.ts";
import { describeEntry } from "../incident/timeline.ts";
import type { Runbook } from "../runbook/schema.ts";
import { atLeast } from "../runbook/severities.ts";

/** So long is the moment with which each line begins. */
const MOMENT = "- 2026-11-21 02:40:00".length;

/** What did not go as the runbook has it: each as a line of Markdown with its moment, in their order. Pure. */
export function deviations(entries: readonly LedgerEntry[], runbook: Runbook): string[] {
  return [
    ...entries.filter(deviates).map((entry) => `- ${second(entry.at)}: ${describeEntry(entry)}`),
    ...lateRows(entries, runbook),
  ].sort((one, other) => one.slice(0, MOMENT).localeCompare(other.slice(0, MOMENT)));
}

function deviates(entry: LedgerEntry): boolean {
  switch (entry.kind) {
    case "glass-broken":
    case "gate-refused":
    case "plan-failed":
    case "not-contained":
    case "capture-failed":
    case "late-objects":
    case "notice-failed":
    case "notice-undelivered":
    case "issue-reopened":
    case "review-incomplete":
    case "record-withdrawn":
      return true;
    case "capture-sealed":
      return !entry.data.complete && entry.data.supplements === undefined;
    case "source-final":
      return entry.data.outcome === "expired";
    case "request-settled":
      return entry.data.outcome === "failed" || entry.data.outcome === "expired";
    case "audit-trail-verified":
      return entry.data.verdict !== "intact";
    case "severity-changed":
      return !atLeast(entry.data.to, entry.data.from);
    case "evidence-verified":
      return entry.data.verdict !== "verified";
    case "step-confirmed":
      return saysSo(entry);
    default:
      return false;
  }
}

/** What was done after its deadline, or is not done although it has passed, as the clocks have it. */
function lateRows(entries: readonly LedgerEntry[], runbook: Runbook): string[] {
  const newest = Date.parse(entries.at(-1)?.at ?? "");
  return deadlinesOf(entries, runbook).flatMap(({ id, what, due, done, reminders }) => {
    // What ends by itself is no duty, and what came of it otherwise has a line of its own.
    if (reminders === "none" || (done && deviates(done))) return [];
    const at = done === null ? newest : doneAt(done);
    if (at <= due.getTime()) return [];
    const was = done === null ? "is **not done**" : `was done ${second(new Date(at).toISOString())}`;
    return [
      `- ${second(due.toISOString())}: ${codeSpan(id, 130)} (${escapeMarkdown(what)}) was due and ${was}`,
    ];
  });
}

/** A person may say later what was done in time. */
function doneAt(done: LedgerEntry): number {
  switch (done.kind) {
    case "step-confirmed":
    case "secret-disabled":
      return Date.parse(done.data.at);
    case "improvement-closed":
      return Date.parse(done.data.closedAt);
    case "acknowledged":
      return Date.parse(takenAt(done));
    default:
      return Date.parse(done.at);
  }
}

function second(at: string): string {
  return `${at.slice(0, 19).replace("T", " ")} UTC`;
}
