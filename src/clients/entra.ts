import { GraphError } from "../graph-error.ts";
import type { Clock, Graph, GraphApplication, Log, SecretVerdict } from "../ports.ts";
import { errorOf, reasonOf, waitMs } from "./graph-answers.ts";
import type { MicrosoftCloud } from "./microsoft-cloud.ts";

/**
 * Microsoft Graph as an application that trusts this repository's jobs: workload identity federation, so that there is
 * no secret to keep. The job's own GitHub token is exchanged for an access token of about an hour
 * (https://learn.microsoft.com/entra/identity-platform/v2-oauth2-client-creds-grant-flow#third-case-access-token-request-with-a-federated-credential).
 */

/** https://learn.microsoft.com/entra/workload-id/workload-identity-federation-create-trust */
const AUDIENCE = "api://AzureADTokenExchange";
const ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
const TRIES = 8;
const RENEW_BEFORE_MS = 5 * 60_000;
const ANSWER_WITHIN_MS = 100_000;

export interface EntraOptions {
  cloud: MicrosoftCloud;
  clock: Clock;
  log: Log;
  /** A GitHub OIDC token of this job for an audience. */
  identityToken: (audience: string) => Promise<string>;
}

/** Graph for any application; each has one token at a time, fetched when it is first needed. */
export function createEntra(options: EntraOptions): (application: GraphApplication) => Graph {
  return (application) => new GraphClient(options, application);
}

interface Token {
  value: string;
  renewAt: number;
}

class GraphClient implements Graph {
  readonly #options: EntraOptions;
  readonly #application: GraphApplication;
  #token: Token | undefined;

  constructor(options: EntraOptions, application: GraphApplication) {
    this.#options = options;
    this.#application = application;
  }

  get(pathOrLink: string): Promise<unknown> {
    return this.#ask("GET", pathOrLink, null, true);
  }

  send(
    method: "POST" | "PATCH",
    path: string,
    body: object | null,
    { repeatable }: { repeatable: boolean },
  ): Promise<unknown> {
    return this.#ask(method, path, body, repeatable);
  }

  async #ask(method: string, pathOrLink: string, body: object | null, repeatable: boolean): Promise<unknown> {
    const { graph } = this.#options.cloud;
    const url = new URL(pathOrLink, graph);
    // A link to elsewhere would carry the token there.
    if (url.origin !== graph)
      throw new GraphError(0, "", `Microsoft Graph answered with a link to ${url.host}`);
    const ask = async () => {
      const token = await this.#accessToken();
      const answer = await fetch(url, {
        method,
        headers: {
          authorization: `Bearer ${token.value}`,
          accept: "application/json",
          ...(body === null ? {} : { "content-type": "application/json" }),
        },
        ...(body === null ? {} : { body: JSON.stringify(body) }),
        redirect: "error",
        signal: AbortSignal.timeout(ANSWER_WITHIN_MS),
      });
      if (answer.status === 401 && this.#token === token) this.#token = undefined;
      return answer;
    };
    return this.#patiently(`${method} ${url.pathname}`, ask, { renewable: true, repeatable });
  }

  async #accessToken(): Promise<Token> {
    const { clock } = this.#options;
    if (this.#token && this.#token.renewAt > clock.now().getTime()) return this.#token;
    this.#token = await this.#exchange();
    return this.#token;
  }

  async trySecret(secret: string): Promise<SecretVerdict> {
    this.#options.log.mask(secret);
    try {
      await this.#requestToken(async () => ({ client_secret: secret }));
      return { accepted: true };
    } catch (error) {
      if (!(error instanceof GraphError) || !error.refused) throw error;
      return { accepted: false, code: error.code, message: error.message };
    }
  }

  #exchange(): Promise<Token> {
    const { log, identityToken } = this.#options;
    return this.#requestToken(async () => {
      const assertion = await identityToken(AUDIENCE).catch((cause: unknown) => {
        throw new GraphError(403, "no-identity-token", "GitHub gave this job no identity token", { cause });
      });
      log.mask(assertion);
      return { client_assertion_type: ASSERTION_TYPE, client_assertion: assertion };
    });
  }

  /** @param proof what shows the application to be who it says, made anew for each try. */
  async #requestToken(proof: () => Promise<Record<string, string>>): Promise<Token> {
    const { cloud, clock, log } = this.#options;
    const { tenant, clientId } = this.#application;
    const url = `${cloud.authority}/${encodeURIComponent(tenant)}/oauth2/v2.0/token`;
    const ask = async () =>
      fetch(url, {
        method: "POST",
        body: new URLSearchParams({
          client_id: clientId,
          scope: `${cloud.graph}/.default`,
          grant_type: "client_credentials",
          ...(await proof()),
        }),
        redirect: "error",
        signal: AbortSignal.timeout(ANSWER_WITHIN_MS),
      });
    const once = { renewable: false, repeatable: true };
    const answer = await this.#patiently(`POST ${new URL(url).pathname}`, ask, once);
    const { access_token: value, expires_in: seconds } = answer as {
      access_token?: unknown;
      expires_in?: unknown;
    };
    if (typeof value !== "string" || value === "") throw new GraphError(0, "", "Entra gave no access token");
    log.mask(value);
    const lifetimeMs = (Number(seconds) || 0) * 1000;
    return { value, renewAt: clock.now().getTime() + Math.max(lifetimeMs - RENEW_BEFORE_MS, lifetimeMs / 2) };
  }

  /**
   * The JSON of the answer. Asks again after throttling, as long as `Retry-After` says
   * (https://learn.microsoft.com/graph/throttling), and after failures that pass.
   * @param renewable whether a 401 may be the access token's age: it is asked once more then, with another.
   * @param repeatable whether to ask again when nobody knows whether it was done.
   */
  async #patiently(
    what: string,
    ask: () => Promise<Response>,
    { renewable, repeatable }: { renewable: boolean; repeatable: boolean },
  ): Promise<unknown> {
    const { clock } = this.#options;
    let unauthorised = 0;
    for (let attempt = 1; ; attempt += 1) {
      let failure: GraphError;
      let retryAfter: string | null = null;
      try {
        const answer = await ask();
        if (answer.ok) return answer.status === 204 ? null : await answer.json();
        failure = await errorOf(answer, what);
        retryAfter = answer.headers.get("retry-after");
      } catch (error) {
        // What a token exchange inside has thrown was patient already.
        if (error instanceof GraphError) throw error;
        failure = new GraphError(0, "", `${what}: ${reasonOf(error)}`, { cause: error });
      }
      if (failure.status === 401) unauthorised += 1;
      const again =
        failure.status === 401
          ? renewable && unauthorised === 1
          : !failure.refused && (repeatable || failure.status === 429);
      if (!again || attempt >= TRIES) throw failure;
      await clock.sleep(waitMs(retryAfter, attempt, clock.now().getTime()));
    }
  }
}
