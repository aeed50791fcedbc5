import type { EntryData, LedgerEntry } from "../incident/entries.ts";
import type { ActionDeps } from "../ports.ts";
import { decidingEnvironment, dispatchAgain } from "./break-glass.ts";
import { type CheckContext, type Finding, held, refusal, refused } from "./request.ts";
import { type Review, readReviews, reviewsSince } from "./reviews.ts";
import type { WorkflowRun } from "./workflow-run.ts";

export type Approval = EntryData<"gate-passed">["approvals"][number];

/**
 * Somebody approved this run for this environment who is neither who dispatched it nor who started this attempt, and
 * the approval has not been used up.
 *
 * GitHub lists reviews without a time: those that stood there when the plan was recorded were given for something else
 * and do not count, and the time in the ledger is when this gate saw the approval.
 * @param planned the plan that this run recorded last; without one, nothing was there to be approved.
 */
export async function checkApprovals(
  context: CheckContext,
  run: WorkflowRun,
  planned: LedgerEntry<"planned"> | undefined,
): Promise<Finding & { approvals: Approval[] }> {
  const { deps, record } = context;
  const asked = { environment: decidingEnvironment(context), again: dispatchAgain(context), run };
  const unknown = dispatcherUnknown(asked);
  if (unknown) return unknown;
  const { again } = asked;
  const spent = planned && outcomeSince(record.entries, planned, deps.context.runId);
  if (spent) {
    const message = `The approval of this run was used: by it the incident was ${spent.kind} at ${spent.at}.`;
    return no("approval-spent", message, `For another change dispatch anew: ${again}`);
  }
  const listed = await readReviews(deps, asked.environment);
  const reviews = planned ? reviewsSince(listed, planned.data) : listed;
  return judgeReviews(deps, asked, reviews);
}

/** What an approval is asked for: in which GitHub environment, and by which dispatch it is asked for anew. */
export interface Asked {
  environment: string;
  again: string;
  run: WorkflowRun;
}

type Judged = Finding & { approvals: Approval[] };

/**
 * As `checkApprovals`, for what is no plan's: any approval of this run counts, since a run's inputs stay what they were
 * when somebody approved them.
 */
export async function checkApprovalsOf(deps: ActionDeps, asked: Asked): Promise<Judged> {
  const unknown = dispatcherUnknown(asked);
  return unknown ?? judgeReviews(deps, asked, await readReviews(deps, asked.environment));
}

function no(reason: string, message: string, remedy: string): Judged {
  return { ...refused(refusal(reason, message, remedy)), approvals: [] };
}

function dispatcherUnknown({ run, again }: Asked): Judged | undefined {
  if (run.startedBy.every((one) => one?.type === "User")) return undefined;
  const names = run.startedBy.map((one) => one?.login ?? "nobody that GitHub names").join(", ");
  const message = `This run was started by ${names}: whether the one who approved is somebody else than the person behind it cannot be told.`;
  return no("dispatcher-unknown", message, `A person has to dispatch: ${again}`);
}

function judgeReviews(
  { clock }: Pick<ActionDeps, "clock">,
  { environment, again, run }: Asked,
  reviews: readonly Review[],
): Judged {
  const rejections = reviews.filter(({ state }) => state === "rejected");
  if (rejections.length > 0) {
    const message = `The deployment to '${environment}' was rejected by ${logins(rejections)}.`;
    return no("rejected", message, `Settle it with the reviewer, then dispatch anew: ${again}`);
  }
  const approved = reviews.filter(({ state, person }) => state === "approved" && person?.type !== "Bot");
  const others = approved.filter(
    ({ person }) => person && !run.startedBy.some((one) => one?.id === person.id),
  );
  if (others.length > 0) {
    const seenAt = clock.now().toISOString();
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

/** What a run has brought to its end since it recorded `planned`: its approval was for one change and is used up. */
export function outcomeSince(
  entries: readonly LedgerEntry[],
  planned: LedgerEntry<"planned">,
  runId: number,
): LedgerEntry<"contained" | "restored"> | undefined {
  return entries.findLast(
    (entry): entry is LedgerEntry<"contained" | "restored"> =>
      (entry.kind === "contained" || entry.kind === "restored") &&
      entry.by.runId === runId &&
      entry.sequence > planned.sequence,
  );
}

function logins(reviews: readonly Review[]): string {
  return [...new Set(reviews.map(({ person }) => person?.login ?? "a deleted account"))].join(", ");
}
