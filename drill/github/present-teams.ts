/** Teams and the organization as GitHub's REST API presents them. */
import type { Team } from "./people.ts";
import { iso, nodeId } from "./present-people.ts";
import type { JsonObject } from "./types.ts";
import type { World } from "./world.ts";

const ROLE_NAMES = { read: "pull", triage: "triage", write: "push", maintain: "maintain", admin: "admin" };

/** The short form that reviewers of an environment carry. */
export function team({ people, urls }: World, it: Team): JsonObject {
  const url = `${urls.api}/organizations/${people.owner.id}/team/${it.id}`;
  return {
    id: it.id,
    node_id: nodeId("T", it.id),
    name: it.slug,
    slug: it.slug,
    description: null,
    privacy: "closed",
    permission: ROLE_NAMES[it.role ?? "read"],
    url,
    html_url: `${urls.server}/orgs/${people.owner.login}/teams/${it.slug}`,
    members_url: `${url}/members{/member}`,
    repositories_url: `${url}/repos`,
    type: "organization",
    parent: null,
  };
}

export function fullTeam(world: World, it: Team): JsonObject {
  return {
    ...team(world, it),
    created_at: iso(0),
    updated_at: iso(0),
    members_count: it.members.length,
    repos_count: it.role === null ? 0 : 1,
    organization: organization(world, false),
  };
}

/** With the plan for those who own the organization. */
export function organization({ people, urls, seed }: World, ownerAsks: boolean): JsonObject {
  const { login, id } = people.owner;
  const url = `${urls.api}/orgs/${login}`;
  const plan = { name: seed.plan ?? "enterprise", space: 976_562_499, private_repos: 999_999 };
  return {
    login,
    id,
    node_id: nodeId("O", id),
    url,
    repos_url: `${url}/repos`,
    events_url: `${url}/events`,
    hooks_url: `${url}/hooks`,
    issues_url: `${url}/issues`,
    members_url: `${url}/members{/member}`,
    public_members_url: `${url}/public_members{/member}`,
    avatar_url: `${urls.server}/avatars/u/${id}`,
    description: null,
    html_url: `${urls.server}/${login}`,
    has_organization_projects: false,
    has_repository_projects: false,
    public_repos: 0,
    public_gists: 0,
    followers: 0,
    following: 0,
    type: "Organization",
    created_at: iso(0),
    updated_at: iso(0),
    archived_at: null,
    ...(ownerAsks ? { plan } : {}),
  };
}
