/** A GitHub environment as it stands. */
import type { Context } from "./context.ts";
import { type Read, read } from "./read.ts";

export const READ = "Actions: read";

export interface EnvironmentState {
  reviewers: { type: "User" | "Team"; id: number; name: string }[];
  preventSelfReview: boolean;
  waitTimer: number;
  /** Null: this GitHub does not say. */
  adminsBypass: boolean | null;
  branches: "all" | "protected" | BranchPolicy[];
}

export interface BranchPolicy {
  name: string;
  type: "branch" | "tag";
}

/** https://docs.github.com/rest/deployments/environments#get-an-environment */
export async function readEnvironment(context: Context, name: string): Promise<Read<EnvironmentState>> {
  const { github, repository } = context;
  const at = { owner: repository.owner, repo: repository.repo, environment_name: name };
  return read(READ, async () => {
    const { data } = await github.rest.repos.getEnvironment(at);
    const rules = data.protection_rules ?? [];
    const review = rules.find((rule) => rule.type === "required_reviewers");
    const wait = rules.find((rule) => rule.type === "wait_timer");
    const policy = data.deployment_branch_policy ?? null;
    const bypass = (data as { can_admins_bypass?: boolean }).can_admins_bypass;
    return {
      reviewers: (review && "reviewers" in review ? (review.reviewers ?? []) : []).map(reviewerOf),
      preventSelfReview:
        review !== undefined && "prevent_self_review" in review && review.prevent_self_review === true,
      waitTimer: wait && "wait_timer" in wait ? (wait.wait_timer ?? 0) : 0,
      adminsBypass: bypass ?? null,
      branches:
        policy === null ? "all" : policy.protected_branches ? "protected" : await branchPolicies(context, at),
    };
  });
}

function reviewerOf({
  type,
  reviewer,
}: {
  type?: string;
  reviewer?: object;
}): EnvironmentState["reviewers"][number] {
  const { id, login, slug } = reviewer as { id: number; login?: string; slug?: string };
  return type === "Team"
    ? { type, id, name: `team/${slug}` }
    : { type: "User", id, name: login ?? String(id) };
}

/** https://docs.github.com/rest/deployments/branch-policies#list-deployment-branch-policies */
async function branchPolicies(
  { github }: Context,
  at: { owner: string; repo: string; environment_name: string },
): Promise<BranchPolicy[]> {
  const all = await github.paginate(github.rest.repos.listDeploymentBranchPolicies, { ...at, per_page: 100 });
  return all.map(({ name = "", type }) => ({ name, type: type ?? "branch" }));
}
