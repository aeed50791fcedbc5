import type { EscalationStep, Runbook } from "../runbook/schema.ts";
import { atLeast } from "../runbook/severities.ts";
import { containStep, whyNotSpared } from "./contain-step.ts";
import { deadlinesOf } from "./deadlines.ts";
import { type LedgerEntry, NOTHING_TO_CONTAIN } from "./entries.ts";
import { codeSpan, escapeMarkdown } from "./markdown.ts";
import { stepsOfPeople } from "./proposed.ts";
import { severityChanges } from "./severity-changes.ts";
import { escalationSteps } from "./state.ts";

/** The steps of the escalation process as the issue shows them: done, open, or not applicable. Pure. */

/**
 * By when each step of the process has to be done, by its id; those done by declaring, or without an answer in the runbook, are left out.
 * Telling people is due at once, which is the declaration, or the moment from which on the severity asks for it.
 */
export function processDeadlines(
  entries: readonly LedgerEntry[],
  runbook: Runbook,
): ReadonlyMap<string, Date> {
  const deadlines = new Map(deadlinesOf(entries, runbook).map(({ id, due }) => [id, due] as const));
  const due = runbook.escalation.steps.flatMap((step) => {
    if (step.done_when === "declared") return [];
    const at = step.told ? new Date(appliesSince(step, entries)) : deadlines.get(deadlineOf(step));
    return at === undefined ? [] : [[step.id, at] as const];
  });
  return new Map(due);
}

/** Which of the incident's deadlines a step stands under. */
function deadlineOf({ done_when, only_with_personal_data }: EscalationStep): string {
  if (only_with_personal_data) return "gdpr";
  if (done_when === "capture-sealed") return "preserve";
  if (done_when === "contained") return "contain";
  return done_when === "reviewed" ? "review" : "resolve";
}

function appliesSince({ from }: EscalationStep, entries: readonly LedgerEntry[]): string {
  const first = entries[0];
  if (first?.kind !== "declared") return "";
  if (from === undefined) return first.at;
  let since: LedgerEntry | undefined = atLeast(first.data.severity, from) ? first : undefined;
  for (const entry of severityChanges(entries))
    since = atLeast(entry.data.to, from) ? (since ?? entry) : undefined;
  return (since ?? first).at;
}

/** The process as a task list. Overdue is what was not done when the newest entry was written. */
export function processChecklist(entries: readonly LedgerEntry[], runbook: Runbook): string {
  const deadlines = processDeadlines(entries, runbook);
  const newest = Date.parse(entries.at(-1)?.at ?? "");
  const byPeople = stepsOfPeople(entries, runbook);
  const contain = containStep(entries, runbook);
  const sparing = contain && whyNotSpared(entries, runbook) === undefined ? contain.id : undefined;
  return escalationSteps(entries, runbook)
    .map((step, index) => {
      const title = `${index + 1}. **${escapeMarkdown(step.name)}**: ${escapeMarkdown(step.text)}`;
      if (step.state === "not applicable")
        return `- [x] ~~${title}~~ (not applicable: ${escapeMarkdown(step.why ?? "")})`;
      if (step.by) return `- [x] ${title} (${doneBy(step.by)})`;
      const due = deadlines.get(step.id);
      const how = byPeople.has(step.id)
        ? `; once done, comment ${codeSpan(`/confirm ${step.id} <what was done>`)}`
        : step.id === sparing
          ? `; where nothing has to be contained, comment ${codeSpan(`/confirm ${step.id} ${NOTHING_TO_CONTAIN} <what shows it>`)}`
          : "";
      return `- [ ] ${title} (${due === undefined ? "open" : untilWhen(due, newest)}${how})`;
    })
    .join("\n");
}

/** `open until …`, and whether that has passed. */
export function untilWhen(due: Date, newest: number): string {
  return `open, by **${minute(due.toISOString())}**${due.getTime() < newest ? ", **overdue**" : ""}`;
}

function doneBy(by: LedgerEntry): string {
  const proof = evidenceOf(by);
  return `${by.at.slice(0, 19).replace("T", " ")} UTC, ${codeSpan(by.by.login, 60)}${proof === "" ? "" : `: ${proof}`}`;
}

/** What shows the step to be done: a link, a digest, a message's id, or a person's word. */
function evidenceOf(by: LedgerEntry): string {
  switch (by.kind) {
    case "declared":
      return `[run ${by.data.runId}](${by.data.runUrl})`;
    case "capture-sealed":
      return `capture ${codeSpan(by.data.capture)}, manifest SHA-256 ${codeSpan(by.data.manifestSha256)}`;
    case "source-final":
      return `capture ${codeSpan(by.data.completedBy)}`;
    case "contained":
      return codeSpan(by.data.summary, 200);
    case "notice-sent":
      return `${escapeMarkdown(by.data.recipient)} by ${by.data.channel}${by.data.messageId === null ? "" : `, message ${codeSpan(by.data.messageId, 120)}`}`;
    case "step-confirmed":
      if (by.data.verdict === NOTHING_TO_CONTAIN)
        return `**nothing was contained**: ${codeSpan(by.data.note, 400)}, found by ${codeSpan(by.data.by, 120)}`;
      return `by ${codeSpan(by.data.by, 120)}, ${minute(by.data.at)}: ${codeSpan(by.data.note, 200)}`;
    case "reviewed":
      return `${codeSpan(by.data.record, 200)}${by.data.pullRequest === undefined ? "" : ` in #${by.data.pullRequest}`}`;
    default:
      return "";
  }
}

function minute(at: string): string {
  return `${at.slice(0, 16).replace("T", " ")} UTC`;
}
