/** The tenant's token endpoint: access tokens for GitHub's OIDC tokens, by workload identity federation. */
import { randomBytes } from "node:crypto";
import type { SimClock } from "../contracts.ts";
import { type OidcClaims, OidcError, type OidcIssuer } from "../oidc.ts";
import type { Applications } from "./applications.ts";
import { GraphRefusal, TokenRefusal } from "./errors.ts";

const AUDIENCE = "api://AzureADTokenExchange";
const LIFETIME_SECONDS = 3599;

/** An application of the tenant with its federated credential and what an administrator has granted it. */
export interface EntraApplication {
  tenant: string;
  clientId: string;
  /** `sub` claims that its federated credentials accept, exactly: Entra knows no wildcards there. */
  subjects: readonly string[];
  /** Application permissions of Microsoft Graph, such as `AuditLog.Read.All`. */
  grants: readonly string[];
}

export interface Caller {
  clientId: string;
  grants: readonly string[];
  /** The workflow job that exchanged its token. */
  job: string | null;
}

export interface TokensOptions {
  clock: SimClock;
  oidc: OidcIssuer;
  /** Applications with a federated credential. */
  federated: readonly EntraApplication[];
  /** Applications with client secrets. */
  withSecrets: Applications;
  /** The address of the Graph that the scopes are of. */
  graph: () => string;
}

export class Tokens {
  readonly #clock: SimClock;
  readonly #oidc: OidcIssuer;
  readonly #applications: readonly EntraApplication[];
  readonly #withSecrets: Applications;
  /** Scopes are of the Graph that answers at this address. */
  readonly #graph: () => string;
  readonly #issued = new Map<string, Caller & { expiresAt: number }>();

  constructor({ clock, oidc, federated, withSecrets, graph }: TokensOptions) {
    this.#clock = clock;
    this.#oidc = oidc;
    this.#applications = federated;
    this.#withSecrets = withSecrets;
    this.#graph = graph;
  }

  /** The answer of `POST /{tenant}/oauth2/v2.0/token`. Throws `TokenRefusal`. */
  exchange(tenant: string, form: URLSearchParams): { caller: Caller; body: object } {
    if (!this.#applications.some((application) => application.tenant === tenant)) {
      throw new TokenRefusal(400, "invalid_request", 90_002, `Tenant '${tenant}' not found.`);
    }
    if (form.get("grant_type") !== "client_credentials") {
      throw new TokenRefusal(
        400,
        "unsupported_grant_type",
        70_003,
        "The app requested an unsupported grant type.",
      );
    }
    const clientId = form.get("client_id") ?? "";
    const application = this.#applications.find((one) => one.tenant === tenant && one.clientId === clientId);
    const withSecrets = this.#withSecrets.has(tenant, clientId);
    if (!application && !withSecrets) {
      const message = `Application with identifier '${clientId}' was not found in the directory.`;
      throw new TokenRefusal(400, "unauthorized_client", 700_016, message);
    }
    if (form.get("scope") !== `${this.#graph()}/.default`) {
      throw new TokenRefusal(
        400,
        "invalid_scope",
        70_011,
        `The provided value for scope ${form.get("scope")} is not valid.`,
      );
    }
    const secret = form.get("client_secret");
    if (withSecrets && secret !== null) {
      this.#withSecrets.signIn(tenant, clientId, secret);
      return this.#issue({ clientId, grants: [], job: null });
    }
    if (
      !application ||
      form.get("client_assertion_type") !== "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
    ) {
      throw new TokenRefusal(
        401,
        "invalid_client",
        7_000_218,
        "The request body must contain 'client_assertion' or 'client_secret'.",
      );
    }
    const { grants, subjects } = application;
    const claims = this.#verified(form.get("client_assertion") ?? "");
    if (claims.aud !== AUDIENCE) {
      const message = `No matching federated identity record found for presented assertion audience '${String(claims.aud)}'.`;
      throw new TokenRefusal(401, "invalid_client", 700_212, message);
    }
    if (!subjects.includes(String(claims.sub))) {
      const message = `No matching federated identity record found for presented assertion subject '${String(claims.sub)}'.`;
      throw new TokenRefusal(401, "invalid_client", 700_213, message);
    }
    const job = typeof claims.job_workflow_job === "string" ? claims.job_workflow_job : null;
    return this.#issue({ clientId, grants, job });
  }

  #issue(caller: Caller): { caller: Caller; body: object } {
    const token = `drill.${randomBytes(30).toString("base64url")}.${randomBytes(30).toString("base64url")}`;
    this.#issued.set(token, { ...caller, expiresAt: this.#clock.now() + LIFETIME_SECONDS * 1000 });
    return {
      caller,
      body: {
        token_type: "Bearer",
        expires_in: LIFETIME_SECONDS,
        ext_expires_in: LIFETIME_SECONDS,
        access_token: token,
      },
    };
  }

  /** Who holds a token. Throws `GraphRefusal` for an unknown or an expired one. */
  caller(authorization: string | undefined): Caller {
    const found = this.#issued.get(/^Bearer (.+)$/.exec(authorization ?? "")?.[1] ?? "");
    if (!found)
      throw new GraphRefusal(401, "InvalidAuthenticationToken", "Access token is empty or invalid.");
    if (found.expiresAt <= this.#clock.now()) {
      throw new GraphRefusal(
        401,
        "InvalidAuthenticationToken",
        "Lifetime validation failed, the token is expired.",
      );
    }
    return found;
  }

  /** Every token that was issued. */
  all(): string[] {
    return [...this.#issued.keys()];
  }

  /** Makes every token that is out there worthless, as a revocation does. */
  revokeAll(): void {
    this.#issued.clear();
  }

  #verified(assertion: string): OidcClaims {
    try {
      return this.#oidc.verify(assertion, this.#clock.now());
    } catch (cause) {
      if (!(cause instanceof OidcError)) throw cause;
      const number = cause.expired ? 700_024 : 50_027;
      throw new TokenRefusal(
        401,
        "invalid_client",
        number,
        `Client assertion is not valid: ${cause.message}.`,
      );
    }
  }
}
