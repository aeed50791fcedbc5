import type { LedgerEntry } from "../incident/entries.ts";
import { manualStepsOf } from "../incident/manual-steps.ts";
import { codeSpan, escapeMarkdown } from "../incident/markdown.ts";
import { saysSo } from "../incident/nothing-to-contain.ts";
import { ofKind } from "../incident/state.ts";
import { describeEntry } from "../incident/timeline.ts";
import type { Runbook } from "../runbook/schema.ts";
import { atLeast } from "../runbook/severities.ts";
import { duration, type MeasuredTime, missed } from "./times.ts";

const MOMENT = /^- \d{4}-\d{2}-\d{2} [\d:]{8} UTC/;

/** What did not go as the runbook has it: each as a line of Markdown with its moment, in their order. Pure. */
export function deviations(
  entries: readonly LedgerEntry[],
  runbook: Runbook,
  times: readonly MeasuredTime[],
): string[] {
  const lines = [
    ...entries.filter(deviates).map((entry) => `- ${second(entry.at)}: ${describeEntry(entry)}`),
    ...times.filter((time) => missed(time)).map(lateMeasure),
    ...lateSteps(entries, runbook),
  ];
  // Each begins with its moment; what has none, since it is still going on, comes last.
  const moment = (line: string) => MOMENT.exec(line)?.[0] ?? "~";
  return lines.sort((one, other) => (moment(one) < moment(other) ? -1 : moment(one) > moment(other) ? 1 : 0));
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

function lateMeasure({ what, elapsed, target, to }: MeasuredTime): string {
  const allowed = `the runbook allows ${duration(target ?? 0)}`;
  return to === null
    ? `- ${escapeMarkdown(what)} has taken **${duration(elapsed)}** so far, ${allowed}`
    : `- ${second(to)}: ${escapeMarkdown(what)} took **${duration(elapsed)}**, ${allowed}`;
}

/** Steps by hand that were done after their deadline, or are not done although it has passed. */
function lateSteps(entries: readonly LedgerEntry[], runbook: Runbook): string[] {
  const newest = Date.parse(entries.at(-1)?.at ?? "");
  return manualStepsOf(entries, runbook).flatMap(({ id, text, deadline, by }) => {
    if (deadline === null) return [];
    const done = by === undefined ? undefined : doneAt(entries, by);
    if ((done ?? newest) <= deadline.getTime()) return [];
    const was = done === undefined ? "is **not done**" : `was done ${second(new Date(done).toISOString())}`;
    return [
      `- ${second(deadline.toISOString())}: the step ${codeSpan(id, 130)} (${escapeMarkdown(text)}) was due and ${was}`,
    ];
  });
}

/** A person may confirm later what was done in time. */
function doneAt(entries: readonly LedgerEntry[], by: LedgerEntry): number {
  const confirmed = ofKind(entries, "step-confirmed").find(({ sequence }) => sequence === by.sequence);
  if (confirmed) return Date.parse(confirmed.data.at);
  return Date.parse(by.kind === "secret-disabled" ? by.data.at : by.at);
}

function second(at: string): string {
  return `${at.slice(0, 19).replace("T", " ")} UTC`;
}
