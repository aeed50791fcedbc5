import { isOver } from "../../incident/closing.ts";
import type { IncidentRecord } from "../../incident/record.ts";
import type { ActionDeps } from "../../ports.ts";
import { type ReadReview, readReview } from "../../review/fields.ts";
import { improvementLines } from "../../review/improvement-lines.ts";
import { closeImprovements, openImprovements } from "../../review/improvements.ts";
import { openAgain, sayComplete, sayMissing } from "../../review/incomplete.ts";
import { isOnTop, proposeRecord } from "../../review/propose.ts";
import { refreshReview } from "../../review/refresh.ts";
import { type Settled, settle } from "../../review/settle.ts";
import { recordVerification } from "../verified.ts";

/** Why a review is looked at. */
export type Occasion = { is: "by-hand" } | { is: "closed"; issue: number } | { is: "look" };

export interface Outcome {
  /** What came of it, as Markdown that holds nobody's text. */
  words: string;
  missing: string[];
  pullRequest?: number;
  record?: string;
  reviewed: boolean;
}

type Issue = Awaited<ReturnType<ActionDeps["github"]["rest"]["issues"]["get"]>>["data"];

const nothing = (words: string): Outcome => ({ words, missing: [], reviewed: false });

/** Takes one incident's review as far as it can be taken now. Run again it does nothing twice. */
export async function recordReview(
  deps: ActionDeps,
  record: IncidentRecord,
  occasion: Occasion,
  { dryRun }: { dryRun: boolean },
): Promise<Outcome> {
  const opened = record.latest("review-opened")?.data;
  if (!opened) return nothing("no review has been opened");
  if (occasion.is === "closed" && !concerns(record, occasion.issue, opened.issue))
    return nothing(`#${occasion.issue} is neither its review nor one of its improvements`);
  if (dryRun) return judge(deps, record, opened.issue);
  const length = record.chain.length;
  try {
    await closeImprovements(deps, record);
    const settled = await settle(deps, record);
    if (settled.is === "reviewed") return await finish(deps, record, occasion);
    if (!(await wanted(deps, record, occasion, settled))) return waiting(settled);
    const outcome = await propose(deps, record, occasion, opened.issue);
    // The base may have held the record already: then it is merged, and nobody knew.
    if (outcome.pullRequest !== undefined && (await settle(deps, record)).is === "reviewed")
      return await finish(deps, record, occasion);
    return outcome;
  } finally {
    if (record.chain.length > length) {
      await refreshReview(deps, record);
      await record.project();
    }
  }
}

function concerns(record: IncidentRecord, issue: number, review: number): boolean {
  return issue === review || record.all("improvement-opened").some(({ data }) => data.issue === issue);
}

/**
 * Whether there is something to propose, or to propose anew: what is merely looked at stays unless the base has moved, or
 * its review was closed and nothing came of it.
 */
async function wanted(
  deps: ActionDeps,
  record: IncidentRecord,
  occasion: Occasion,
  settled: Settled,
): Promise<boolean> {
  if (occasion.is === "by-hand") return true;
  if (occasion.is === "closed") return occasion.issue === record.latest("review-opened")?.data.issue;
  if (settled.is === "differs") return true;
  if (settled.is === "none") return closedUnheard(deps, record);
  return settled.is === "open" && !(await isOnTop(deps, settled.head, record.runbook.review.folder));
}

/** Closed, and since then neither proposed nor withdrawn. */
async function closedUnheard(deps: ActionDeps, record: IncidentRecord): Promise<boolean> {
  const review = record.latest("review-opened")?.data.issue;
  const closedAt = review === undefined ? null : (await issueOf(deps, review)).closed_at;
  const withdrawn = record.latest("record-withdrawn");
  return closedAt !== null && (!withdrawn || Date.parse(closedAt) > Date.parse(withdrawn.at));
}

function waiting(settled: Settled): Outcome {
  if (settled.is === "open")
    return { ...nothing(`proposed in #${settled.number}, which is up to date`), pullRequest: settled.number };
  if (settled.is === "withdrawn")
    return nothing(`#${settled.number} was closed without merging; record-review.yml proposes it again`);
  return nothing("nothing is proposed");
}

