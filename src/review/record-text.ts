import type { EntryKind, LedgerEntry } from "../incident/entries.ts";
import { codeSpan, escapeMarkdown, jsonComment, plainTitle } from "../incident/markdown.ts";
import { factsOf, ofKind } from "../incident/state.ts";
import { endOfDay } from "../runbook/local-time.ts";
import type { Runbook } from "../runbook/schema.ts";
import { resolveVault } from "../runbook/target.ts";
import type { ReviewFields } from "./fields.ts";
import { ledgerSections } from "./ledger-part.ts";
import { RECORD_MARKER, type RecordData } from "./record-data.ts";
import { type Measure, measuredTimes } from "./times.ts";

/** The record of a review: what people wrote, what the ledger knows, and the digests by which both vouch for each other. Pure. */

/** Written about the record, or while it waits to be merged: with them every record would be outdated at once. */
const AFTERWARDS: ReadonlySet<EntryKind> = new Set<EntryKind>([
  "record-proposed",
  "record-withdrawn",
  "reviewed",
  "improvement-closed",
  "reminded",
  "notice-intended",
  "notice-sent",
  "notice-failed",
  "notice-undelivered",
]);

/** The ledger as the record has it: up to the newest entry that says something of the incident. */
export function ledgerOfRecord(entries: readonly LedgerEntry[]): readonly LedgerEntry[] {
  return entries.slice(0, entries.findLastIndex(({ kind }) => !AFTERWARDS.has(kind)) + 1);
}

export interface ReviewIssue {
  number: number;
  url: string;
  /** When people closed it, ISO 8601 in UTC. */
  closedAt: string;
}

/** What the record says to machines. @param entries as `ledgerOfRecord` has them. */
export function recordData(
  entries: readonly LedgerEntry[],
  runbook: Runbook,
  fields: ReviewFields,
  review: ReviewIssue,
): RecordData {
  const facts = factsOf(entries);
  const declaredAt = entries[0]?.at ?? "";
  const times = measuredTimes(entries, runbook).map(({ measure, minutes, target }) => [
    measure,
    { minutes, target },
  ]);
  const due = ofKind(entries, "review-opened").at(-1)?.data.due ?? fields.date;
  return {
    schema: "firebreak/review-record/v1",
    incident: entries[0]?.incident ?? "",
    environment: facts.environment,
    type: facts.type,
    severity: facts.severity,
    declaredAt,
    fields,
    times: Object.fromEntries(times) as Record<Measure, { minutes: number | null; target: number | null }>,
    review: {
      closedAt: review.closedAt,
      due,
      minutes: minutesBetween(declaredAt, Date.parse(review.closedAt)),
      target: minutesBetween(declaredAt, endOfDay(due, runbook.time_zone).getTime()),
    },
    improvements: ofKind(entries, "improvement-opened").map(
      ({ data: { issue, url, text, owner, due: by } }) => ({
        issue,
        url,
        text,
        owner,
        due: by,
      }),
    ),
    ledger: { entries: entries.length, head: entries.at(-1)?.sha256 ?? "" },
    captures: ofKind(entries, "capture-sealed").map(({ data }) => ({
      capture: data.capture,
      manifestSha256: data.manifestSha256,
    })),
    verdict: ofKind(entries, "evidence-verified").at(-1)?.data.verdict ?? null,
    links: { incident: facts.issueUrl, review: review.url },
  };
}

/** The record's file. */
export function renderRecord(entries: readonly LedgerEntry[], runbook: Runbook, data: RecordData): string {
  const [date, summary, severity, cause, actions, improvements] = runbook.review.columns.map(escapeMarkdown);
  const { fields } = data;
  return [
    spelledOut(jsonComment(RECORD_MARKER, data)),
    `# ${data.incident}: ${escapeMarkdown(plainTitle(fields.summary.replaceAll("`", ""), 160))}`,
    ["| | |", "|---|---|", ...rows(data, runbook, date, severity)].join("\n"),
    `## ${summary}`,
    quoted(fields.summary),
    `## ${cause}`,
    quoted(fields.rootCause),
    `## ${actions}`,
    quoted(fields.actionsTaken),
    `## ${improvements}`,
    quoted(fields.improvements),
    ...ledgerSections(entries, runbook, measuredTimes(entries, runbook), entries.length, true),
    "",
  ].join("\n\n");
}

function rows(data: RecordData, runbook: Runbook, date = "", severity = ""): string[] {
  const { vault } = resolveVault(runbook, data.environment);
  const links = data.improvements.map(({ issue, url }) => `[#${issue}](${url})`);
  const facts: [string, string][] = [
    [date, data.fields.date],
    [severity, escapeMarkdown(data.fields.severity)],
    ["Type", escapeMarkdown(runbook.incident_types[data.type]?.name ?? data.type)],
    ["Environment", codeSpan(data.environment)],
    ["Incident", `[${data.incident}](${data.links.incident})`],
    [
      "Review",
      `[closed ${data.review.closedAt.slice(0, 16).replace("T", " ")} UTC](${data.links.review}), due ${data.review.due}`,
    ],
    ["Improvements", links.length === 0 ? "–" : links.join(", ")],
    ["Ledger", codeSpan(`s3://${vault}/incidents/${data.incident}/ledger/`)],
    [`SHA-256 of its entry ${data.ledger.entries}`, codeSpan(data.ledger.head)],
    ...data.captures.map(({ capture, manifestSha256 }): [string, string] => [
      `Manifest of capture ${codeSpan(capture)}`,
      `SHA-256 ${codeSpan(manifestSha256)}`,
    ]),
  ];
  return facts.map(([name, value]) => `| ${name} | ${value} |`);
}

/**
 * People's Markdown as a quotation: whatever it leaves open (a block of code, a list, a tag) ends with the quotation
 * (https://spec.commonmark.org/0.31.2/#container-blocks). HTML is shown, not read: browsers take the end of a quotation
 * inside an open cell for nothing, and all that follows for a part of the cell
 * (https://html.spec.whatwg.org/multipage/parsing.html#has-an-element-in-scope). What may begin HTML begins with one of these
 * characters (https://spec.commonmark.org/0.31.2/#raw-html); the address of a link in such brackets may stand, since no tag
 * has a colon after its name.
 */
function quoted(markdown: string): string {
  const lines = markdown
    .replace(/[^\P{Cc}\n\t]|(?![\u200c\u200d])\p{Cf}/gu, "")
    .replace(/<(?!https?:\/\/[^\s<>]*>)(?=[a-z/!?])/gi, "&lt;")
    .split("\n");
  return lines.map((line) => `> ${line}`.trimEnd()).join("\n");
}

/** JSON with what nobody sees in it written out, so that a diff shows all that there is. */
function spelledOut(json: string): string {
  return json.replace(/[\p{Cf}\p{Zl}\p{Zp}]/gu, (character) =>
    Array.from(character.split(""), (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`).join(
      "",
    ),
  );
}

function minutesBetween(from: string, to: number): number {
  return Math.max(0, Math.floor((to - Date.parse(from)) / 60_000));
}
