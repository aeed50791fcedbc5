import { addBusinessDays } from "../runbook/business-days.ts";
import { endOfDay } from "../runbook/local-time.ts";
import type { Runbook, SeverityId } from "../runbook/schema.ts";
import { atLeast } from "../runbook/severities.ts";
import { lacksRequestsAlone, preservedBy } from "./completeness.ts";
import { type Deadline, leaderOf, moment, type Responsible } from "./deadline.ts";
import type { LedgerEntry } from "./entries.ts";
import { evidenceDeadlines } from "./evidence-deadlines.ts";
import { legalClocks } from "./legal-clocks.ts";
import { viewsOf } from "./mcps.ts";
import { nothingToContain } from "./nothing-to-contain.ts";
import { severityChanges } from "./severity-changes.ts";
import { factsOf, ofKind } from "./state.ts";
import { reachedAt } from "./status.ts";
import { byHandDeadlines, improvementDeadlines } from "./step-deadlines.ts";

/** What has to be done about an incident, by whom and until when. Pure: what time it is plays no part. */

const MINUTE_MS = 60_000;

/** Every deadline that the incident has or had, the earliest first. */
export function deadlinesOf(entries: readonly LedgerEntry[], runbook: Runbook): Deadline[] {
  return [
    ...targets(entries, runbook),
    ...review(entries, runbook),
    ...legal(entries, runbook),
    ...byHandDeadlines(entries, runbook),
    ...evidenceDeadlines(entries, runbook),
    ...improvementDeadlines(entries, runbook),
  ].sort((one, other) => one.due.getTime() - other.due.getTime());
}

/** Those that nothing shows to be done, and that do not end by themselves. */
export function openDeadlines(entries: readonly LedgerEntry[], runbook: Runbook): Deadline[] {
  return deadlinesOf(entries, runbook).filter(({ done, reminders }) => done === null && reminders !== "none");
}

/** The runbook's times, in minutes from the declaration at the severity that the incident has now. */
function targets(entries: readonly LedgerEntry[], runbook: Runbook): Deadline[] {
  const { clocks } = runbook;
  if (clocks === undefined) return [];
  const { severity } = factsOf(entries);
  const declared = moment(entries[0]);
  const leader = [leaderOf(entries)];
  const spared = nothingToContain(entries);
  const resolved = reachedAt(entries, runbook, "resolved") ?? null;
  const rows: [keyof typeof clocks.targets, string, Date, LedgerEntry | null, Responsible[]][] = [
    [
      "acknowledge",
      "Take the incident",
      declared,
      ofKind(entries, "acknowledged")[0] ?? resolved,
      toldAt(severity, runbook),
    ],
    [
      "preserve",
      "Preserve the evidence",
      ...everywhere(
        entries,
        (view) => view.find((one) => isKept(one, runbook)) ?? preservedBy(view, runbook),
      ),
      leader,
    ],
    [
      "contain",
      "Contain",
      ...everywhere(entries, (view) => view.find((one) => one.kind === "contained" || one === spared)),
      leader,
    ],
    ["resolve", "Resolve: every step but the review", declared, resolved, leader],
  ];
  return rows.map(([id, what, begun, done, responsible]) => ({
    id,
    what,
    begun,
    due: new Date(begun.getTime() + clocks.targets[id][severity] * MINUTE_MS),
    lastDay: null,
    done,
    responsible,
    reminders: "before and after",
  }));
}

/** A capture to which nothing is missing but what others are to deliver: that has deadlines of its own. */
function isKept(entry: LedgerEntry, runbook: Runbook): boolean {
  if (entry.kind !== "capture-sealed" || entry.data.supplements !== undefined) return false;
  return entry.data.complete || lacksRequestsAlone(entry.data, runbook);
}

/**
 * Of the mcp that took longest to get there, or the first that has not: since when it has been part of the incident, and
 * the entry by which it got there.
 */
export function everywhere(
  entries: readonly LedgerEntry[],
  there: (view: readonly LedgerEntry[]) => LedgerEntry | undefined,
): [begun: Date, done: LedgerEntry | null] {
  const joined = ofKind(entries, "mcp-joined");
  const spans = viewsOf(entries).map(({ mcp, entries: view }): [begun: Date, done: LedgerEntry | null] => {
    return [moment(joined.find(({ data }) => data.mcp === mcp) ?? entries[0]), there(view) ?? null];
  });
  const took = ([begun, done]: [Date, LedgerEntry | null]) =>
    done === null ? Number.POSITIVE_INFINITY : Date.parse(done.at) - begun.getTime();
  return spans.reduce((longest, span) => (took(span) > took(longest) ? span : longest));
}

/** Whom the runbook wants told at this severity: one of them has to take the incident. */
function toldAt(severity: SeverityId, { escalation }: Runbook): Responsible[] {
  return escalation.notify
    .filter((row) => atLeast(severity, row.from) && !("contact" in row && row.only_with_personal_data))
    .map((row) => ("team" in row ? { team: row.team } : { contact: row.contact }));
}

/**
 * The review's deadline: the end of the runbook's last business day, counted from when the incident first was of a
 * severity that asks for a review. Undefined where it is of none now.
 */
export function reviewTime(
  entries: readonly LedgerEntry[],
  runbook: Runbook,
): { begun: Date; due: Date; lastDay: string } | undefined {
  const { review, time_zone } = runbook;
  if (!atLeast(factsOf(entries).severity, review.from)) return undefined;
  const declared = ofKind(entries, "declared").find(({ data }) => atLeast(data.severity, review.from));
  const raised = severityChanges(entries).find(({ data }) => atLeast(data.to, review.from));
  const begun = moment(declared ?? raised);
  const lastDay = addBusinessDays(begun, review.business_days, { time_zone, holidays: review.holidays });
  return { begun, due: endOfDay(lastDay, time_zone), lastDay };
}

function review(entries: readonly LedgerEntry[], runbook: Runbook): Deadline[] {
  const time = reviewTime(entries, runbook);
  if (time === undefined) return [];
  const done = ofKind(entries, "reviewed")[0] ?? null;
  const row = { id: "review", what: "Review", ...time, done, responsible: [leaderOf(entries)] };
  return [{ ...row, reminders: "before and after" }];
}

function legal(entries: readonly LedgerEntry[], runbook: Runbook): Deadline[] {
  const officer = runbook.personal_data?.officer;
  const responsible = [...(officer === undefined ? [] : [{ contact: officer }]), leaderOf(entries)];
  return legalClocks(entries, runbook).map(({ id, text, begun, due, lastDay, done }) => {
    return { id, what: text, begun, due, lastDay, done, responsible, reminders: "before and after" };
  });
}
