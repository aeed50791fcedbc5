import type { GitHubSeed } from "../github/types.ts";
import { createRandom } from "../random.ts";
import type { WorldPlan } from "./plan.ts";
import type { Scenario } from "./schema.ts";

/** Numeric ids of the repository and its owner, as OIDC subjects may carry them. */
export const REPOSITORY_ID = 812_345_678;
export const OWNER_ID = 41_234_567;
export const DEFAULT_BRANCH = "main";

/** The repository, its people and its environments as the scenario has them. */
export function githubSeed({ repository }: Scenario, plan: WorldPlan, seed: number): GitHubSeed {
  return {
    repository: repository.name,
    repositoryId: REPOSITORY_ID,
    ownerId: OWNER_ID,
    defaultBranch: DEFAULT_BRANCH,
    headSha: createRandom(seed).fork("head").hex(40),
    private: repository.private,
    immutableSubject: repository.immutable_subject,
    users: repository.users.map(({ login, name, permission, kind }) => ({
      login,
      permission: permission === "none" ? null : permission,
      ...(kind === undefined ? {} : { type: kind }),
      ...(name === undefined ? {} : { name }),
    })),
    variables: repository.variables,
    settings: { workflowsApprovePullRequests: repository.actions_may_propose },
    environments: repository.environments.map((environment) => ({
      name: environment.name ?? githubEnvironment(plan),
      requiredReviewers: environment.required_reviewers,
      preventSelfReview: environment.prevent_self_review,
      canAdminsBypass: environment.admins_can_bypass,
      waitMinutes: environment.wait_minutes,
    })),
  };
}

/** The GitHub environment that the runbook names for the scenario's environment. */
export function githubEnvironment(plan: WorldPlan): string {
  return plan.mcps[0]?.target.githubEnvironment ?? "";
}
