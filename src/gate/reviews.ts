import type { EntryData } from "../incident/entries.ts";
import type { ActionDeps } from "../ports.ts";
import { sha256 } from "../vault/digest.ts";
import type { Person } from "./workflow-run.ts";

export interface Review {
  state: string;
  person: Person | null;
  /** SHA-256 of the comment: reviews have neither an id nor a time. */
  comment: string;
}

type Planned = Pick<EntryData<"planned">, "approvalsBefore" | "reviewsBefore">;
type ReviewsBefore = NonNullable<Planned["reviewsBefore"]>;

/**
 * The reviews of this run that name the environment, over all attempts, in whatever order
 * (https://docs.github.com/en/rest/actions/workflow-runs#get-the-review-history-for-a-workflow-run).
 */
export async function readReviews(deps: ActionDeps, environment: string): Promise<Review[]> {
  const { owner, repo, runId } = deps.context;
  const { data } = await deps.github.rest.actions.getReviewsForRun({ owner, repo, run_id: runId });
  // GitHub compares the names of environments without regard to case.
  const same = (name: string | undefined) => name?.toLowerCase() === environment.toLowerCase();
  return data
    .filter(({ environments }) => environments.some(({ name }) => same(name)))
    .map(({ state, user, comment }) => ({
      state,
      person: user ? { id: user.id, login: user.login, type: user.type } : null,
      comment: sha256(comment ?? ""),
    }));
}

/** What the ledger keeps of reviews that stood there when a plan was recorded. */
export function asRecorded(reviews: readonly Review[]): ReviewsBefore {
  return reviews.map(({ state, person, comment }) => ({ user: person?.id ?? null, state, comment }));
}

/**
 * The reviews that came after the plan was recorded: all that are listed, less those that were listed then, each as
 * often as it was. GitHub promises no order, so the newest cannot be told by their place. A plan that counted reviews
 * and did not keep them lets none count.
 */
export function reviewsSince(
  reviews: readonly Review[],
  { approvalsBefore, reviewsBefore = [] }: Planned,
): Review[] {
  if (reviewsBefore.length !== approvalsBefore) return [];
  const left = new Map<string, number>();
  for (const one of reviewsBefore) left.set(identity(one), (left.get(identity(one)) ?? 0) + 1);
  return reviews.filter((review) => {
    const [recorded] = asRecorded([review]);
    const id = recorded ? identity(recorded) : "";
    const before = left.get(id) ?? 0;
    if (before > 0) left.set(id, before - 1);
    return before === 0;
  });
}

function identity({ user, state, comment }: ReviewsBefore[number]): string {
  return JSON.stringify([user, state, comment]);
}
