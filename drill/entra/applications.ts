/** The mcps' applications in the simulated tenant with their client secrets, and how Microsoft Graph changes them. */
import { randomInt, randomUUID } from "node:crypto";
import type { SimClock } from "../contracts.ts";
import { GraphRefusal, TokenRefusal } from "./errors.ts";

const ALPHANUMERIC = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
const TWO_YEARS_MS = 730 * 86_400_000;
const READING = ["Application.Read.All", "Application.ReadWrite.OwnedBy", "Application.ReadWrite.All"];

/** https://learn.microsoft.com/graph/api/resources/passwordcredential */
export interface PasswordCredential {
  keyId: string;
  displayName: string | null;
  /** The first three characters; null for what was made in other ways. */
  hint: string | null;
  /** Milliseconds since the epoch. */
  start: number;
  end: number;
  secret: string;
}

export interface SecretApplication {
  tenant: string;
  id: string;
  appId: string;
  displayName: string;
  /** Client ids of the applications that own it. */
  owners: readonly string[];
  credentials: readonly PasswordCredential[];
}

interface Held extends PasswordCredential {
  addedAt: number;
  removedAt: number | null;
}

interface Caller {
  clientId: string;
  grants: readonly string[];
}

export interface ApplicationsOptions {
  clock: SimClock;
  applications: readonly SecretApplication[];
  /** Simulated milliseconds until the token endpoint knows of a secret that was made or removed. */
  propagationMs?: number;
}

export class Applications {
  readonly #clock: SimClock;
  readonly #propagationMs: number;
  readonly #applications: (Omit<SecretApplication, "credentials"> & { held: Held[] })[];

