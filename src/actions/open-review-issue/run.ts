import { resolve } from "node:path";
import { createIssueOnce, ensureLabels } from "../../incident/issue.ts";
import { REVIEW_LABEL } from "../../incident/labels.ts";
import { codeSpan } from "../../incident/markdown.ts";
import { IncidentRecord } from "../../incident/record.ts";
import { renderReview, reviewMarker, reviewTitle } from "../../incident/review.ts";
import type { ActionDeps, Outputs } from "../../ports.ts";
import { addBusinessDays } from "../../runbook/business-days.ts";
import { loadRunbook } from "../../runbook/load.ts";
import { atLeast } from "../../runbook/severities.ts";
import type { OpenReviewIssueInputs } from "./inputs.ts";

/**
 * Opens the review issue of an incident as its sub-issue, due by the runbook's business days counted from the
 * declaration; does nothing below the runbook's severity, and finds the issue again when it is run again.
 */
export async function run(inputs: OpenReviewIssueInputs, deps: ActionDeps): Promise<Outputs> {
  const runbook = await loadRunbook(resolve(deps.context.workspace, inputs.runbook));
  const record = await IncidentRecord.open(deps, runbook, inputs.environment, inputs.incident);
  const { review } = runbook;
  if (!atLeast(record.severity, review.from)) {
    deps.log.info(
      `The runbook asks for a review from severity ${review.from} upwards; this incident is ${record.severity}.`,
    );
    return { "review-issue": "", due: "" };
  }
  const declaredAt = new Date(record.entries[0]?.at ?? deps.clock.now());
  const due = addBusinessDays(declaredAt, review.business_days, {
    time_zone: runbook.time_zone,
    holidays: review.holidays,
  });
  const body = renderReview(record.id, record.number, record.chain, runbook, due);
  if (inputs.dryRun) {
    await deps.summary(`## Dry run: no review issue is opened\n\nDue ${due}.\n`);
    return { "review-issue": "", due };
  }

  await ensureLabels(deps, [REVIEW_LABEL]);
  const issue = await createIssueOnce(deps, {
    marker: reviewMarker(record.id),
    title: reviewTitle(record.id, record.chain),
    body,
    labels: [REVIEW_LABEL.name],
    label: REVIEW_LABEL.name,
    since: declaredAt,
  });
  await linkSubIssue(deps, record.number, issue);
  await record.append("review-opened", { issue: issue.number, url: issue.url, due }, "review-opened");
  await record.project();
  await record.comment("review-opened", `The post-incident review is #${issue.number}, due **${due}**.`);
  await deps.summary(
    `## Review of ${record.id}: [#${issue.number}](${issue.url}), due ${due}\n\n${codeSpan(record.facts.summary)}\n`,
  );
  return { "review-issue": String(issue.number), due };
}

/** Makes the review a sub-issue of the incident (https://docs.github.com/en/rest/issues/sub-issues). */
async function linkSubIssue(
  deps: ActionDeps,
  incident: number,
  issue: { number: number; id: number },
): Promise<void> {
  const { owner, repo } = deps.context;
  const children = await deps.github.paginate(deps.github.rest.issues.listSubIssues, {
    owner,
    repo,
    issue_number: incident,
    per_page: 100,
  });
  if (children.some(({ number }) => number === issue.number)) return;
  await deps.github.rest.issues.addSubIssue({ owner, repo, issue_number: incident, sub_issue_id: issue.id });
}
