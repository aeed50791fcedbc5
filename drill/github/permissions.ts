/**
 * What each operation asks of its caller, and which operations are simulated at all.
 *
 * The installation scopes follow "Permissions required for GitHub Apps"
 * (https://docs.github.com/rest/authentication/permissions-required-for-github-apps); a GITHUB_TOKEN is an
 * installation token. The repository roles follow "Repository roles for an organization"
 * (https://docs.github.com/organizations/managing-user-access-to-your-organizations-repositories/managing-repository-roles/repository-roles-for-an-organization).
 */
import type { TokenPermissions } from "../contracts.ts";

export type RepositoryRole = "read" | "triage" | "write" | "maintain" | "admin";

export interface Grant {
  scope: string;
  level: "read" | "write";
}

export interface Requirement {
  /** Any one of these lets an installation token through; empty: no installation token may call it. */
  readonly installation: readonly Grant[];
  /** The repository role that a person needs. */
  readonly role: RepositoryRole;
}

const METADATA: readonly Grant[] = [{ scope: "metadata", level: "read" }];

function grant(level: Grant["level"], ...scopes: string[]): readonly Grant[] {
  return scopes.map((scope) => ({ scope, level }));
}

function read(...scopes: string[]): Requirement {
  return { installation: grant("read", ...scopes), role: "read" };
}

function write(role: RepositoryRole, ...scopes: string[]): Requirement {
  return { installation: grant("write", ...scopes), role };
}

