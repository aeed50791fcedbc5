/** What `--apply` makes of one GitHub environment. It only ever adds protection. */
import type { Context } from "./context.ts";
import type { Wanted } from "./environment-findings.ts";
import type { EnvironmentState } from "./environment-state.ts";
import type { Change } from "./finding.ts";
import { messageOf, type Read } from "./read.ts";
import { hasEnvironments, hasReviewers } from "./repository.ts";
import type { Reviewer } from "./reviewers.ts";

const PERMISSION = "Administration: write, and the repository's admin role";

/** What GitHub gives an environment that nobody has set up. */
const BARE: EnvironmentState = {
  reviewers: [],
  preventSelfReview: false,
  waitTimer: 0,
  adminsBypass: true,
  branches: "all",
};

export interface Step {
  changes: Change[];
  kept: string[];
}

export function environmentChanges(
  context: Context,
  { name, purpose }: Wanted,
  reading: Read<EnvironmentState>,
  branchIsProtected: boolean,
): Step {
  if (reading.is === "refused" || reading.is === "not-in-plan") return { changes: [], kept: [] };
  const exists = reading.is === "read";
  if (!hasEnvironments(context.repository)) {
    const why = "a private repository on GitHub Free has no environments";
    return { changes: [], kept: [`environment ${name} is not made: ${why}`] };
  }
  const now = exists ? reading.value : BARE;
  const given = purpose === "containment" ? context.reviewers : context.breakGlassReviewers;
  const option = purpose === "containment" ? "--reviewers" : "--break-glass-reviewers";
  const withoutPlan = hasReviewers(context.repository) === false;
  const reviewers = now.reviewers.length > 0 ? now.reviewers : withoutPlan ? [] : given;
  const kept: string[] = [];
  if (now.reviewers.length > 0 && given.length > 0 && !same(now.reviewers, given)) {
    kept.push(
      `environment ${name} keeps its reviewers ${list(now.reviewers)}: one more could approve as well`,
    );
  }
  if (reviewers.length === 0 && !withoutPlan) {
    kept.push(`environment ${name} gets no reviewers: say who they are with ${option} USER,team/SLUG`);
    // Better none than one that opens the role's trust.
    if (!exists) return { changes: [], kept };
  }
  // With a protected default branch, that branch alone is less than every protected branch.
  const tightened = now.branches === "all" || (now.branches === "protected" && branchIsProtected);
  if (now.branches === "protected" && !tightened) {
    kept.push(
      `environment ${name} keeps its rule for branches, whatever is protected: the default branch is not`,
    );
  }
  const wanted: EnvironmentState = {
    reviewers,
    preventSelfReview: reviewers.length > 0,
    waitTimer: now.waitTimer,
    adminsBypass: now.adminsBypass === null || withoutPlan ? now.adminsBypass : false,
    branches: tightened ? [] : now.branches,
  };
  const onlyDefault = Array.isArray(wanted.branches) && wanted.branches.length === 0;
  const lines = [
    ...(exists ? [] : [{ what: `environment ${name}`, from: "none", to: "there" }]),
    ...differences(name, now, wanted, onlyDefault ? `only ${context.repository.defaultBranch}` : null),
  ];
  if (lines.length === 0) return { changes: [], kept };
  const rules = !exists || lines.length > 1 || !onlyDefault || tightened;
  const apply = async () => {
    if (rules) await put(context, name, wanted, withoutPlan);
    if (onlyDefault) await allowDefaultBranch(context, name);
  };
  return { changes: [{ lines, permission: PERMISSION, apply }], kept };
}

function same(a: readonly Reviewer[], b: readonly Reviewer[]): boolean {
  const key = (all: readonly Reviewer[]) =>
    all
      .map(({ type, id }) => `${type} ${id}`)
      .sort()
      .join();
  return key(a) === key(b);
}

function list(reviewers: readonly Reviewer[]): string {
  return reviewers.length === 0 ? "none" : reviewers.map(({ name }) => name).join(", ");
}

function differences(
  name: string,
  from: EnvironmentState,
  to: EnvironmentState,
  branches: string | null,
): Change["lines"] {
  const line = (what: string, before: string, after: string) =>
    before === after ? [] : [{ what: `environment ${name}, ${what}`, from: before, to: after }];
  const words = (prevented: boolean) => (prevented ? "prevented" : "allowed");
  return [
    ...line("required reviewers", list(from.reviewers), list(to.reviewers)),
    ...line("self-review", words(from.preventSelfReview), words(to.preventSelfReview)),
    ...line("bypass by administrators", words(from.adminsBypass === false), words(to.adminsBypass === false)),
    ...(branches === null ? [] : line("branches that deploy", described(from.branches), branches)),
  ];
}

function described(branches: EnvironmentState["branches"]): string {
  if (branches === "all") return "every branch";
  return branches === "protected" ? "every protected branch" : "none";
}

/**
 * GitHub replaces all rules by those of the request, so everything that is there goes along
 * (https://docs.github.com/rest/deployments/environments#create-or-update-an-environment; `can_admins_bypass` is taken
 * as well). On a plan without required reviewers it refuses them with 422 and leaves an environment without any rule:
 * that one is closed to other branches at least before the refusal is told.
 */
async function put(
  { github, repository }: Context,
  name: string,
  to: EnvironmentState,
  withoutPlan: boolean,
) {
  const { owner, repo } = repository;
  const branchPolicy =
    to.branches === "all"
      ? null
      : {
          protected_branches: to.branches === "protected",
          custom_branch_policies: to.branches !== "protected",
        };
  const route = "PUT /repos/{owner}/{repo}/environments/{environment_name}";
  const bare = { owner, repo, environment_name: name, deployment_branch_policy: branchPolicy };
  if (withoutPlan) {
    await github.request(route, bare);
    return;
  }
  try {
    await github.request(route, {
      ...bare,
      wait_timer: to.waitTimer,
      prevent_self_review: to.preventSelfReview,
      reviewers: to.reviewers.map(({ type, id }) => ({ type, id })),
      ...(to.adminsBypass === null ? {} : { can_admins_bypass: to.adminsBypass }),
    });
  } catch (error) {
    if ((error as { status?: number }).status !== 422 || !/billing plan/i.test(messageOf(error))) throw error;
    await github.request(route, bare);
    await allowDefaultBranch({ github, repository }, name);
    throw new Error(
      `a private repository on this plan has no required reviewers (${messageOf(error)}); the environment is there, closed to every branch but ${repository.defaultBranch}, and Firebreak refuses to contain through it`,
    );
  }
}

/** GitHub answers 303 when the branch is named already. */
async function allowDefaultBranch(
  { github, repository }: Pick<Context, "github" | "repository">,
  name: string,
) {
  const { owner, repo, defaultBranch } = repository;
  await github.rest.repos.createDeploymentBranchPolicy({
    owner,
    repo,
    environment_name: name,
    name: defaultBranch,
    type: "branch",
  });
}
