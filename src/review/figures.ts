import { escapeMarkdown } from "../incident/markdown.ts";
import type { Runbook, SeverityId } from "../runbook/schema.ts";
import type { RecordData } from "./record-data.ts";
import { duration } from "./times.ts";

/**
 * The records as pictures that GitHub draws itself, in light and dark alike
 * (https://docs.github.com/en/get-started/writing-on-github/working-with-advanced-formatting/creating-diagrams). Above
 * each stands in words what it shows, for those who do not see it and where it is not drawn. Pure.
 */

/** More bars than that nobody can tell apart. */
const NEWEST = 20;
const SEVERITIES: readonly SeverityId[] = ["critical", "high", "medium", "low"];

/** What has become of an improvement. */
export type ImprovementState = "closed" | "open" | "overdue";

export function figures(
  records: readonly RecordData[],
  runbook: Runbook,
  improvements: readonly ImprovementState[],
): string {
  if (records.length === 0) return "There is nothing to draw yet.";
  const severities = SEVERITIES.map(
    (id): Slice => [runbook.severities[id].name, records.filter(({ severity }) => severity === id).length],
  );
  const types = [...new Set(records.map(({ type }) => type))]
    .sort()
    .map(
      (type): Slice => [
        runbook.incident_types[type]?.name ?? type,
        records.filter((record) => record.type === type).length,
      ],
    );
  const states = (["closed", "open", "overdue"] as const).map(
    (state): Slice => [state, improvements.filter((one) => one === state).length],
  );
  return [
    "### Incidents by severity",
    pie("Incidents by severity", severities),
    "### Incidents by type",
    pie("Incidents by type", types),
    "### Time to contain",
    bars("Time to contain", records, ({ times }) => times.contain),
    "### Time to review, up to its closing",
    bars("Time to review", records, ({ review }) => review),
    "### Improvements",
    pie("Improvements", states),
  ].join("\n\n");
}

type Slice = [name: string, count: number];

/** https://mermaid.js.org/syntax/pie.html */
function pie(title: string, slices: readonly Slice[]): string {
  const shown = slices.filter(([, count]) => count > 0);
  if (shown.length === 0) return "None.";
  return [
    `${shown.map(([name, count]) => `${escapeMarkdown(name)}: ${count}`).join(", ")}.`,
    "",
    "```mermaid",
    "pie showData",
    `    title ${title}`,
    ...shown.map(([name, count]) => `    "${label(name)}" : ${count}`),
    "```",
  ].join("\n");
}

interface Took {
  minutes: number | null;
  target: number | null;
}

/**
 * Bars for what it took, a line for what the runbook allows (https://mermaid.js.org/syntax/xyChart.html). What has a target
 * and never happened was not in time: it has no bar, and is named.
 */
function bars(title: string, records: readonly RecordData[], of: (record: RecordData) => Took): string {
  const due = records.flatMap((record) => {
    const { minutes, target } = of(record);
    return target === null ? [] : [{ incident: record.incident, minutes, target }];
  });
  const known = due.flatMap(({ minutes, ...one }) => (minutes === null ? [] : [{ ...one, minutes }]));
  const never = due.filter(({ minutes }) => minutes === null).map(({ incident }) => incident);
  const missing =
    never.length === 0 ? "" : ` Not done when the record was made: ${never.map(escapeMarkdown).join(", ")}.`;
  if (known.length === 0) return `No record has it.${missing}`;
  const shown = known.slice(-NEWEST);
  const met = known.filter(({ minutes, target }) => minutes <= target).length;
  const drawn = known.length > NEWEST ? ` Drawn are the newest ${NEWEST}.` : "";
  const { unit, size } = unitOf(Math.max(...shown.flatMap(({ minutes, target }) => [minutes, target])));
  // Mermaid draws no line through a single point.
  const [only, more] = shown;
  const legend =
    only && !more
      ? `Bar: what it took; the runbook allows ${duration(only.target)}.`
      : "Bars: what it took; line: what the runbook allows.";
  const values = (pick: "minutes" | "target") =>
    shown.map((one) => Math.round((one[pick] / size) * 10) / 10).join(", ");
  const top = Math.max(
    1,
    ...shown.flatMap(({ minutes, target }) => [minutes, target].map((value) => value / size)),
  );
  return [
    `${legend} ${met} of ${due.length} in time; the median took ${duration(median(known.map(({ minutes }) => minutes)))}.${missing}${drawn}`,
    "",
    "```mermaid",
    "xychart-beta",
    `    title "${title}, in ${unit}"`,
    `    x-axis [${shown.map(({ incident }) => `"${incident}"`).join(", ")}]`,
    `    y-axis "${unit}" 0 --> ${Math.ceil(top * 1.1)}`,
    `    bar [${values("minutes")}]`,
    `    line [${values("target")}]`,
    "```",
  ].join("\n");
}

function unitOf(longest: number): { unit: string; size: number } {
  if (longest <= 240) return { unit: "minutes", size: 1 };
  return longest <= 5760 ? { unit: "hours", size: 60 } : { unit: "days", size: 1440 };
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const [below = 0, above = 0] = [sorted[sorted.length % 2 === 0 ? middle - 1 : middle], sorted[middle]];
  return Math.floor((below + above) / 2);
}

/** A name inside Mermaid's quotes, without what Mermaid reads there. */
function label(name: string): string {
  return (
    name
      .replace(/["`#;\\<>{}\p{Cc}]/gu, " ")
      .replace(/\s+/g, " ")
      .trim() || "–"
  );
}
