/** What protects the default branch: classic protection and rulesets, added up. */
import type { Context } from "./context.ts";
import { type Read, read } from "./read.ts";

const CLASSIC = "Administration: read, and the repository's admin role";
const RULES = "Metadata: read";

/** What a change to the default branch has to pass. */
export interface Protection {
  pullRequest: boolean;
  codeOwners: boolean;
  approvals: number;
  /** A push after the approval asks for another. */
  laterPushes: boolean;
  noForcePush: boolean;
  noDeletion: boolean;
}

export interface PullRequestRule {
  required_approving_review_count: number;
  require_code_owner_review: boolean;
  dismiss_stale_reviews_on_push: boolean;
  require_last_push_approval: boolean;
  required_review_thread_resolution: boolean;
}

export interface ActiveRule {
  type: string;
  parameters?: Partial<PullRequestRule>;
  ruleset_id?: number;
  ruleset_source_type?: string;
}

export interface ClassicProtection extends Protection {
  administratorsToo: boolean;
  /** People, teams and apps that need no pull request. */
  exempt: string[];
}

export const UNPROTECTED: Protection = {
  pullRequest: false,
  codeOwners: false,
  approvals: 0,
  laterPushes: false,
  noForcePush: false,
  noDeletion: false,
};

/** The rules of every active ruleset, the organization's too: https://docs.github.com/rest/repos/rules#get-rules-for-a-branch */
export async function branchRules({ github, repository }: Context): Promise<Read<ActiveRule[]>> {
  const { owner, repo, defaultBranch: branch } = repository;
  return read(RULES, async () => {
    const all = await github.paginate(github.rest.repos.getBranchRules, {
      owner,
      repo,
      branch,
      per_page: 100,
    });
    return all as ActiveRule[];
  });
}

/**
 * Classic protection; absent for a branch without, and for a reader who is no administrator, whom GitHub tells "Not
 * Found" as well: https://docs.github.com/rest/branches/branch-protection#get-branch-protection
 */
export async function branchProtection({ github, repository }: Context): Promise<Read<ClassicProtection>> {
  const { owner, repo, defaultBranch: branch } = repository;
  const found = await read(CLASSIC, async () => {
    try {
      return (await github.rest.repos.getBranchProtection({ owner, repo, branch })).data;
    } catch (error) {
      const { status, message } = error as { status?: number; message: string };
      if (status === 404 && message.includes("Branch not protected")) return null;
      throw error;
    }
  });
  if (found.is === "absent") return { is: "refused", why: `GitHub answers 404; it needs ${CLASSIC}` };
  if (found.is !== "read") return found;
  if (found.value === null) return { is: "absent" };
  const {
    required_pull_request_reviews: review,
    enforce_admins,
    allow_force_pushes,
    allow_deletions,
  } = found.value;
  return {
    is: "read",
    value: {
      pullRequest: review !== undefined,
      codeOwners: review?.require_code_owner_reviews ?? false,
      approvals: review?.required_approving_review_count ?? 0,
      laterPushes: (review?.dismiss_stale_reviews || review?.require_last_push_approval) ?? false,
      noForcePush: allow_force_pushes?.enabled !== true,
      noDeletion: allow_deletions?.enabled !== true,
      administratorsToo: enforce_admins?.enabled === true,
      exempt: exemptFrom(review?.bypass_pull_request_allowances ?? {}),
    },
  };
}

function exemptFrom({ users = [], teams = [], apps = [] }: Allowances): string[] {
  return [
    ...users.map(({ login }) => login),
    ...teams.map(({ slug }) => `team/${slug}`),
    ...apps.map((app) => `app ${app?.slug ?? "without a name"}`),
  ];
}

interface Allowances {
  users?: { login: string }[];
  teams?: { slug: string }[];
  apps?: ({ slug?: string } | null)[];
}

export function ofRules(rules: readonly ActiveRule[]): Protection {
  const reviews = rules.flatMap(({ type, parameters = {} }) => (type === "pull_request" ? [parameters] : []));
  return {
    pullRequest: reviews.length > 0,
    codeOwners: reviews.some((review) => review.require_code_owner_review),
    approvals: Math.max(0, ...reviews.map((review) => review.required_approving_review_count ?? 0)),
    laterPushes: reviews.some(
      (review) => review.dismiss_stale_reviews_on_push || review.require_last_push_approval,
    ),
    noForcePush: rules.some(({ type }) => type === "non_fast_forward"),
    noDeletion: rules.some(({ type }) => type === "deletion"),
  };
}

/** Rulesets and classic protection hold at the same time: the stricter of each counts. */
export function together(a: Protection, b: Protection): Protection {
  return {
    pullRequest: a.pullRequest || b.pullRequest,
    codeOwners: a.codeOwners || b.codeOwners,
    approvals: Math.max(a.approvals, b.approvals),
    laterPushes: a.laterPushes || b.laterPushes,
    noForcePush: a.noForcePush || b.noForcePush,
    noDeletion: a.noDeletion || b.noDeletion,
  };
}

/** True when nothing is left to add. */
export function isWhole(it: Protection): boolean {
  const { pullRequest, codeOwners, approvals, laterPushes, noForcePush, noDeletion } = it;
  return pullRequest && codeOwners && approvals > 0 && laterPushes && noForcePush && noDeletion;
}
