import { keepComment } from "../incident/issue.ts";
import { codeSpan } from "../incident/markdown.ts";
import type { IncidentRecord, RecordDeps } from "../incident/record.ts";

const COMMENT = "review-incomplete";

/** A closed review that is not complete: the ledger says so, one comment says what is missing, and it is open again. */
export async function openAgain(
  deps: RecordDeps,
  record: IncidentRecord,
  review: { number: number; closedAt: string; closedBy: string | null },
  missing: readonly string[],
): Promise<void> {
  const { owner, repo } = deps.context;
  const { number, closedBy, closedAt } = review;
  await record.append(COMMENT, { closedBy, missing: [...missing] }, `${COMMENT}/${closedAt}`);
  await sayMissing(deps, number, missing);
  await deps.github.rest.issues.update({ owner, repo, issue_number: number, state: "open" });
}

/** On one comment, which is edited from then on. */
export async function sayMissing(
  deps: RecordDeps,
  review: number,
  missing: readonly string[],
): Promise<void> {
  const text = [
    "**This review cannot be recorded yet.** What is missing:",
    "",
    ...missing.map((one) => `- ${codeSpan(one, 400)}`),
    "",
    "Please add it to the text above, then close this issue again.",
  ];
  await keepComment(deps, review, COMMENT, text.join("\n"));
}

/** Once nothing is missing any more, the comment says so. */
export async function sayComplete(deps: RecordDeps, record: IncidentRecord, review: number): Promise<void> {
  if (record.latest(COMMENT))
    await keepComment(deps, review, COMMENT, "What was missing of this review has been added since.");
}
