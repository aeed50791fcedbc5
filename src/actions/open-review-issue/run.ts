import { resolve } from "node:path";
import { reviewTime } from "../../incident/deadlines.ts";
import { createIssueOnce, ensureLabels, linkSubIssue } from "../../incident/issue.ts";
import { REVIEW_LABEL } from "../../incident/labels.ts";
import { codeSpan } from "../../incident/markdown.ts";
import { IncidentRecord } from "../../incident/record.ts";
import type { ActionDeps, Outputs } from "../../ports.ts";
import { refreshReview } from "../../review/refresh.ts";
import { renderReview, reviewMarker, reviewTitle } from "../../review/template.ts";
import { loadRunbook } from "../../runbook/load.ts";
import { recordVerification } from "../verified.ts";
import type { OpenReviewIssueInputs } from "./inputs.ts";

/**
 * Opens the review issue of an incident as its sub-issue, due by the runbook's business days counted from
 * when it first was of a severity that asks for a review, with all that the ledger knows in its first comment; does nothing below the runbook's severity. Run again
 * it finds the issue and brings that comment up to date; what people wrote stays.
 */
export async function run(inputs: OpenReviewIssueInputs, deps: ActionDeps): Promise<Outputs> {
  const runbook = await loadRunbook(resolve(deps.context.workspace, inputs.runbook));
  const record = await IncidentRecord.open(deps, runbook, inputs.environment, inputs.incident);
  const { review } = runbook;
  const time = reviewTime(record.chain, runbook);
  if (!time) {
    deps.log.info(
      `The runbook asks for a review from severity ${review.from} upwards; this incident is ${record.severity}.`,
    );
    return { "review-issue": "", due: "" };
  }
  const declaredAt = new Date(record.chain[0]?.at ?? deps.clock.now());
  const due = time.lastDay;
  const body = renderReview(record.id, record.number, record.chain, runbook, due);
  if (inputs.dryRun) {
    await deps.summary(`## Dry run: no review issue is opened\n\nDue ${due}.\n`);
    return { "review-issue": "", due };
  }

  await ensureLabels(deps, [REVIEW_LABEL]);
  const known = record.latest("review-opened")?.data;
  const issue = known ? { number: known.issue, url: known.url } : await open(deps, record, body, declaredAt);
  await record.append("review-opened", { issue: issue.number, url: issue.url, due }, "review-opened");
  await recordVerification(deps, record);
  await refreshReview(deps, record);
  await record.project();
  await record.comment("review-opened", `The post-incident review is #${issue.number}, due **${due}**.`);
  await deps.summary(
    `## Review of ${record.id}: [#${issue.number}](${issue.url}), due ${due}\n\n${codeSpan(record.facts.summary)}\n`,
  );
  return { "review-issue": String(issue.number), due };
}

async function open(
  deps: ActionDeps,
  record: IncidentRecord,
  body: string,
  since: Date,
): Promise<{ number: number; url: string }> {
  const issue = await createIssueOnce(deps, {
    marker: reviewMarker(record.id),
    title: reviewTitle(record.id, record.chain),
    body,
    labels: [REVIEW_LABEL.name],
    label: REVIEW_LABEL.name,
    since,
  });
  await linkSubIssue(deps, record.number, issue);
  return issue;
}
