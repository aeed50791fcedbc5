import { z } from "zod";
import { FirebreakError, quoted } from "../errors.ts";
import { GraphError } from "../graph-error.ts";
import { undoCommand } from "../incident/commands.ts";
import type { Graph } from "../ports.ts";
import type { Runbook } from "../runbook/schema.ts";
import { userPrincipal } from "../runbook/user-principal.ts";
import type { LiveView, PlanWorld } from "./engine/step.ts";
import { graphOf } from "./tenant.ts";

/** What Graph gives only when it is asked for by name (https://learn.microsoft.com/graph/api/resources/user). */
const FIELDS =
  "id,userPrincipalName,displayName,accountEnabled,userType,onPremisesSyncEnabled,signInSessionsValidFromDateTime";

const userSchema = z.object({
  id: z.string().min(1),
  userPrincipalName: z.string(),
  displayName: z.string().nullish(),
  accountEnabled: z.boolean(),
  userType: z.string().nullish(),
  onPremisesSyncEnabled: z.boolean().nullish(),
  signInSessionsValidFromDateTime: z.string().nullish(),
});

/** A user of the tenant as Graph has it. */
export interface EntraUser {
  id: string;
  userPrincipalName: string;
  displayName: string;
  accountEnabled: boolean;
  guest: boolean;
  /** Kept in an Active Directory of the organisation's own, from which every sync writes it anew. */
  synced: boolean;
  /** Sessions and refresh tokens from before are invalid; ISO 8601. Null where Graph says nothing. */
  sessionsValidFrom: string | null;
}

/** Which user, for the plan and for people; nothing else of the account is in a plan's `from`. */
export interface UserName {
  userId: string;
  userPrincipalName: string;
  displayName: string;
}

export const userNameSchema = z.object({
  userId: z.string(),
  userPrincipalName: z.string(),
  displayName: z.string(),
});

/** As the ledger names a user. */
export function targetOf({ id }: Pick<EntraUser, "id">): string {
  return `entra:user/${id}`;
}

export function nameOf({ id, userPrincipalName, displayName }: EntraUser): UserName {
  return { userId: id, userPrincipalName, displayName };
}

/** The user of this object id or user principal name; null when there is none. @throws FirebreakError `graph-refused`. */
export async function readUser(graph: Graph, idOrName: string): Promise<EntraUser | null> {
  const answer = await allowed("read users", "User.Read.All", () =>
    graph.get(`/v1.0/users/${encodeURIComponent(idOrName)}?$select=${FIELDS}`).catch((error: unknown) => {
      if (error instanceof GraphError && error.status === 404) return null;
      throw error;
    }),
  );
  if (answer === null) return null;
  const user = userSchema.parse(answer);
  return {
    id: user.id,
    userPrincipalName: user.userPrincipalName,
    displayName: user.displayName ?? "",
    accountEnabled: user.accountEnabled,
    guest: user.userType === "Guest" || user.userPrincipalName.includes("#EXT#"),
    synced: user.onPremisesSyncEnabled === true,
    sessionsValidFrom: user.signInSessionsValidFromDateTime ?? null,
  };
}

/** The user of a planned step, by the object id that was planned. @throws FirebreakError `graph-refused`. */
export function liveUser(
  view: Pick<LiveView, "deps" | "runbook" | "identity">,
  from: Record<string, unknown>,
): Promise<EntraUser | null> {
  return readUser(graphOf(view), userNameSchema.parse(from).userId);
}

/**
 * The user whom the incident names, if it is one that Firebreak may block.
 * @throws FirebreakError before any changing call: `unknown-principal`, `protected-user`, `guest-user`, `synced-user`,
 *   `graph-refused`.
 */
export async function userToBlock(
  world: Pick<PlanWorld, "deps" | "runbook" | "identity">,
  principal: string | null,
): Promise<EntraUser> {
  const { value } = blockableName(principal, world.runbook);
  const user = await readUser(graphOf(world), value);
  if (!user) {
    throw new FirebreakError(
      "unknown-principal",
      `The tenant has no user ${quoted(value)}.`,
      "Look the user up in the sign-in logs, and declare the incident with the object id as principal.",
    );
  }
  const who = `${user.userPrincipalName} (${user.id})`;
  if (isProtected(user, world.runbook)) throw protectedUser(who);
  if (user.guest) {
    // https://learn.microsoft.com/graph/api/user-revokesigninsessions
    throw new FirebreakError(
      "guest-user",
      `${who} is a guest, who signs in at another tenant: Microsoft Graph does not revoke the sessions of external users.`,
      "Have the identity team block the guest in this tenant and tell the home tenant; confirm that as the manual step in the issue.",
    );
  }
  if (user.synced) {
    // https://learn.microsoft.com/entra/identity/users/users-revoke-access
    throw new FirebreakError(
      "synced-user",
      `${who} is kept in the organisation's own Active Directory: what is changed in Microsoft Entra ID is written over by the next sync, within about 30 minutes.`,
      "Have the identity team disable the account in Active Directory, sync, and revoke the sessions; confirm that as the manual step in the issue.",
    );
  }
  return user;
}

/** What is refused by the name alone. Makes no call. @throws FirebreakError `unknown-principal` or `protected-user`. */
export function blockableName(principal: string | null, runbook: Runbook): { value: string } {
  const named = principal === null ? undefined : userPrincipal(principal);
  if (!named) {
    throw new FirebreakError(
      "unknown-principal",
      principal === null
        ? "The incident names no user."
        : `The principal ${quoted(principal)} is neither the user principal name nor the object id of a user.`,
      "Declare the incident with one of them as principal.",
    );
  }
  if (isProtected({ id: named.value, userPrincipalName: named.value }, runbook))
    throw protectedUser(named.value);
  return named;
}

/** Whether the runbook keeps the user from every play. Entra does not tell names apart by case. */
export function isProtected(
  { id, userPrincipalName }: Pick<EntraUser, "id" | "userPrincipalName">,
  { containment }: Runbook,
): boolean {
  const own = [id, userPrincipalName].map((name) => name.toLowerCase());
  return (containment.protected_users ?? []).some((name) => own.includes(name.toLowerCase()));
}

function protectedUser(who: string): FirebreakError {
  return new FirebreakError(
    "protected-user",
    `${who} stands in the runbook's containment.protected_users: it is kept for emergencies.`,
    "Settle with its owners how to contain it by hand, and confirm that as the manual step in the issue.",
  );
}

/** A refusal of Graph, with the permission that is missing most likely. */
export async function allowed<Result>(
  what: string,
  permission: string,
  ask: () => Promise<Result>,
): Promise<Result> {
  try {
    return await ask();
  } catch (cause) {
    if (!(cause instanceof GraphError) || !cause.refused) throw cause;
    throw new FirebreakError(
      "graph-refused",
      `Microsoft Graph does not let this job ${what}: ${cause.message}`,
      `Check that the application has the permission ${permission}, granted by an administrator, and trusts this job (docs/setup.md); of an account with an administrator's role, that the application has a role to match. Until then have the identity team do it by hand.`,
      { cause },
    );
  }
}

/** How blocking a user is taken back, for people. */
export function howToUnblock({ incident, target }: Pick<PlanWorld, "incident" | "target">): string {
  return `${undoCommand({ id: incident, target })}, once the account is its owner's alone again`;
}
