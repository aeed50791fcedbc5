import type { LedgerEntry } from "../incident/entries.ts";
import { severityChanges } from "../incident/severity-changes.ts";
import { factsOf, ofKind } from "../incident/state.ts";
import { localDay } from "../runbook/local-time.ts";
import type { Runbook } from "../runbook/schema.ts";
import { sectionsOf } from "./sections.ts";
import { saysSomething } from "./written.ts";

/** The six columns of a review: two are facts of the ledger, four are people's words. Pure. */
export interface ReviewFields {
  /** The incident's day in the runbook's time zone, as the ledger has it. */
  date: string;
  summary: string;
  /** As the ledger has it now. */
  severity: string;
  rootCause: string;
  actionsTaken: string;
  improvements: string;
}

/** Positions in `review.columns`, which always has six. */
const [DATE, SUMMARY, SEVERITY, CAUSE, ACTIONS, IMPROVEMENTS] = [0, 1, 2, 3, 4, 5] as const;

export interface ReadReview {
  fields: ReviewFields;
  /** What is missing, each as a sentence for people; empty when the review is complete. */
  missing: string[];
}

/** Reads the review issue's text. */
export function readReview(body: string, entries: readonly LedgerEntry[], runbook: Runbook): ReadReview {
  const { columns } = runbook.review;
  const texts = sectionsOf(body, columns);
  const text = (column: number) => texts[column] ?? "";
  const missing = [
    ...(/\d{4}-\d{2}-\d{2}/.test(text(DATE))
      ? []
      : [`${name(columns, DATE)}: the day is missing, like 2026-11-21.`]),
    ...severityProblem(text(SEVERITY), entries, runbook),
    ...[SUMMARY, CAUSE, ACTIONS, IMPROVEMENTS]
      .filter((column) => !saysSomething(text(column)))
      .map((column) => `${name(columns, column)}: it says nothing yet; a word or a placeholder does not do.`),
  ];
  return { fields: fieldsOf(texts, entries, runbook), missing };
}

/** A severity that the incident never had is decided by set-severity.yml, not by the review. */
function severityProblem(text: string, entries: readonly LedgerEntry[], runbook: Runbook): string[] {
  const had = new Set([
    ...ofKind(entries, "declared").map(({ data }) => data.severity),
    ...severityChanges(entries).map(({ data }) => data.to),
  ]);
  const names = [...had].map((id) => runbook.severities[id].name);
  if (names.some((one) => text.toLowerCase().includes(one.toLowerCase()))) return [];
  const now = runbook.severities[factsOf(entries).severity].name;
  return [
    `${name(runbook.review.columns, SEVERITY)}: the ledger says ${now}; write that, or change it by set-severity.yml.`,
  ];
}

function fieldsOf(texts: readonly string[], entries: readonly LedgerEntry[], runbook: Runbook): ReviewFields {
  const facts = factsOf(entries);
  return {
    date: localDay(new Date(facts.detectedAt), runbook.time_zone),
    summary: texts[SUMMARY] ?? "",
    severity: runbook.severities[facts.severity].name,
    rootCause: texts[CAUSE] ?? "",
    actionsTaken: texts[ACTIONS] ?? "",
    improvements: texts[IMPROVEMENTS] ?? "",
  };
}

function name(columns: readonly string[], column: number): string {
  return columns[column] ?? "";
}
