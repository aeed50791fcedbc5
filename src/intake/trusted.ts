import type { GitHub, RunContext } from "../ports.ts";

/**
 * https://docs.github.com/en/graphql/reference/enums#commentauthorassociation; a collaborator may be one who only reads, and
 * who conceals their membership is no member (https://github.com/actions/github-script/issues/643).
 */
const MEMBERS = ["OWNER", "MEMBER"];
const MAY_TRIAGE = ["admin", "maintain", "write", "triage"];

/** Whether this person's report declares an incident by itself: public members of the organisation, and who may at least triage. */
export async function isTrusted(
  deps: { github: GitHub; context: RunContext },
  login: string,
  association: string,
): Promise<boolean> {
  return MEMBERS.includes(association) || mayTriage(deps, login);
}

/**
 * Whether somebody has at least the role triage. `role_name` may be a role of the organisation's own; `permission` is the
 * ordinary role that it is built on, where triage counts as read
 * (https://docs.github.com/en/rest/collaborators/collaborators#get-repository-permissions-for-a-user).
 */
export async function mayTriage(
  { github, context: { owner, repo } }: { github: GitHub; context: RunContext },
  login: string,
): Promise<boolean> {
  if (!/^[A-Za-z0-9][A-Za-z0-9-]{0,38}(\[bot\])?$/.test(login)) return false;
  try {
    const { data } = await github.rest.repos.getCollaboratorPermissionLevel({ owner, repo, username: login });
    return MAY_TRIAGE.includes(data.permission) || MAY_TRIAGE.includes(data.role_name);
  } catch (error) {
    // Whoever is not known here has no role here.
    if ((error as { status?: number }).status === 404) return false;
    throw error;
  }
}