  constructor({ clock, applications, propagationMs = 0 }: ApplicationsOptions) {
    this.#clock = clock;
    this.#propagationMs = propagationMs;
    this.#applications = applications.map(({ credentials, ...application }) => ({
      ...application,
      held: credentials.map((one) => ({ ...one, addedAt: Number.NEGATIVE_INFINITY, removedAt: null })),
    }));
  }

  /** The operation of a request that is about applications; null for any other. */
  static operation(method: string | undefined, pathname: string): string | null {
    if (method === "GET" && pathname === "/v1.0/applications") return "applications/list";
    const change = /^\/v1\.0\/applications\/[^/]+\/(addPassword|removePassword)$/.exec(pathname);
    return method === "POST" && change ? `applications/${change[1]}` : null;
  }

  /** The answer's body; null for 204. Throws `GraphRefusal`. */
  handle(operation: string, url: URL, body: string, caller: Caller): object | null {
    if (operation === "applications/list") return this.#list(url, caller);
    const application = this.#owned(url.pathname.split("/")[3] ?? "", caller);
    const input = JSON.parse(body === "" ? "{}" : body) as Record<string, unknown>;
    if (operation === "applications/removePassword") return this.#remove(application.held, input.keyId);
    const { displayName, endDateTime } = (input.passwordCredential ?? {}) as Record<string, unknown>;
    const now = this.#clock.now();
    const secret = newSecret();
    const added: Held = {
      keyId: randomUUID(),
      displayName: typeof displayName === "string" ? displayName : null,
      hint: secret.slice(0, 3),
      start: now,
      end: typeof endDateTime === "string" ? Date.parse(endDateTime) : now + TWO_YEARS_MS,
      secret,
      addedAt: now,
      removedAt: null,
    };
    application.held.push(added);
    return { ...onWire(added), secretText: secret };
  }

  /** Whether the application signs in with this secret as far as the token endpoint knows. Throws `TokenRefusal`. */
  signIn(tenant: string, appId: string, secret: string): void {
    const now = this.#clock.now();
    const application = this.#find(tenant, appId);
    const known = (application?.held ?? []).filter(
      ({ addedAt, removedAt }) =>
        addedAt + this.#propagationMs <= now && (removedAt === null || now < removedAt + this.#propagationMs),
    );
    const credential = known.find((one) => one.secret === secret);
    if (!credential) {
      const message = `Invalid client secret provided. Ensure the secret being sent in the request is the client secret value, not the client secret ID, for a secret added to app '${appId}'.`;
      throw new TokenRefusal(401, "invalid_client", 7_000_215, message);
    }
    if (credential.end <= now) {
      const message = `The provided client secret keys for app '${appId}' are expired.`;
      throw new TokenRefusal(401, "invalid_client", 7_000_222, message);
    }
  }

  has(tenant: string, appId: string): boolean {
    return this.#find(tenant, appId) !== undefined;
  }

  /** What stands in the directory, without the secrets' text. */
  snapshot(): object[] {
    return this.#applications.map(({ held, ...application }) => ({
      ...application,
      passwordCredentials: held.filter(({ removedAt }) => removedAt === null).map(onWire),
    }));
  }

  /** Every text that any credential ever had. */
  secrets(): string[] {
    return this.#applications.flatMap(({ held }) => held.map(({ secret }) => secret));
  }

  /** https://learn.microsoft.com/graph/api/application-list */
  #list(url: URL, { grants }: Caller): object {
    if (!READING.some((one) => grants.includes(one))) throw denied();
    const filter = /^displayName eq '((?:[^']|'')*)'$/.exec(url.searchParams.get("$filter") ?? "");
    if (!filter) throw new GraphRefusal(400, "Request_UnsupportedQuery", "Unsupported query.");
    const wanted = (filter[1] ?? "").replaceAll("''", "'").toLowerCase();
    const found = this.#applications.filter(({ displayName }) => displayName.toLowerCase() === wanted);
    return {
      value: found.map(({ id, appId, displayName, held }) => ({
        id,
        appId,
        displayName,
        passwordCredentials: held.filter(({ removedAt }) => removedAt === null).map(onWire),
      })),
    };
  }

  /** With OwnedBy an application changes those that it owns. https://learn.microsoft.com/graph/permissions-reference */
  #owned(id: string, { clientId, grants }: Caller) {
    const all = grants.includes("Application.ReadWrite.All");
    if (!all && !grants.includes("Application.ReadWrite.OwnedBy")) throw denied();
    const found = this.#applications.find((one) => one.id === id);
    if (!found) {
      const message = `Resource '${id}' does not exist or one of its queried reference-property objects are not present.`;
      throw new GraphRefusal(404, "Request_ResourceNotFound", message);
    }
    if (!all && !found.owners.includes(clientId)) throw denied();
    return found;
  }

  #remove(held: readonly Held[], keyId: unknown): null {
    const found = held.find((one) => one.keyId === keyId && one.removedAt === null);
    if (!found) throw new GraphRefusal(400, "Request_BadRequest", "No password credential found with keyId.");
    found.removedAt = this.#clock.now();
    return null;
  }

  #find(tenant: string, appId: string) {
    return this.#applications.find((one) => one.tenant === tenant && one.appId === appId);
  }
}

function denied(): GraphRefusal {
  const message = "Insufficient privileges to complete the operation.";
  return new GraphRefusal(403, "Authorization_RequestDenied", message);
}

function onWire({ keyId, displayName, hint, start, end }: PasswordCredential): object {
  return {
    customKeyIdentifier: null,
    displayName,
    endDateTime: new Date(end).toISOString(),
    hint,
    keyId,
    secretText: null,
    startDateTime: new Date(start).toISOString(),
  };
}

/** 40 characters with `8Q~` after the third, as Entra makes them. */
function newSecret(): string {
  const characters = (set: string, length: number) =>
    Array.from({ length }, () => set[randomInt(set.length)]).join("");
  return `${characters(ALPHANUMERIC, 3)}8Q~${characters(`${ALPHANUMERIC}._~-`, 33)}${characters(ALPHANUMERIC, 1)}`;
}
