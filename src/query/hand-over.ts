import { codeBlock } from "../incident/markdown.ts";
import type { Question } from "./questions.ts";
import { questionInWords } from "./report.ts";

/** GitHub takes 65,536 characters in a comment. */
const LONGEST_SQL = 50_000;

/** What a person does with records that are too many for one machine. */
export function handOverMarkdown(question: Question, bytes: number, sql: string): string {
  return [
    `There are ${bytes.toLocaleString("en")} bytes of audit records, more than \`query.local_up_to_gigabytes\` of the runbook allows on one machine. To be asked for ${questionInWords(question)} in Athena, one statement after the other, by somebody who may read the bucket. Athena checks no digest: run \`verify.yml\` before.`,
    "",
    codeBlock(sql, LONGEST_SQL),
  ].join("\n");
}
