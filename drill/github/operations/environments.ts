/** Environments and who may deploy to them: https://docs.github.com/rest/deployments/environments */
import { type ApiReply, type ApiRequest, bodyOf, type Handler, textIn } from "../api.ts";
import type { BranchPolicy, Environment, Protection } from "../environment-store.ts";
import { GitHubError, notFound, validationFailed } from "../errors.ts";
import { paged } from "../paging.ts";
import type { OperationId } from "../permissions.ts";
import { hasReviewers, isPaidOrPublic } from "../plan.ts";
import { environment } from "../present-deployments.ts";
import { nodeId } from "../present-people.ts";
import type { JsonObject } from "../types.ts";
import type { World } from "../world.ts";

const MOST_REVIEWERS = 6;

function environmentIn(request: ApiRequest, world: World): Environment {
  const found = world.environments.find(textIn(request, "environment_name"));
  if (found === undefined) throw notFound();
  return found;
}

/**
 * Creates or replaces. Without a plan that has them, required reviewers are refused with 422, and the environment
 * exists afterwards all the same, without a rule.
 */
function putEnvironment(request: ApiRequest, world: World): ApiReply {
  if (!isPaidOrPublic(world)) throw notFound();
  const body = bodyOf(request);
  const protection = protectionIn(body, world);
  const name = textIn(request, "environment_name");
  const needsPlan =
    protection.waitMinutes + protection.requiredReviewers.length + protection.requiredTeams.length;
  if (needsPlan > 0 && !hasReviewers(world)) {
    world.environments.enter(name, world.clock.now());
    throw new GitHubError(
      422,
      "Failed to create the environment protection rule. Please ensure the billing plan supports the required reviewers protection rule.",
    );
  }
  const stored = world.environments.put(name, protection, world.clock.now());
  return { status: 200, json: environment(world, stored) };
}

function protectionIn(body: JsonObject, world: World): Protection {
  const reviewers = (body.reviewers ?? []) as { type: "User" | "Team"; id: number }[];
  if (reviewers.length > MOST_REVIEWERS) throw validationFailed("A maximum of 6 reviewers is allowed");
  const policy = (body.deployment_branch_policy ?? null) as {
    protected_branches: boolean;
    custom_branch_policies: boolean;
  } | null;
  if (policy !== null && policy.protected_branches === policy.custom_branch_policies) {
    throw new GitHubError(422, "protected_branches and custom_branch_policies cannot have the same value");
  }
  const ids = (type: "User" | "Team") => reviewers.filter((it) => it.type === type).map(({ id }) => id);
  return {
    requiredReviewers: ids("User").map((id) => {
      const account = world.people.byId(id);
      if (account?.role == null) throw validationFailed(`Reviewer ${id} cannot read the repository`);
      return account.login;
    }),
    requiredTeams: ids("Team").map((id) => {
      const team = world.people.teams.find((it) => it.id === id);
      if (team?.role == null) throw validationFailed(`Reviewer ${id} cannot read the repository`);
      return team.slug;
    }),
    preventSelfReview: body.prevent_self_review === true,
    waitMinutes: Number(body.wait_timer ?? 0),
    canAdminsBypass: body.can_admins_bypass !== false,
    branchPolicy: policy === null ? null : policy.protected_branches ? "protected" : "custom",
  };
}

function branchPolicy({ id, name, type }: BranchPolicy): JsonObject {
  return { id, node_id: nodeId("GBP", id), name, type };
}

function allowBranch(request: ApiRequest, world: World): ApiReply {
  const found = world.environments.find(textIn(request, "environment_name"));
  // This 404 has no body.
  if (found?.branchPolicy !== "custom") return { status: 404 };
  const { name, type } = bodyOf(request);
  const made = world.environments.allow(found, String(name), type === "tag" ? "tag" : "branch");
  return made === null ? { status: 303 } : { status: 200, json: branchPolicy(made) };
}

export const environmentOperations = {
  "repos/get-environment": (request, world) => ({
    status: 200,
    json: environment(world, environmentIn(request, world)),
  }),
  "repos/get-all-environments": (request, world) =>
    paged(request, world, world.environments.list(), (it) => environment(world, it), "environments"),
  "repos/create-or-update-environment": putEnvironment,
  "repos/list-deployment-branch-policies": (request, world) =>
    paged(request, world, environmentIn(request, world).branches, branchPolicy, "branch_policies"),
  "repos/create-deployment-branch-policy": allowBranch,
} satisfies Partial<Record<OperationId, Handler>>;