/** operationId in GitHub's OpenAPI description → what it requires. The slice holds exactly these operations. */
export const PERMISSIONS = {
  "repos/get": { installation: METADATA, role: "read" },
  "repos/get-content": read("contents"),
  "repos/create-or-update-file-contents": write("write", "contents"),
  "repos/delete-file": write("write", "contents"),
  "repos/get-branch": read("contents"),
  "repos/get-commit": read("contents"),
  "repos/list-commits": read("contents"),
  "repos/compare-commits-with-basehead": read("contents"),
  "repos/create-dispatch-event": write("write", "contents"),
  "git/get-ref": read("contents"),
  "git/list-matching-refs": read("contents"),
  "git/create-ref": write("write", "contents"),
  "git/update-ref": write("write", "contents"),
  "git/delete-ref": write("write", "contents"),
  "git/get-commit": read("contents"),
  "git/create-commit": write("write", "contents"),
  "git/create-tree": write("write", "contents"),
  "git/get-blob": read("contents"),
  "git/create-blob": write("write", "contents"),
  "repos/get-environment": read("actions"),
  "repos/get-all-environments": read("actions"),
  "repos/create-or-update-environment": write("admin", "administration"),
  "repos/list-deployment-branch-policies": read("actions"),
  "repos/create-deployment-branch-policy": write("admin", "administration"),
  "repos/codeowners-errors": read("contents"),
  "repos/get-collaborator-permission-level": { installation: METADATA, role: "write" },
  // Who is no administrator is told "Not Found" instead of 403.
  "repos/get-branch-protection": read("administration"),
  "repos/get-branch-rules": { installation: METADATA, role: "read" },
  "repos/get-repo-rulesets": { installation: METADATA, role: "read" },
  "repos/get-repo-ruleset": { installation: METADATA, role: "read" },
  "repos/create-repo-ruleset": write("admin", "administration"),
  "repos/update-repo-ruleset": write("admin", "administration"),
  "orgs/get": { installation: METADATA, role: "read" },
  "teams/get-by-name": read("members"),
  "teams/check-permissions-for-repo-in-org": read("members"),
  "users/get-by-username": { installation: METADATA, role: "read" },
  "users/get-authenticated": { installation: [], role: "read" },

  "pulls/create": write("read", "pull_requests"),
  "pulls/list": read("pull_requests"),
  "pulls/get": read("pull_requests"),
  "pulls/update": write("read", "pull_requests"),
  "pulls/list-files": read("pull_requests"),
  "pulls/merge": write("write", "contents"),
  "repos/list-pull-requests-associated-with-commit": read("pull_requests"),

  // Workflow files write `security-events` for what the REST API calls code scanning alerts.
  "code-scanning/list-alerts-for-repo": { installation: grant("read", "security_events"), role: "write" },
  "code-scanning/get-alert": { installation: grant("read", "security_events"), role: "write" },
  // No scope of a GITHUB_TOKEN reaches secret scanning: the key `permissions` has none for it.
  // https://docs.github.com/actions/reference/workflows-and-actions/workflow-syntax#permissions
  "secret-scanning/list-alerts-for-repo": {
    installation: grant("read", "secret_scanning_alerts"),
    role: "admin",
  },
  "secret-scanning/get-alert": { installation: grant("read", "secret_scanning_alerts"), role: "admin" },

  "issues/create": write("read", "issues"),
  "issues/get": read("issues", "pull_requests"),
  "issues/update": write("read", "issues", "pull_requests"),
  "issues/list-for-repo": read("issues"),
  "issues/list-comments": read("issues", "pull_requests"),
  "issues/get-comment": read("issues", "pull_requests"),
  "issues/create-comment": write("read", "issues", "pull_requests"),
  "issues/update-comment": write("read", "issues", "pull_requests"),
  "issues/delete-comment": write("read", "issues", "pull_requests"),
  "issues/list-comments-for-repo": read("issues", "pull_requests"),
  "issues/check-user-can-be-assigned": { installation: METADATA, role: "read" },
  "issues/list-labels-for-repo": read("issues", "pull_requests"),
  "issues/create-label": write("write", "issues", "pull_requests"),
  "issues/get-label": read("issues", "pull_requests"),
  "issues/list-labels-on-issue": read("issues", "pull_requests"),
  "issues/add-labels": write("triage", "issues", "pull_requests"),
  "issues/set-labels": write("triage", "issues", "pull_requests"),
  "issues/remove-label": write("triage", "issues", "pull_requests"),
  "issues/add-assignees": write("triage", "issues", "pull_requests"),
  "issues/remove-assignees": write("triage", "issues", "pull_requests"),
  "issues/list-sub-issues": read("issues"),
  "issues/add-sub-issue": write("triage", "issues"),
  "issues/remove-sub-issue": write("triage", "issues"),
  "issues/get-parent": read("issues"),

  "actions/list-repo-workflows": read("actions"),
  "actions/list-workflow-runs-for-repo": read("actions"),
  "actions/list-workflow-runs": read("actions"),
  "actions/get-workflow-run": read("actions"),
  "actions/get-workflow-run-attempt": read("actions"),
  "actions/list-jobs-for-workflow-run": read("actions"),
  "actions/list-jobs-for-workflow-run-attempt": read("actions"),
  "actions/get-job-for-workflow-run": read("actions"),
  "actions/get-reviews-for-run": read("actions"),
  "actions/get-pending-deployments-for-run": read("actions"),
  "actions/review-pending-deployments-for-run": { installation: [], role: "read" },
  "actions/download-workflow-run-logs": read("actions"),
  "actions/download-workflow-run-attempt-logs": read("actions"),
  "actions/download-job-logs-for-workflow-run": read("actions"),
  "actions/re-run-workflow-failed-jobs": write("write", "actions"),
  "actions/create-workflow-dispatch": write("write", "actions"),
  "actions/list-repo-variables": { installation: grant("read", "actions_variables"), role: "write" },
  "actions/list-repo-organization-variables": {
    installation: grant("read", "actions_variables"),
    role: "write",
  },
  "actions/create-repo-variable": write("write", "actions_variables"),
  "actions/get-github-actions-permissions-repository": {
    installation: grant("read", "administration"),
    role: "admin",
  },
  "actions/get-allowed-actions-repository": { installation: grant("read", "administration"), role: "admin" },
  "actions/get-github-actions-default-workflow-permissions-repository": {
    installation: grant("read", "administration"),
    role: "admin",
  },
  "actions/get-custom-oidc-sub-claim-for-repo": read("actions"),
} as const satisfies Record<string, Requirement>;

export type OperationId = keyof typeof PERMISSIONS;

const ROLES: readonly RepositoryRole[] = ["read", "triage", "write", "maintain", "admin"];

/** True when a person with role `has` may do what needs `needs`. */
export function roleAtLeast(has: RepositoryRole, needs: RepositoryRole): boolean {
  return ROLES.indexOf(has) >= ROLES.indexOf(needs);
}

/**
 * True when an installation token with these permissions may call the operation. `metadata: read` is always
 * granted. Stricter than GitHub in one point: there, anything public can be read without a scope.
 */
export function installationMay(granted: TokenPermissions, operation: OperationId): boolean {
  const requirement: Requirement = PERMISSIONS[operation];
  return requirement.installation.some(({ scope, level }) => {
    if (scope === "metadata") return true;
    // Workflow files write `pull-requests` where the API says `pull_requests`.
    const has = granted[scope.replaceAll("_", "-")] ?? "none";
    return has === "write" || has === level;
  });
}

/** The value of GitHub's `x-accepted-github-permissions` header: alternatives separated by `;`. */
export function acceptedPermissions(operation: OperationId): string {
  const requirement: Requirement = PERMISSIONS[operation];
  return requirement.installation.map(({ scope, level }) => `${scope}=${level}`).join("; ");
}
