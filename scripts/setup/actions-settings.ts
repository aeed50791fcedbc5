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
  if (allowed === "local_only") {
    return about.missing(
      `only this organization's own actions may run, but the workflows need ${needed.join(", ")}`,
      `Allow them: ${settings}`,
    );
  }
  if (allowed === "selected") return selectedActions(context, needed, settings);
  return about.weak(
    `every action of the world may run${pinned ? ", pinned by its SHA" : ""}; the workflows need only ${needed.join(", ")}`,
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
    return !patterns_allowed.some((pattern) => covers(pattern, action));
  });
  if (closed.length === 0) return about.fine(`the selected actions contain all that the workflows need`);
  const detail = `the workflows need ${closed.join(", ")}, which the selected actions do not name`;
  const remedy = `Add ${closed.map((action) => `${action}@*`).join(", ")}: ${settings}`;
  // Whether a creator is verified only the Marketplace tells.
  return verified
    ? about.weak(`${detail}; verified creators may run`, remedy)
    : about.missing(detail, remedy);
}

/** `owner/*`, `owner/name@*`, `owner/name@SHA`. */
function covers(pattern: string, action: string): boolean {
  const [name = ""] = pattern.split("@");
  return name.endsWith("*")
    ? action.startsWith(name.slice(0, -1))
    : name.toLowerCase() === action.toLowerCase();
}

/** Every action of another repository that the workflows of this clone use, as `owner/name`. */
export function foreignActions(root: string): string[] {
  const folder = join(root, ".github/workflows");
  const files = readdirSync(folder).filter((name) => /\.ya?ml$/.test(name));
  const names = files.flatMap((file) =>
    [...readFileSync(join(folder, file), "utf8").matchAll(/uses: ["']?([\w-]+\/[\w.-]+)/g)].map(
      ([, name = ""]) => name,
    ),
  );
  return [...new Set(names)].sort();
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
  const opens = subject(
    "workflow-pull-requests",
    "workflows open pull requests",
    "only for recording a review by pull request",
    false,
  ).fine(mayOpen ? "allowed" : `not allowed; where it is wanted: ${repository.page}/settings/actions`);
  if (given === "read") return [about.fine("read"), opens];
  const remedy = `gh api -X PUT repos/${repository.name}/actions/permissions/workflow -f default_workflow_permissions=read (first see that no other workflow relies on it)`;
  return [about.weak("write", remedy), opens];
}
