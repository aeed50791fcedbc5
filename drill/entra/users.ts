/** The users of the simulated tenant, and how Microsoft Graph reads and changes them. */
import type { SimClock } from "../contracts.ts";
import { GraphRefusal, TokenRefusal } from "./errors.ts";

export interface EntraUser {
  id: string;
  userPrincipalName: string;
  displayName: string;
  accountEnabled: boolean;
  userType: "Member" | "Guest";
  /** Kept in an Active Directory of the organisation's own. */
  onPremisesSyncEnabled: boolean | null;
  /** Milliseconds since the epoch; Graph has whole seconds. */
  signInSessionsValidFrom: number;
}

/** What an application has to be granted for each operation: one of these. https://learn.microsoft.com/graph/permissions-reference */
const GRANTS: Readonly<Record<string, readonly string[]>> = {
  "users/get": ["User.Read.All", "User.ReadWrite.All", "Directory.Read.All", "Directory.ReadWrite.All"],
  "users/update": ["User.EnableDisableAccount.All", "User.ReadWrite.All", "Directory.ReadWrite.All"],
  "users/revokeSignInSessions": ["User.RevokeSessions.All"],
};

const SELECTABLE = [
  "id",
  "userPrincipalName",
  "displayName",
  "accountEnabled",
  "userType",
  "onPremisesSyncEnabled",
  "signInSessionsValidFromDateTime",
] as const;

/** What Graph gives of these without being asked. https://learn.microsoft.com/graph/api/user-get */
const BY_DEFAULT = ["id", "userPrincipalName", "displayName"];

export interface UsersOptions {
  clock: SimClock;
  users: readonly EntraUser[];
  /** Simulated milliseconds until a change is read: the directory's replicas lag. */
  lagMs?: number;
}

export class Users {
  readonly #clock: SimClock;
  readonly #lagMs: number;
  /** Every state of each user with when it began, the oldest first. */
  readonly #states: Map<string, { at: number; user: EntraUser }[]>;

  constructor({ clock, users, lagMs = 0 }: UsersOptions) {
    this.#clock = clock;
    this.#lagMs = lagMs;
    this.#states = new Map(users.map((user) => [user.id, [{ at: 0, user }]]));
  }

  /** The operation of a request that is about users; null for any other. */
  static operation(method: string | undefined, pathname: string): string | null {
    if (/^\/v1\.0\/users\/[^/]+$/.test(pathname)) {
      if (method === "GET") return "users/get";
      if (method === "PATCH") return "users/update";
    }
    const revokes = method === "POST" && /^\/v1\.0\/users\/[^/]+\/revokeSignInSessions$/.test(pathname);
    return revokes ? "users/revokeSignInSessions" : null;
  }

  /** The answer's body; null for 204. Throws `GraphRefusal`. */
  handle(operation: string, url: URL, body: string, grants: readonly string[]): object | null {
    if (!GRANTS[operation]?.some((one) => grants.includes(one))) {
      throw new GraphRefusal(
        403,
        "Authorization_RequestDenied",
        "Insufficient privileges to complete the operation.",
      );
    }
    const name = decodeURIComponent(url.pathname.split("/")[3] ?? "");
    const read = operation === "users/get";
    const user = this.find(name, read ? this.#clock.now() - this.#lagMs : this.#clock.now());
    if (!user) {
      throw new GraphRefusal(
        404,
        "Request_ResourceNotFound",
        `Resource '${name}' does not exist or one of its queried reference-property objects are not present.`,
      );
    }
    if (read) return onWire(user, url);
    if (operation === "users/update") return this.#update(user, body);
    // External users sign in through their home tenant: https://learn.microsoft.com/graph/api/user-revokesigninsessions
    if (user.userType === "Member") this.change(user.id, { signInSessionsValidFrom: this.#clock.now() });
    return { value: true };
  }

  /** By object id or user principal name, as it is, or as it was shown at a moment. */
  find(idOrName: string, at = this.#clock.now()): EntraUser | undefined {
    const wanted = idOrName.toLowerCase();
    for (const states of this.#states.values()) {
      const user = states.findLast((state) => state.at <= at)?.user;
      if (user && [user.id, user.userPrincipalName].some((one) => one.toLowerCase() === wanted)) return user;
    }
    return undefined;
  }

  change(id: string, change: Partial<EntraUser>): void {
    const states = this.#states.get(id);
    const newest = states?.at(-1);
    if (!states || !newest) throw new Error(`the tenant has no user ${id}`);
    states.push({ at: this.#clock.now(), user: { ...newest.user, ...change } });
  }

  /**
   * Somebody redeems a refresh token of a session that began at a moment, or signs in anew. Throws `TokenRefusal`
   * (https://learn.microsoft.com/entra/identity-platform/reference-error-codes).
   */
  signIn(idOrName: string, begunAt: number): void {
    const user = this.find(idOrName);
    if (!user) throw new TokenRefusal(400, "invalid_grant", 50_034, "The user account does not exist.");
    if (!user.accountEnabled)
      throw new TokenRefusal(400, "invalid_grant", 50_057, "The user account is disabled.");
    if (begunAt < wholeSeconds(user.signInSessionsValidFrom)) {
      const message = "The provided grant has expired due to it being revoked, a fresh auth token is needed.";
      throw new TokenRefusal(400, "invalid_grant", 50_173, message);
    }
  }

  /** Every user as it is now, for a drill's folder. */
  state(): object[] {
    return [...this.#states.values()].flatMap((states) => {
      const user = states.at(-1)?.user;
      return user ? [shown(user)] : [];
    });
  }

  /** How often each user was changed since it was seeded. */
  changes(id: string): number {
    return (this.#states.get(id)?.length ?? 1) - 1;
  }

  #update(user: EntraUser, body: string): null {
    const { accountEnabled, ...others } = JSON.parse(body) as Record<string, unknown>;
    if (typeof accountEnabled !== "boolean" || Object.keys(others).length > 0) {
      throw new GraphRefusal(
        403,
        "Authorization_RequestDenied",
        "Insufficient privileges to complete the operation.",
      );
    }
    if (user.onPremisesSyncEnabled) {
      throw new GraphRefusal(
        400,
        "Request_BadRequest",
        "Unable to update the specified properties for on-premises mastered Directory Sync objects or objects currently undergoing migration.",
      );
    }
    this.change(user.id, { accountEnabled });
    return null;
  }
}

function onWire(user: EntraUser, url: URL): object {
  const unknown = [...url.searchParams.keys()].find((name) => name !== "$select");
  if (unknown !== undefined)
    throw new GraphRefusal(400, "BadRequest", `Query option '${unknown}' is not allowed.`);
  const wanted = url.searchParams.get("$select")?.split(",") ?? BY_DEFAULT;
  const wrong = wanted.find((name) => !SELECTABLE.some((one) => one === name));
  if (wrong !== undefined) {
    throw new GraphRefusal(
      400,
      "BadRequest",
      `Parsing OData Select and Expand failed: Could not find a property named '${wrong}' on type 'microsoft.graph.user'.`,
    );
  }
  const all = shown(user);
  return Object.fromEntries(wanted.map((name) => [name, all[name]]));
}

function shown({ signInSessionsValidFrom, ...user }: EntraUser): Record<string, unknown> {
  const at = new Date(wholeSeconds(signInSessionsValidFrom)).toISOString();
  return { ...user, signInSessionsValidFromDateTime: `${at.slice(0, 19)}Z` };
}

function wholeSeconds(ms: number): number {
  return Math.floor(ms / 1000) * 1000;
}
