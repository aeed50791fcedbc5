/** The repository's settings for Actions: https://docs.github.com/rest/actions/permissions */
import type { Handler } from "../api.ts";
import { GitHubError } from "../errors.ts";
import { subjectPrefix } from "../oidc-claims.ts";
import type { OperationId } from "../permissions.ts";
import { repositoryUrl } from "../present-people.ts";

export const settingsOperations = {
  "actions/get-github-actions-permissions-repository": (_, world) => {
    const { actionsEnabled = true, allowedActions = "all", shaPinningRequired = false } = world.settings;
    if (!actionsEnabled) return { status: 200, json: { enabled: false } };
    const selected = `${repositoryUrl(world)}/actions/permissions/selected-actions`;
    const json = { enabled: true, allowed_actions: allowedActions, sha_pinning_required: shaPinningRequired };
    return {
      status: 200,
      json: allowedActions === "selected" ? { ...json, selected_actions_url: selected } : json,
    };
  },
  "actions/get-allowed-actions-repository": (_, { settings }) => {
    if (settings.allowedActions !== "selected") {
      throw new GitHubError(409, "Repository does not have allowed actions set to selected");
    }
    const { githubOwned = false, verified = false, patterns = [] } = settings.selectedActions ?? {};
    return {
      status: 200,
      json: { github_owned_allowed: githubOwned, verified_allowed: verified, patterns_allowed: patterns },
    };
  },
  "actions/get-github-actions-default-workflow-permissions-repository": (_, { settings }) => ({
    status: 200,
    json: {
      default_workflow_permissions: settings.defaultWorkflowPermissions ?? "read",
      can_approve_pull_request_reviews: settings.workflowsApprovePullRequests ?? false,
    },
  }),
  // `sub_claim_prefix` tells which form the tokens have; `use_immutable_subject` only whether somebody opted in.
  "actions/get-custom-oidc-sub-claim-for-repo": (_, world) => {
    const keys = world.settings.oidcClaimKeys;
    return {
      status: 200,
      json: {
        use_default: keys === undefined,
        ...(keys === undefined ? {} : { include_claim_keys: keys }),
        use_immutable_subject: false,
        sub_claim_prefix: subjectPrefix(world.seed),
      },
    };
  },
} satisfies Partial<Record<OperationId, Handler>>;
