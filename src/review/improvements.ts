import { createIssueOnce, ensureLabels, linkSubIssue } from "../incident/issue.ts";
import { IMPROVEMENT_LABEL } from "../incident/labels.ts";
import { codeBlock, jsonComment, plainTitle } from "../incident/markdown.ts";
import type { IncidentRecord, RecordDeps } from "../incident/record.ts";
import { localDay } from "../runbook/local-time.ts";
import { closingOf } from "./closing.ts";
import { type ImprovementLine, withLinks } from "./improvement-lines.ts";

/** A review's improvements as issues of their own: opened once each, tracked until they are closed. */

/**
 * Opens an issue for each line that is ready for it, assigned and below the review, and puts the link behind the line.
 * @returns what keeps the others from becoming one, each as a sentence that names the line.
 */
export async function openImprovements(
  deps: RecordDeps,
  record: IncidentRecord,
  review: number,
  lines: readonly ImprovementLine[],
): Promise<string[]> {
  const problems: string[] = [];
  const today = localDay(deps.clock.now(), record.runbook.time_zone);
  for (const line of lines.filter(({ done }) => !done)) {
    if (known(record, line)) continue;
    const past = line.due !== null && line.due < today ? [`its date ${line.due} has passed`] : [];
    const found = [...line.problems, ...past];
    const refused = found.length > 0 ? found : await open(deps, record, review, line);
    problems.push(...refused.map((why) => `Improvement "${plainTitle(line.text, 120)}": ${why}.`));
  }
  await link(deps, record, review);
  return problems;
}

/** Looks after the improvements that are open, and records those that have been closed, or whose issue was deleted. */
export async function closeImprovements(deps: RecordDeps, record: IncidentRecord): Promise<void> {
  const closed = new Set(record.all("improvement-closed").map(({ data }) => data.issue));
  const opened = record.all("improvement-opened").filter(({ data }) => !closed.has(data.issue));
  for (const { data } of opened) {
    const closing = await closingOf(deps, data.issue);
    if (!closing) continue;
    const { improvement, issue } = data;
    const { closedAt, deleted } = closing;
    await record.append(
      "improvement-closed",
      { improvement, issue, closedAt, ...(deleted ? { deleted } : {}) },
      `improvement-closed/${issue}`,
    );
  }
}

/** By its words, or by the link that it has: whoever rewords a line does not ask for a second issue. */
function known(record: IncidentRecord, { id, issue }: ImprovementLine): boolean {
  return record.all("improvement-opened").some(({ data }) => data.improvement === id || data.issue === issue);
}

/** @returns why GitHub does not take it; nothing where it did. */
async function open(
  deps: RecordDeps,
  record: IncidentRecord,
  review: number,
  { id, text, owner, due }: ImprovementLine,
): Promise<string[]> {
  await ensureLabels(deps, [IMPROVEMENT_LABEL]);
  const marker = jsonComment("firebreak:improvement", { incident: record.id, improvement: id });
  try {
    const issue = await createIssueOnce(deps, {
      marker,
      title: `${record.id}: ${plainTitle(text, 200)}`,
      body: [
        marker,
        codeBlock(text, 2_000),
        `Asked for by the review #${review} of #${record.number}. Due **${due}**. Close this issue once it is done.`,
      ].join("\n\n"),
      labels: [IMPROVEMENT_LABEL.name],
      assignees: owner === null ? [] : [owner],
      label: IMPROVEMENT_LABEL.name,
      since: new Date(record.chain[0]?.at ?? 0),
    });
    await linkSubIssue(deps, review, issue);
    await record.append(
      "improvement-opened",
      { improvement: id, text: plainTitle(text, 1_000), issue: issue.number, url: issue.url, owner, due },
      `improvement-opened/${id}`,
    );
    return [];
  } catch (error) {
    if (!refusesAssignee(error)) throw error;
    return [`@${owner} cannot be assigned in this repository`];
  }
}

/** GitHub's 422 names the field (https://docs.github.com/en/rest/using-the-rest-api/troubleshooting-the-rest-api#validation-failed). */
function refusesAssignee(error: unknown): boolean {
  const { status, response } = error as {
    status?: number;
    response?: { data?: { errors?: { field?: string }[] } };
  };
  const errors = response?.data?.errors;
  return status === 422 && Array.isArray(errors) && errors.some(({ field }) => field === "assignees");
}

/** The only edit that Firebreak makes in what people wrote: the link at the end of the line. */
async function link(deps: RecordDeps, record: IncidentRecord, review: number): Promise<void> {
  const links = new Map(record.all("improvement-opened").map(({ data }) => [data.improvement, data.issue]));
  if (links.size === 0) return;
  const { owner, repo } = deps.context;
  const { data: issue } = await deps.github.rest.issues.get({ owner, repo, issue_number: review });
  const before = issue.body ?? "";
  const body = withLinks(before, record.runbook.review.columns, links);
  if (body === before || body.length > 65_536) return;
  await deps.github.rest.issues.update({ owner, repo, issue_number: review, body });
}
