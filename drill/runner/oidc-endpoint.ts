import { randomBytes } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/**
 * The endpoint behind ACTIONS_ID_TOKEN_REQUEST_URL, on loopback.
 * https://docs.github.com/en/actions/reference/security/oidc#methods-for-requesting-the-oidc-token
 */
export class OidcEndpoint {
  readonly #mint: (jobId: number, audience: string) => string;
  readonly #defaultAudience: string;
  readonly #jobs = new Map<string, number>();
  #server: Promise<Server> | null = null;

  /** `mint` signs a token for a job; `owner` names the default audience. */
  constructor(mint: (jobId: number, audience: string) => string, defaultAudience: string) {
    this.#mint = mint;
    this.#defaultAudience = defaultAudience;
  }

  /** What a job with `id-token: write` gets to ask for its tokens. The request token is a secret. */
  async open(jobId: number): Promise<{ url: string; token: string }> {
    this.#server ??= this.#listen();
    const { port } = (await this.#server).address() as AddressInfo;
    const token = randomBytes(24).toString("base64url");
    this.#jobs.set(token, jobId);
    return { url: `http://127.0.0.1:${port}/idtoken?api-version=2.0`, token };
  }

  revoke(token: string): void {
    this.#jobs.delete(token);
  }

  async close(): Promise<void> {
    const server = await this.#server;
    server?.closeAllConnections();
    server?.close();
  }

  #listen(): Promise<Server> {
    return new Promise((resolve, reject) => {
      const server = createServer((request, response) => this.#answer(request, response));
      server.once("error", reject);
      server.listen(0, "127.0.0.1", () => resolve(server));
    });
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    const bearer = /^bearer (.+)$/i.exec(request.headers.authorization ?? "")?.[1];
    const jobId = bearer === undefined ? undefined : this.#jobs.get(bearer);
    if (jobId === undefined) {
      send(response, 401, { message: "Bad credentials" });
      return;
    }
    const audience = new URL(request.url ?? "/", "http://127.0.0.1").searchParams.get("audience");
    try {
      const value = this.#mint(jobId, audience ?? this.#defaultAudience);
      send(response, 200, { count: value.length, value });
    } catch (error) {
      send(response, 500, { message: error instanceof Error ? error.message : String(error) });
    }
  }
}

function send(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
}
