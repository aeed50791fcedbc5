import { escapeMarkdown, jsonComment, plainTitle } from "../incident/markdown.ts";
import { localDay } from "../runbook/local-time.ts";
import type { Runbook } from "../runbook/schema.ts";
import { canonicalJson, sha256 } from "../vault/digest.ts";
import { figures, type ImprovementState } from "./figures.ts";
import { type RecordData, recordName } from "./record-data.ts";

/**
 * The page of the folder of records: the table, a row for each, and the figures. Pure: the same records and the same
 * closed improvements always give the same page, whoever writes it and whenever.
 */

const LONGEST_CELL = 300;

/** A file of the folder: what its record says, or undefined where it holds none. */
export interface FolderFile {
  name: string;
  record: RecordData | undefined;
}

/** @param closed the day on which each improvement issue was closed, by its number. */
export function renderIndex(
  files: readonly FolderFile[],
  closed: ReadonlyMap<number, string>,
  runbook: Runbook,
): string {
  const records = files
    .flatMap(({ record }) => (record ? [record] : []))
    .sort((a, b) => a.declaredAt.localeCompare(b.declaredAt) || a.incident.localeCompare(b.incident));
  const foreign = files.filter(({ record }) => !record).map(({ name }) => name);
  const asOf = newestDay(records, closed, runbook.time_zone);
  const states = improvementsOf(records, closed, asOf);
  const { from, business_days } = runbook.review;
  return [
    "# Incident reviews",
    fingerprint(records, closed),
    `A review is due within ${business_days} business days of every incident of severity ${runbook.severities[from].name} or higher. Each row is a record of this folder; Firebreak writes the records and this page from the reviews, by pull request ([how](${upwards(runbook.review.folder)}docs/reviews.md)).`,
    table(records, runbook),
    ...(foreign.length === 0
      ? []
      : [
          `Also in this folder, without a record that Firebreak can read: ${foreign
            .sort()
            .map((name) => `[${escapeMarkdown(name)}](${encodeURIComponent(name)})`)
            .join(", ")}.`,
        ]),
    "## Figures",
    figures(
      records,
      runbook,
      states.map(({ state }) => state),
    ),
    ...overdue(states, asOf),
    "",
  ].join("\n\n");
}

/**
 * Of everything that the page is made of. Two pull requests that add a record each differ in this line, so that GitHub
 * merges neither behind the other's back: the second one is made again on top of the first.
 */
function fingerprint(records: readonly RecordData[], closed: ReadonlyMap<number, string>): string {
  const made = canonicalJson({ records, closed: Object.fromEntries(closed) });
  return jsonComment("firebreak:index", { records: records.length, sha256: sha256(made) });
}

function table(records: readonly RecordData[], runbook: Runbook): string {
  const rows = [...records].reverse().map((record) => {
    const { date, summary, severity, rootCause, actionsTaken, improvements } = record.fields;
    const link = `[${record.incident}](${recordName(record)})`;
    const issues = record.improvements.map(({ issue, url }) => `[#${issue}](${url})`).join(", ");
    const cells = [
      cell(date),
      `${link}: ${cell(summary)}`,
      cell(severity),
      cell(rootCause),
      cell(actionsTaken),
      issues === "" ? cell(improvements) : `${cell(improvements)} (${issues})`,
    ];
    return `| ${cells.join(" | ")} |`;
  });
  const heads = runbook.review.columns.map((column) => escapeMarkdown(column));
  return [`| ${heads.join(" | ")} |`, `|${"---|".repeat(heads.length)}`, ...rows].join("\n");
}

/**
 * People's Markdown as one line of text that cannot end the cell: its words, without lists, boxes, headings and comments.
 * Where a line ends within a paragraph there is a blank, as Markdown has it; everything else is set off by a semicolon.
 */
function cell(markdown: string): string {
  const parts: string[] = [];
  let continues = false;
  for (const line of markdown.replace(/<!--[\s\S]*?(-->|$)/g, " ").split("\n")) {
    const text = line
      .replace(/^\s*(```|~~~).*$/, "")
      .replace(LIST_ITEM, "")
      .replace(HEADING_OR_QUOTE, "")
      .replace(/\s*→ #\d+\s*$/, "")
      .replaceAll("`", "")
      .trim();
    const heading = HEADING_OR_QUOTE.test(line);
    if (text !== "" && continues && !heading && !LIST_ITEM.test(line)) parts.push(`${parts.pop()} ${text}`);
    else if (text !== "") parts.push(text);
    continues = text !== "" && !heading;
  }
  return escapeMarkdown(plainTitle(parts.join("; "), LONGEST_CELL)) || "–";
}

const LIST_ITEM = /^\s*(?:[-*+]|\d{1,9}[.)])\s+(?:\[[ xX]\]\s+)?/;
const HEADING_OR_QUOTE = /^\s*(?:#{1,6}|>)\s+/;

interface Improvement {
  state: ImprovementState;
  incident: string;
  improvement: RecordData["improvements"][number];
}

function improvementsOf(
  records: readonly RecordData[],
  closed: ReadonlyMap<number, string>,
  asOf: string,
): Improvement[] {
  return records.flatMap(({ incident, improvements }) =>
    improvements.map((improvement) => ({ incident, improvement, state: stateOf(improvement, closed, asOf) })),
  );
}

function stateOf(
  { issue, due }: RecordData["improvements"][number],
  closed: ReadonlyMap<number, string>,
  asOf: string,
): ImprovementState {
  if (closed.has(issue)) return "closed";
  return due !== null && due < asOf ? "overdue" : "open";
}

function overdue(states: readonly Improvement[], asOf: string): string[] {
  const rows = states
    .filter(({ state }) => state === "overdue")
    .map(
      ({ incident, improvement: { issue, url, text, owner, due } }) =>
        `| ${due} | [#${issue}](${url}) | ${incident} | ${owner === null ? "–" : escapeMarkdown(owner)} | ${cell(text)} |`,
    );
  if (rows.length === 0) return [];
  return [
    `Overdue on ${asOf}, the newest day that the records know of:`,
    ["| Due | Issue | Of | Owner | What |", "|---|---|---|---|---|", ...rows.sort()].join("\n"),
  ];
}

/** What is overdue is judged on the newest day in what the page is made of: the page has no clock. */
function newestDay(
  records: readonly RecordData[],
  closed: ReadonlyMap<number, string>,
  timeZone: string,
): string {
  const days = records.map(({ review }) => localDay(new Date(review.closedAt), timeZone));
  return [...days, ...closed.values()].sort().at(-1) ?? "";
}

/** From the folder to the repository's root. */
function upwards(folder: string): string {
  return "../".repeat(folder.split("/").filter((part) => part !== "").length);
}
