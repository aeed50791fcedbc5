/** The repository itself, and what its owner's plan allows. */
import type { GitHub } from "../../src/ports.ts";
import { read, unreachable } from "./read.ts";

export interface Repository {
  owner: string;
  repo: string;
  /** `OWNER/NAME` as GitHub spells it. */
  name: string;
  id: number;
  ownerId: number;
  organization: boolean;
  public: boolean;
  defaultBranch: string;
  hasIssues: boolean;
  createdAt: Date;
  page: string;
  /** The owner's plan (`free`, `team`, `enterprise` …); null when only the owner may know it. */
  plan: string | null;
}

/**
 * Required reviewers exist in public repositories and, for private ones, on GitHub Enterprise alone
 * (https://docs.github.com/en/actions/reference/workflows-and-actions/deployments-and-environments); null: unknown.
 */
export function hasReviewers({ public: isPublic, plan }: Repository): boolean | null {
  if (isPublic) return true;
  return plan === null ? null : plan.startsWith("enterprise") || plan === "business_plus";
}

/** Private repositories on GitHub Free have no environments at all. */
export function hasEnvironments({ public: isPublic, plan }: Repository): boolean {
  return isPublic || plan !== "free";
}

/** @throws FirebreakError when GitHub cannot be reached, or does not show the repository. */
export async function readRepository(github: GitHub, owner: string, repo: string): Promise<Repository> {
  // A first call that fails at once instead of being tried again for minutes.
  const request = { retries: 0 };
  const { data } = await github.rest.repos.get({ owner, repo, request }).catch((error) => {
    throw unreachable(error, `${owner}/${repo}`);
  });
  const organization = data.owner.type === "Organization";
  return {
    // A renamed repository answers under its old name, too.
    owner: data.owner.login,
    repo: data.name,
    name: data.full_name,
    id: data.id,
    ownerId: data.owner.id,
    organization,
    public: data.visibility === undefined ? !data.private : data.visibility === "public",
    defaultBranch: data.default_branch,
    hasIssues: data.has_issues,
    createdAt: new Date(data.created_at),
    page: data.html_url,
    plan: organization ? await planOf(github, data.owner.login) : null,
  };
}

/** Only owners of the organization are told: https://docs.github.com/rest/orgs/orgs#get-an-organization */
async function planOf(github: GitHub, org: string): Promise<string | null> {
  const found = await read("an owner of the organization", () => github.rest.orgs.get({ org }));
  return found.is === "read" ? (found.value.data.plan?.name.toLowerCase() ?? null) : null;
}
