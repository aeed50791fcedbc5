/**
 * How the OIDC subject names this repository: `repo:OWNER/NAME`, or with the ids of both for repositories created,
 * renamed or transferred after 15 July 2026
 * (https://github.blog/changelog/2026-04-23-immutable-subject-claims-for-github-actions-oidc-tokens/).
 */
import { environmentOf } from "../../src/runbook/target.ts";
import type { Context } from "./context.ts";
import { type Area, type Finding, subject } from "./finding.ts";
import { read } from "./read.ts";

const WITH_IDS_SINCE = Date.UTC(2026, 6, 15);
const PERMISSION = "Actions: read";

export async function subjectsArea(context: Context): Promise<Area> {
  return { findings: [await finding(context)], changes: [], kept: [] };
}

/** The two forms, either of which the roles of infra/roles.yml trust. */
export function prefixes({ repository }: Context): { names: string; withIds: string } {
  const { owner, repo, id, ownerId } = repository;
  return { names: `repo:${owner}/${repo}`, withIds: `repo:${owner}@${ownerId}/${repo}@${id}` };
}

async function finding(context: Context): Promise<Finding> {
  const { github, repository } = context;
  const { owner, repo, name, createdAt } = repository;
  const about = subject("oidc-subject", "OIDC subject", "the AWS roles trust this repository by it");
  const forms = prefixes(context);
  const found = await read(PERMISSION, () =>
    github.request("GET /repos/{owner}/{repo}/actions/oidc/customization/sub", { owner, repo }),
  );
  const trusted = `infra/roles.yml trusts ${forms.names} and ${forms.withIds}`;
  if (found.is !== "read") {
    const likely = createdAt.getTime() >= WITH_IDS_SINCE ? forms.withIds : forms.names;
    return about.fine(
      `GitHub does not tell; by its age it begins with ${likely}, unless renamed since; ${trusted}`,
    );
  }
  const { use_default, include_claim_keys: keys, sub_claim_prefix: told } = found.value.data as Customization;
  const restore = `gh api -X PUT repos/${name}/actions/oidc/customization/sub -F use_default=true`;
  if (!use_default && keys && keys.join() !== "repo,context") {
    return about.missing(`is made of ${keys.join(", ")} here, which the roles do not trust`, restore);
  }
  if (told === undefined) return about.fine(`GitHub tells no prefix; ${trusted}`);
  if (told === forms.names || told === forms.withIds) return about.fine(`begins with ${told}; ${trusted}`);
  return about.missing(`begins with ${told}, which the roles do not trust (${trusted})`, restore);
}

/** `use_immutable_subject` only tells whether somebody opted in; the prefix is what the tokens carry. */
interface Customization {
  use_default: boolean;
  include_claim_keys?: string[];
  sub_claim_prefix?: string;
}

/** Every subject that takes on a role in an environment, in the form that GitHub uses for this repository or may use. */
export function subjectsOf(
  context: Context,
  environment: string,
): { evidence: string[]; containment: string[] } {
  const { runbook, repository } = context;
  const { github_environment, break_glass_environment } = environmentOf(runbook, environment);
  const places = [github_environment, break_glass_environment ?? []]
    .flat()
    .map((template) => `environment:${template.replaceAll("{env}", environment)}`);
  const { names, withIds } = prefixes(context);
  const each = (scopes: string[]) =>
    [names, withIds].flatMap((prefix) => scopes.map((scope) => `${prefix}:${scope}`));
  return { evidence: each([`ref:refs/heads/${repository.defaultBranch}`]), containment: each(places) };
}
