/** The organization, its teams, and what people may do in the repository. */
import { type ApiRequest, type Handler, textIn } from "../api.ts";
import { notFound } from "../errors.ts";
import type { Team } from "../people.ts";
import type { OperationId } from "../permissions.ts";
import { simpleUser } from "../present-people.ts";
import { fullTeam, organization } from "../present-teams.ts";
import type { World } from "../world.ts";

function teamIn(request: ApiRequest, world: World): Team {
  requireOwner(request, world);
  const found = world.people.team(textIn(request, "team_slug"));
  if (found === undefined) throw notFound();
  return found;
}

function requireOwner(request: ApiRequest, { people }: World): void {
  if (textIn(request, "org").toLowerCase() !== people.owner.login.toLowerCase()) throw notFound();
}

export const teamOperations = {
  "orgs/get": (request, world) => {
    requireOwner(request, world);
    const ownerAsks = (world.seed.organizationOwners ?? []).includes(request.caller.login);
    return { status: 200, json: organization(world, ownerAsks) };
  },
  "teams/get-by-name": (request, world) => ({ status: 200, json: fullTeam(world, teamIn(request, world)) }),
  "teams/check-permissions-for-repo-in-org": (request, world) => {
    const { owner } = world.people;
    const ours = textIn(request, "org").toLowerCase() === owner.login.toLowerCase();
    const team = ours ? world.people.team(textIn(request, "team_slug")) : undefined;
    // This 404 has no body.
    return { status: team?.role == null ? 404 : 204 };
  },
  "repos/get-collaborator-permission-level": (request, world) => {
    const account = world.people.find(textIn(request, "username"));
    if (account === undefined) throw notFound();
    const role = account.role ?? "none";
    const base = { maintain: "write", triage: "read" }[role as string] ?? role;
    const user = { ...simpleUser(world, account), role_name: role };
    return { status: 200, json: { permission: base, role_name: role, user } };
  },
} satisfies Partial<Record<OperationId, Handler>>;
