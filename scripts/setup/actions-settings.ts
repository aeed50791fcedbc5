/** What the repository lets workflows do: https://docs.github.com/rest/actions/permissions */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Context } from "./context.ts";
import { type Area, type Finding, subject, whyNot } from "./finding.ts";
import { read } from "./read.ts";

const READ = "Administration: read, and the repository's admin role";

export async function actionsArea(context: Context): Promise<Area> {
  const findings = [await allowedActions(context), ...(await workflowToken(context))];
  return { findings, changes: [], kept: [] };
}

async function allowedActions(context: Context): Promise<Finding> {
  const { github, repository } = context;
  const { owner, repo } = repository;
  const about = subject("actions", "GitHub Actions", "Firebreak is workflows and actions", false);
  const found = await read(READ, () =>
    github.rest.actions.getGithubActionsPermissionsRepository({ owner, repo }),
  );
  if (found.is !== "read") return about.unreadable(whyNot(found));
  const { enabled, allowed_actions: allowed, sha_pinning_required: pinned } = found.value.data;
  const settings = `${repository.page}/settings/actions`;
  if (!enabled) return about.missing("are switched off", `Switch them on: ${settings}`);
  const needed = foreignActions(context.root);
  const names = needed.map(nameOf).join(", ");
  if (allowed === "local_only") {
    return about.missing(
      `only this organization's own actions may run, but the workflows need ${names}`,
      `Allow them: ${settings}`,
    );
  }
  if (allowed === "selected") return selectedActions(context, needed, settings);
  return about.weak(
    `every action of the world may run${pinned ? ", pinned by its SHA" : ""}; the workflows need only ${names}`,
    `Allow those alone, and ask for full-length SHAs: ${settings}`,
  );
}

async function selectedActions(context: Context, needed: string[], settings: string): Promise<Finding> {
  const { owner, repo } = context.repository;
  const about = subject("actions", "GitHub Actions", "Firebreak is workflows and actions", false);
  const found = await read(READ, () =>
    context.github.rest.actions.getAllowedActionsRepository({ owner, repo }),
  );
  if (found.is !== "read") return about.unreadable(whyNot(found));
  const {
    github_owned_allowed: ofGitHub,
    verified_allowed: verified,
    patterns_allowed = [],
  } = found.value.data;
  const closed = needed.filter((action) => {
    if (ofGitHub && /^(actions|github)\//.test(action)) return false;
    return !allowedBy(patterns_allowed, action);
  });
  if (closed.length === 0) return about.fine(`the selected actions contain all that the workflows need`);
  const names = closed.map(nameOf);
  const detail = `the workflows need ${closed.join(", ")}, which the selected actions do not allow`;
  const remedy = `Add ${names.map((name) => `${name}@*`).join(", ")} (or exactly these versions): ${settings}`;
  // Whether a creator is verified only the Marketplace tells.
  return verified
    ? about.weak(`${detail}; verified creators may run`, remedy)
    : about.missing(detail, remedy);
}

function nameOf(action: string): string {
  return action.slice(0, action.indexOf("@"));
}

/**
 * Patterns hold of `owner/name@ref` as a whole; one that begins with `!` blocks what another allows:
 * https://docs.github.com/en/repositories/managing-your-repositorys-settings-and-features/enabling-features-for-your-repository/managing-github-actions-settings-for-a-repository#allowing-select-actions-and-reusable-workflows-to-run
 */
function allowedBy(patterns: readonly string[], action: string): boolean {
  const fits = (pattern: string) => wildcard(pattern).test(action);
  const blocking = patterns.flatMap((pattern) => (pattern.startsWith("!") ? [pattern.slice(1)] : []));
  return patterns.some(fits) && !blocking.some(fits);
}

function wildcard(pattern: string): RegExp {
  const parts = pattern.split("*").map((part) => part.replace(/[.+?^${}()|[\]\\]/g, "\\$&"));
  return new RegExp(`^${parts.join(".*")}$`, "i");
}

/**
 * What actions of others use themselves, looked up in their action.yml at that commit: GitHub holds these against its
 * settings as well, and fetches them when the job begins, whether or not the step is reached.
 */
export const USED_WITHIN: Readonly<Record<string, readonly string[]>> = {
  "actions/attest@1e69f48acb82d1966a394da916b4c1698aa569d6": [],
  "actions/checkout@de0fac2e4500dabe0009e67214ff5f5447ce83dd": [],
  "actions/setup-node@53b83947a5a98c8d113130e565377fae1a50d02f": [],
  "aws-actions/configure-aws-credentials@8df5847569e6427dd6c4fb1cf565c83acfa8afa7": [],
  "gruntwork-io/terragrunt-action@53dbdc2c3d43e82bf3bae10b734a968196442bec": [
    "jdx/mise-action@c1ecc8f748cd28cdeabf76dab3cccde4ce692fe4",
  ],
};

/** Every action of another repository that the workflows of this clone run, as `owner/name@ref`. */
export function foreignActions(root: string): string[] {
  const folder = join(root, ".github/workflows");
  const files = readdirSync(folder).filter((name) => /\.ya?ml$/.test(name));
  const named = files.flatMap((file) =>
    [...readFileSync(join(folder, file), "utf8").matchAll(/uses: ["']?([\w-]+\/[\w./-]+@[\w.-]+)/g)].map(
      ([, action = ""]) => action,
    ),
  );
  return [...new Set(named.flatMap((action) => [action, ...(USED_WITHIN[action] ?? [])]))].sort();
}

/** The token of a job that says nothing; Firebreak's own jobs all say what they need, others in the repository may not. */
async function workflowToken(context: Context): Promise<Finding[]> {
  const { github, repository } = context;
  const { owner, repo } = repository;
  const about = subject(
    "workflow-token",
    "default permissions of GITHUB_TOKEN",
    "a job that asks for nothing gets next to nothing",
    false,
  );
  const found = await read(READ, () =>
    github.rest.actions.getGithubActionsDefaultWorkflowPermissionsRepository({ owner, repo }),
  );
  if (found.is !== "read") return [about.unreadable(whyNot(found))];
  const { default_workflow_permissions: given, can_approve_pull_request_reviews: mayOpen } = found.value.data;
  const proposes = subject(
    "workflow-pull-requests",
    "workflows open pull requests",
    "record-review proposes the record of a review by one; no workflow of Firebreak approves any",
    false,
  );
  const opens = mayOpen
    ? proposes.fine("allowed")
    : proposes.missing(
        "not allowed, so that no review can be recorded",
        `gh api -X PUT repos/${repository.name}/actions/permissions/workflow -F can_approve_pull_request_reviews=true`,
      );
  if (given === "read") return [about.fine("read"), opens];
  const remedy = `gh api -X PUT repos/${repository.name}/actions/permissions/workflow -f default_workflow_permissions=read (first see that no other workflow relies on it)`;
  return [about.weak("write", remedy), opens];
}
