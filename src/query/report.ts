import { codeSpan } from "../incident/markdown.ts";
import type { Answer, Table } from "./answer.ts";
import type { Cell } from "./engine.ts";
import type { Question } from "./questions.ts";

const GAPS_SHOWN = 10;
/** Characters of a record's text in a table. */
const CELL = 120;

/** What was asked, in words; the value is untrusted, so it comes as code. */
export function questionInWords(question: Question): string {
  return question.kind === "overview"
    ? `signs of an incident (${question.signs.join(", ")})`
    : `the calls of ${question.kind} ${codeSpan(question.value, 200)}`;
}

/** An answer as Markdown. Everything from a record is code. */
export function answerMarkdown(answer: Answer): string {
  const { span, baseline, inWindow, read } = answer;
  const gaps = read.gaps
    .slice(0, GAPS_SHOWN)
    .map(({ what, why }) => `- ${codeSpan(what, 1200)}: ${codeSpan(why)}`);
  return [
    `Asked for ${questionInWords(answer.question)}, from ${minute(span.from)} to ${minute(span.to)} (UTC).`,
    "",
    `${count(inWindow.calls)} calls of ${count(inWindow.users)} users, ${count(inWindow.errors)} of them errors. ${baselineInWords(answer)}`,
    "",
    ...answer.tables.flatMap((table) => [...tableMarkdown(table), ""]),
    `Read: ${count(read.objects)} objects, ${count(read.bytes)} bytes, ${count(read.records)} records.`,
    ...(read.unreadable > 0
      ? [
          `**${count(read.unreadable)} records have no readable time, or are no JSON object, and are in no figure.**`,
        ]
      : []),
    ...(read.gaps.length > 0
      ? [`**${count(read.gaps.length)} objects could not be read:**`, "", ...gaps]
      : []),
    ...(baseline === null && read.records === 0
      ? ["**There is not one record: an answer from nothing.**"]
      : []),
  ].join("\n");
}

function baselineInWords({ baseline, span }: Answer): string {
  const wanted = Math.round((span.from.getTime() - span.baselineFrom.getTime()) / 86_400_000);
  if (baseline === null) {
    return `**There is no record of before: nothing can be compared with the ${wanted} days that the runbook asks for.**`;
  }
  const days = baseline.days.toFixed(1);
  return baseline.days >= wanted - 1
    ? `Compared with the ${days} days before.`
    : `**Compared with ${days} days only, of the ${wanted} that the runbook asks for: nothing older was read.**`;
}

function tableMarkdown(table: Table): string[] {
  const heading = `**${table.title}**`;
  if (table.unjudged !== null) return [`${heading}: not judged, ${table.unjudged}.`];
  if (table.total === 0) return [`${heading}: none.`];
  const flagged = table.flagged === null ? "" : `, ${count(table.flagged)} out of the ordinary`;
  const more = table.total > table.rows.length ? `; the first ${table.rows.length} are shown` : "";
  return [
    `${heading}: ${count(table.total)}${flagged}${more}`,
    "",
    `| ${table.columns.join(" | ")} |`,
    `|${table.columns.map(() => "---").join("|")}|`,
    ...table.rows.map((row) => `| ${row.map(shown).join(" | ")} |`),
  ];
}

function shown(cell: Cell): string {
  if (cell === null) return "–";
  if (typeof cell === "boolean") return cell ? "**yes**" : "no";
  if (typeof cell === "number") return Number.isInteger(cell) ? count(cell) : String(cell);
  const code = codeSpan(cell, CELL);
  // Invisible characters are written out, each as up to eight: the whole has to fit into a comment of 65,536.
  return code.length <= 1.5 * CELL ? code : codeSpan(cell, CELL / 8);
}

function minute(at: Date): string {
  return at.toISOString().slice(0, 16).replace("T", " ");
}

function count(value: number): string {
  return value.toLocaleString("en");
}
