import { FirebreakError } from "../errors.ts";
import { codeBlock } from "../incident/markdown.ts";

/** GitHub takes 65,536 characters in a comment. */
const LONGEST_SQL = 50_000;

/** Why this machine does not answer, so that Athena has to: the records are too many, or the engine is not there. */
export type HandOver = "too-large" | "no-engine";

/** What kept this machine from an answer, unless it is something that Athena could not give either: that is thrown. */
export function handOverReason(error: unknown): FirebreakError & { reason: HandOver } {
  if (error instanceof FirebreakError && isHandOver(error)) return error;
  throw error;
}

function isHandOver(error: FirebreakError): error is FirebreakError & { reason: HandOver } {
  return error.reason === "too-large" || error.reason === "no-engine";
}

/** More audit records than the runbook allows, as they lie in the bucket or unpacked. */
export function tooLarge(): FirebreakError {
  return new FirebreakError(
    "too-large",
    "There are more bytes of audit records than `query.local_up_to_gigabytes` of the runbook allows on one machine.",
    "Ask Athena, or raise query.local_up_to_gigabytes in the runbook.",
  );
}

/**
 * What a person does with the SQL.
 * @param overwritten how many objects lie there in several versions, or in several captures.
 */
export function handOverMarkdown(
  why: FirebreakError,
  asked: string,
  sql: string,
  { sealed, overwritten }: { sealed: boolean; overwritten: number },
): string {
  return [
    `**Not answered here.** ${why.message}`,
    "",
    `To be asked for ${asked} in Athena, one statement after the other, by somebody who may read the bucket.${sealed ? " Athena checks no digest: run `verify.yml` before." : ""}`,
    ...(overwritten > 0
      ? [
          "",
          `**${overwritten.toLocaleString("en")} audit objects lie there more than once, overwritten or captured twice: Athena counts their records each time.**`,
        ]
      : []),
    "",
    codeBlock(sql, LONGEST_SQL),
  ].join("\n");
}