async function propose(
  deps: ActionDeps,
  record: IncidentRecord,
  occasion: Occasion,
  number: number,
): Promise<Outcome> {
  const issue = await issueOf(deps, number);
  if (issue.state === "open" && occasion.is !== "by-hand") return nothing(`the review #${number} is open`);
  const { read, missing } = await complete(deps, record, issue);
  if (missing.length > 0) return await incomplete(deps, record, issue, missing);
  await sayComplete(deps, record, number);
  const closedAt = issue.closed_at ?? (await close(deps, number));
  await recordVerification(deps, record);
  const review = { number, url: issue.html_url, closedAt: new Date(closedAt).toISOString() };
  const proposal = await proposeRecord(deps, record, review, read.fields);
  return {
    words: `its record is proposed in [#${proposal.number}](${proposal.url})`,
    missing: [],
    pullRequest: proposal.number,
    record: proposal.path,
    reviewed: false,
  };
}

/** What people wrote, with the improvements that are ready for it turned into issues. */
async function complete(
  deps: ActionDeps,
  record: IncidentRecord,
  issue: Issue,
): Promise<{ read: ReadReview; missing: string[] }> {
  const { columns } = record.runbook.review;
  const lines = improvementLines(issue.body ?? "", columns);
  const problems = await openImprovements(deps, record, issue.number, lines);
  // Read anew, with the links that the lines have got since.
  const { body } = await issueOf(deps, issue.number);
  const read = readReview(body ?? "", record.chain, record.runbook);
  return { read, missing: [...read.missing, ...problems] };
}

async function incomplete(
  deps: ActionDeps,
  record: IncidentRecord,
  { number, state, closed_at: closedAt, closed_by: closedBy }: Issue,
  missing: string[],
): Promise<Outcome> {
  if (state === "closed" && closedAt)
    await openAgain(deps, record, { number, closedAt, closedBy: closedBy?.login ?? null }, missing);
  else await sayMissing(deps, number, missing);
  return { words: `the review #${number} is not complete, and open`, missing, reviewed: false };
}

/** Merged: the incident is reviewed, and with nothing else left to do it is closed. */
async function finish(deps: ActionDeps, record: IncidentRecord, occasion: Occasion): Promise<Outcome> {
  const reviewed = record.latest("reviewed");
  const outcome = { ...nothing("reviewed"), reviewed: true };
  // Whoever opened it again since, had a reason: only who records it closes it, or who is asked to by hand.
  if (!reviewed || (occasion.is !== "by-hand" && reviewed.by.runId !== deps.context.runId)) return outcome;
  await record.project();
  await record.comment(
    "reviewed",
    `Reviewed: the record is \`${reviewed.data.record}\`${reviewed.data.pullRequest === undefined ? "" : `, merged with #${reviewed.data.pullRequest}`}.`,
  );
  if (!isOver(record.chain, record.runbook))
    return { ...outcome, words: "reviewed; the incident stays open, since something is still to be done" };
  if ((await issueOf(deps, record.number)).state === "open") await close(deps, record.number);
  return { ...outcome, words: "reviewed, and closed" };
}

/** What would come of it. */
async function judge(deps: ActionDeps, record: IncidentRecord, number: number): Promise<Outcome> {
  const { body } = await issueOf(deps, number);
  const { columns } = record.runbook.review;
  const { missing } = readReview(body ?? "", record.chain, record.runbook);
  const lines = improvementLines(body ?? "", columns).filter(({ done, issue }) => !done && issue === null);
  const problems = lines.flatMap(({ text, problems }) =>
    problems.map((why) => `Improvement "${text.slice(0, 120)}": ${why}.`),
  );
  return { words: "looked at, nothing recorded", missing: [...missing, ...problems], reviewed: false };
}

async function issueOf({ github, context }: ActionDeps, issue_number: number): Promise<Issue> {
  const { owner, repo } = context;
  return (await github.rest.issues.get({ owner, repo, issue_number })).data;
}

/** @returns when, as GitHub has it. */
async function close({ github, context, clock }: ActionDeps, issue_number: number): Promise<string> {
  const { owner, repo } = context;
  const { data } = await github.rest.issues.update({
    owner,
    repo,
    issue_number,
    state: "closed",
    state_reason: "completed",
  });
  return data.closed_at ?? clock.now().toISOString();
}
