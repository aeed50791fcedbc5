import { containCommand, restoreCommand } from "../incident/commands.ts";
import type { EntryData } from "../incident/entries.ts";
import type { ActionDeps } from "../ports.ts";
import { type CheckContext, type Finding, held, refusal, refused } from "./request.ts";
import type { Person, WorkflowRun } from "./workflow-run.ts";

export type Approval = EntryData<"gate-passed">["approvals"][number];

interface Review {
  state: string;
  person: (Person & { type: string }) | null;
}

/** How many reviews of this workflow run for an environment GitHub lists by now. */
export async function countReviews(deps: ActionDeps, environment: string): Promise<number> {
  return (await readReviews(deps, environment)).length;
}

/**
 * Somebody approved this run for this environment who is neither who dispatched it nor who started this attempt.
 *
 * GitHub lists reviews without a time: those that stood there when the plan was recorded (`before`) were given for
 * something else and do not count, and the time in the ledger is when this gate saw the approval.
 */
export async function checkApprovals(
  { deps, record, request }: CheckContext,
  run: WorkflowRun,
  before: number,
): Promise<Finding & { approvals: Approval[] }> {
  const environment = record.target.githubEnvironment;
  const reviews = (await readReviews(deps, environment)).slice(before);
  const again = request.change === "restore" ? restoreCommand(record) : containCommand(record);
  const no = (reason: string, message: string, remedy: string) => ({
    ...refused(refusal(reason, message, remedy)),
    approvals: [],
  });
  const rejections = reviews.filter(({ state }) => state === "rejected");
  if (rejections.length > 0) {
    const message = `The deployment to '${environment}' was rejected by ${logins(rejections)}.`;
    return no("rejected", message, `Settle it with the reviewer, then dispatch anew: ${again}`);
  }
  const approved = reviews.filter(({ state, person }) => state === "approved" && person?.type !== "Bot");
  const others = approved.filter(
    ({ person }) => person && !run.startedBy.some((one) => one.id === person.id),
  );
  if (others.length > 0) {
    const seenAt = deps.clock.now().toISOString();
    const approvals = others.flatMap(({ person }) =>
      person ? [{ login: person.login, environment, seenAt }] : [],
    );
    return { ...held(`approved by ${logins(others)}`), approvals };
  }
  if (approved.length > 0) {
    const message = `The only approval for '${environment}' is by ${logins(approved)}, who started this run.`;
    const remedy = `Dispatch anew (${again}) and have somebody else among the required reviewers approve; 'Prevent self-review' in the environment's settings makes GitHub insist on it.`;
    return no("self-approval", message, remedy);
  }
  const message = `Nobody approved this run for '${environment}'.`;
  const remedy = `The job has to name the environment '${environment}' and a required reviewer has to approve it; administrators must not bypass the rule. Dispatch anew: ${again}`;
  return no("not-approved", message, remedy);
}

/**
 * The reviews of this run that name the environment, oldest first, over all attempts
 * (https://docs.github.com/en/rest/actions/workflow-runs#get-the-review-history-for-a-workflow-run).
 */
export async function readReviews(deps: ActionDeps, environment: string): Promise<Review[]> {
  const { owner, repo, runId } = deps.context;
  const { data } = await deps.github.rest.actions.getReviewsForRun({ owner, repo, run_id: runId });
  // GitHub compares the names of environments without regard to case.
  const same = (name: string | undefined) => name?.toLowerCase() === environment.toLowerCase();
  return data
    .filter(({ environments }) => environments.some(({ name }) => same(name)))
    .map(({ state, user }) => ({
      state,
      person: user ? { id: user.id, login: user.login, type: user.type } : null,
    }));
}

function logins(reviews: readonly Review[]): string {
  return [...new Set(reviews.map(({ person }) => person?.login ?? "a deleted account"))].join(", ");
}
