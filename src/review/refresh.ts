import { keepComment } from "../incident/issue.ts";
import type { IncidentRecord, RecordDeps } from "../incident/record.ts";
import { renderLedgerPart } from "./ledger-part.ts";

/**
 * Keeps the comment on the review issue up to date that says what the ledger knows; the issue's own text, which is
 * people's, is not touched. Does nothing before there is a review, and once it is recorded. A failure is a warning: the
 * ledger is the truth.
 */
export async function refreshReview(deps: RecordDeps, record: IncidentRecord): Promise<void> {
  const opened = record.latest("review-opened");
  if (!opened || record.latest("reviewed")) return;
  try {
    await keepComment(
      deps,
      opened.data.issue,
      "review-ledger",
      renderLedgerPart(record.chain, record.runbook),
    );
  } catch (error) {
    deps.log.warning(`The review's summary of the ledger could not be shown: ${(error as Error).message}`);
  }
}
