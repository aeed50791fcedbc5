import type { LedgerEntry } from "../incident/entries.ts";
import { codeBlock, codeSpan, escapeMarkdown, jsonComment, plainTitle } from "../incident/markdown.ts";
import { rootCauses } from "../incident/root-cause.ts";
import { factsOf } from "../incident/state.ts";
import { localDay } from "../runbook/local-time.ts";
import type { Runbook } from "../runbook/schema.ts";
import { END_OF_FIELDS } from "./sections.ts";
import { TO_BE_WRITTEN } from "./written.ts";

/**
 * The review issue as it is opened. From then on its text is people's: Firebreak never writes it again, but for the link
 * behind an improvement that has become an issue. What the ledger knows stands in a comment of its own (`ledger-part.ts`).
 */

/** The comment that tells an incident's review issue from all others. */
export function reviewMarker(incident: string): string {
  return jsonComment("firebreak:review", { incident });
}

export function reviewTitle(incident: string, entries: readonly LedgerEntry[]): string {
  return `Review of ${incident}: ${plainTitle(factsOf(entries).summary, 200)}`;
}

/** The runbook's columns for people to fill in, with what the ledger knows of them already. Pure. */
export function renderReview(
  incident: string,
  number: number,
  entries: readonly LedgerEntry[],
  runbook: Runbook,
  due: string,
): string {
  const { columns, business_days, folder } = runbook.review;
  const fields = columns.flatMap((column, index) => [
    `### ${escapeMarkdown(column)}`,
    "",
    prefilled(entries, runbook)[index] ?? TO_BE_WRITTEN,
    "",
  ]);
  return [
    reviewMarker(incident),
    `Review of incident #${number}, due **${due}** (${business_days} business days). What the ledger knows is in the first comment, and is kept up to date there; this text is yours.`,
    "",
    ...fields,
    END_OF_FIELDS,
    "---",
    `**To finish:** write the fields above, in words, and close this issue. Firebreak then proposes the record for \`${folder}\` as a pull request, or opens this issue again and says what is missing.`,
    "",
    `**Improvements** that somebody is to carry out are lines of the last field such as \`- [ ] Alert on new clients (owner: @login, due: ${due})\`; each becomes an issue of its own, assigned and tracked until it is closed.`,
  ].join("\n");
}

function prefilled(entries: readonly LedgerEntry[], runbook: Runbook): (string | undefined)[] {
  const facts = factsOf(entries);
  const causes = rootCauses(entries);
  return [
    localDay(new Date(facts.detectedAt), runbook.time_zone),
    codeSpan(facts.summary),
    runbook.severities[facts.severity].name,
    causes.length === 0 ? undefined : causes.map((cause) => codeBlock(cause, 4_000)).join("\n\n"),
  ];
}
