import { GraphError } from "../graph-error.ts";
import type { Clock, Graph, GraphApplication, Log } from "../ports.ts";
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
const FIRST_WAIT_MS = 1000;
const LONGEST_WAIT_MS = 60_000;
/** Graph has named minutes; an hour would outlive the job's other credentials. */
const LONGEST_RETRY_AFTER_MS = 10 * 60_000;
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

  async get(pathOrLink: string): Promise<unknown> {
    const { graph } = this.#options.cloud;
    const url = new URL(pathOrLink, graph);
    // A link to elsewhere would carry the token there.
    if (url.origin !== graph)
      throw new GraphError(0, "", `Microsoft Graph answered with a link to ${url.host}`);
    return this.#patiently(`GET ${url.pathname}`, async () => {
      const token = await this.#accessToken();
      const answer = await fetch(url, {
        headers: { authorization: `Bearer ${token.value}`, accept: "application/json" },
        redirect: "error",
        signal: AbortSignal.timeout(ANSWER_WITHIN_MS),
      });
      if (answer.status === 401 && this.#token === token) this.#token = undefined;
      return answer;
    });
  }

  async #accessToken(): Promise<Token> {
    const { clock } = this.#options;
    if (this.#token && this.#token.renewAt > clock.now().getTime()) return this.#token;
    this.#token = await this.#exchange();
    return this.#token;
  }

  async #exchange(): Promise<Token> {
    const { cloud, clock, log, identityToken } = this.#options;
    const { tenant, clientId } = this.#application;
    const url = `${cloud.authority}/${encodeURIComponent(tenant)}/oauth2/v2.0/token`;
    const answer = await this.#patiently(`POST ${new URL(url).pathname}`, async () => {
      const assertion = await identityToken(AUDIENCE).catch((cause: unknown) => {
        throw new GraphError(403, "no-identity-token", "GitHub gave this job no identity token", { cause });
      });
      log.mask(assertion);
      return fetch(url, {
        method: "POST",
        body: new URLSearchParams({
          client_id: clientId,
          scope: `${cloud.graph}/.default`,
          grant_type: "client_credentials",
          client_assertion_type: ASSERTION_TYPE,
          client_assertion: assertion,
        }),
        redirect: "error",
        signal: AbortSignal.timeout(ANSWER_WITHIN_MS),
      });
    });
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
   * (https://learn.microsoft.com/graph/throttling), and after failures that pass; once more after a 401.
   */
  async #patiently(what: string, ask: () => Promise<Response>): Promise<unknown> {
    const { clock } = this.#options;
    let unauthorised = 0;
    for (let attempt = 1; ; attempt += 1) {
      let failure: GraphError;
      let retryAfter: string | null = null;
      try {
        const answer = await ask();
        if (answer.ok) return await answer.json();
        failure = await errorOf(answer, what);
        retryAfter = answer.headers.get("retry-after");
      } catch (error) {
        // What a token exchange inside has thrown was patient already.
        if (error instanceof GraphError) throw error;
        failure = new GraphError(0, "", `${what}: ${reasonOf(error)}`, { cause: error });
      }
      if (failure.status === 401) unauthorised += 1;
      const again = failure.status === 401 ? unauthorised === 1 && what.startsWith("GET ") : !failure.refused;
      if (!again || attempt >= TRIES) throw failure;
      await clock.sleep(waitMs(retryAfter, attempt, clock.now().getTime()));
    }
  }
}

/** Graph says `{ error: { code, message } }`, the token endpoint `{ error, error_description, error_codes }`. */
async function errorOf(answer: Response, what: string): Promise<GraphError> {
  const body: unknown = await answer.json().catch(() => null);
  const {
    error,
    error_description: description,
    error_codes: codes,
  } = (body ?? {}) as Record<string, unknown>;
  const inner = (typeof error === "object" && error !== null ? error : {}) as Record<string, unknown>;
  const numbered = Array.isArray(codes) && codes.length > 0 ? `AADSTS${String(codes[0])}` : error;
  const code = typeof inner.code === "string" ? inner.code : typeof numbered === "string" ? numbered : "";
  const message = typeof inner.message === "string" ? inner.message : description;
  const said = typeof message === "string" ? (message.split(/\r?\n/, 1)[0] ?? "") : "";
  return new GraphError(
    answer.status,
    code,
    `${what}: ${answer.status} ${code}: ${withoutTokens(said)}`.slice(0, 600),
  );
}

/** No error text repeats what looks like a token, whoever wrote it. */
function withoutTokens(text: string): string {
  return text.replace(/[\w-]{10,}\.[\w-]{10,}\.[\w-]*/g, "***");
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause as { code?: unknown } | undefined;
  return typeof cause?.code === "string" ? cause.code : error.message;
}

/** How long to wait: `Retry-After` in seconds or as a date, else longer each time. */
function waitMs(retryAfter: string | null, attempt: number, now: number): number {
  const seconds = retryAfter === null ? Number.NaN : Number(retryAfter);
  const asked = Number.isNaN(seconds) ? Date.parse(retryAfter ?? "") - now : seconds * 1000;
  if (asked >= 0) return Math.min(asked, LONGEST_RETRY_AFTER_MS);
  return Math.min(FIRST_WAIT_MS * 2 ** (attempt - 1), LONGEST_WAIT_MS) * (0.5 + Math.random() / 2);
}
