/** Environments, pending deployments and reviews as GitHub's REST API presents them. */
import type { Pending, Review } from "./approvals.ts";
import { type Environment, needsReview } from "./environment-store.ts";
import { iso, nodeId, repositoryPage, repositoryUrl, simpleUser } from "./present-people.ts";
import { team } from "./present-teams.ts";
import { current } from "./run-store.ts";
import type { Caller, JsonObject } from "./types.ts";
import type { World } from "./world.ts";

function environmentLinks(world: World, { id, name }: Environment): JsonObject {
  return {
    id,
    node_id: nodeId("EN", id),
    name,
    url: `${repositoryUrl(world)}/environments/${encodeURIComponent(name)}`,
    html_url: `${repositoryPage(world)}/deployments/activity_log?environments_filter=${encodeURIComponent(name)}`,
  };
}

function reviewers(world: World, environment: Environment): JsonObject[] {
  const people = environment.requiredReviewers.map((login) => ({
    type: "User",
    reviewer: simpleUser(world, world.people.get(login)),
  }));
  const teams = world.people.teams.filter(({ slug }) => environment.requiredTeams.includes(slug));
  return [...people, ...teams.map((it) => ({ type: "Team", reviewer: team(world, it) }))];
}

/** An environment with its rules: https://docs.github.com/rest/deployments/environments#get-an-environment */
export function environment(world: World, it: Environment): JsonObject {
  const rule = (offset: number, type: string, fields: JsonObject): JsonObject => {
    const id = it.id * 10 + offset;
    return { id, node_id: nodeId("GA", id), type, ...fields };
  };
  const rules: JsonObject[] = [];
  if (it.waitMinutes > 0) rules.push(rule(1, "wait_timer", { wait_timer: it.waitMinutes }));
  if (needsReview(it)) {
    const fields = { prevent_self_review: it.preventSelfReview, reviewers: reviewers(world, it) };
    rules.push(rule(2, "required_reviewers", fields));
  }
  if (it.branchPolicy !== null) rules.push(rule(3, "branch_policy", {}));
  return {
    ...environmentLinks(world, it),
    created_at: iso(it.createdAt),
    updated_at: iso(it.createdAt),
    can_admins_bypass: it.canAdminsBypass,
    protection_rules: rules,
    deployment_branch_policy:
      it.branchPolicy === null
        ? null
        : {
            protected_branches: it.branchPolicy === "protected",
            custom_branch_policies: it.branchPolicy === "custom",
          },
  };
}

/** A review as the history shows it: without a time, as GitHub leaves it out. */
export function review(world: World, it: Review): JsonObject {
  return {
    state: it.state,
    comment: it.comment,
    environments: it.environments.map((environment) => ({
      ...environmentLinks(world, environment),
      created_at: iso(environment.createdAt),
      updated_at: iso(environment.createdAt),
    })),
    user: simpleUser(world, world.people.get(it.login)),
  };
}

export function pendingDeployment(world: World, it: Pending, caller: Caller): JsonObject {
  const mayApprove =
    caller.kind === "user" && world.approvals.mayReview(it.runId, it.environment, caller.login);
  return {
    environment: environmentLinks(world, it.environment),
    wait_timer: it.environment.waitMinutes,
    wait_timer_started_at: it.environment.waitMinutes > 0 ? iso(it.since) : null,
    current_user_can_approve: mayApprove,
    reviewers: reviewers(world, it.environment),
  };
}

export function deployment(world: World, it: Pending): JsonObject {
  const record = current(world.runs.get(it.runId));
  const url = `${repositoryUrl(world)}/deployments/${it.id}`;
  return {
    url,
    id: it.id,
    node_id: nodeId("DE", it.id),
    task: "deploy",
    original_environment: it.environment.name,
    environment: it.environment.name,
    description: null,
    created_at: iso(it.since),
    updated_at: iso(world.clock.now()),
    statuses_url: `${url}/statuses`,
    repository_url: repositoryUrl(world),
    creator: simpleUser(world, world.people.get(record.triggeringActor)),
    sha: record.headSha,
    ref: record.headBranch,
    payload: {},
    transient_environment: false,
    production_environment: false,
    performed_via_github_app: null,
  };
}
