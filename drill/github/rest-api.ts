/** The REST endpoint: takes each request through the same stations and answers in GitHub's form. */
import { createHash, randomUUID } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { CallSink, FaultPicker, FaultRule } from "../contracts.ts";
import type { ApiReply } from "./api.ts";
import { API_VERSION, applyFault, authorize, ConnectionDropped, checkHeaders } from "./checks.ts";
import { GitHubError, notFound, notSimulated } from "./errors.ts";
import { docsOf, type Match, matchOperation, OpenApi } from "./openapi.ts";
import { OPERATIONS } from "./operations/index.ts";
import { acceptedPermissions } from "./permissions.ts";
import { RateLimits } from "./rate-limits.ts";
import { readJson, requestUrl } from "./request.ts";
import type { Caller } from "./types.ts";
import type { World } from "./world.ts";

export interface RestApiOptions {
  calls: CallSink;
  faults?: FaultPicker;
  /** Added to every call, in simulated milliseconds. */
  latencyMs?: number;
}

/** One request on its way. */
interface Exchange {
  request: IncomingMessage;
  url: URL;
  match: Match | null;
  caller: Caller | null;
  fault: FaultRule | null;
}

interface Wire {
  status: number;
  headers: Record<string, string>;
  body: Buffer;
  error: string | null;
}

const NOT_SENT = Buffer.alloc(0);

export class RestApi {
  /** Responses that do not fit GitHub's description: defects of the simulator, for its tests to find. */
  readonly defects: string[] = [];
  readonly #world: World;
  readonly #options: RestApiOptions;
  readonly #openapi = new OpenApi();
  readonly #limits: RateLimits;

  constructor(world: World, options: RestApiOptions) {
    this.#world = world;
    this.#options = options;
    this.#limits = new RateLimits(world.clock);
  }

  async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { clock, urls } = this.#world;
    const exchange: Exchange = {
      request,
      url: requestUrl(urls.api, request),
      match: null,
      caller: null,
      fault: null,
    };
    const wire = await this.#run(exchange);
    this.#record(exchange, wire);
    if (wire.status === 0) {
      request.socket.destroy();
      return;
    }
    const date = new Date(clock.now()).toUTCString();
    response.writeHead(wire.status, { ...this.#headers(exchange), ...wire.headers, date });
    response.end(wire.body);
  }

  async #run(exchange: Exchange): Promise<Wire> {
    const { faults, latencyMs = 0 } = this.#options;
    try {
      exchange.match = this.#match(exchange);
      const { operation } = exchange.match;
      exchange.fault = faults?.next("github", operation, exchange.url.pathname) ?? null;
      const slow = exchange.fault?.kind === "slow" ? (exchange.fault.delayMs ?? 0) : 0;
      if (latencyMs + slow > 0) await this.#world.clock.sleep(latencyMs + slow);
      const wire = this.#success(exchange, await this.#handle(exchange, exchange.match));
      if (exchange.fault?.kind === "drop") return dropped("AnswerLost");
      return wire;
    } catch (cause) {
      return this.#failure(exchange, cause);
    }
  }

  #match({ request, url }: Exchange): Match {
    const { seed } = this.#world;
    const alias = `/repositories/${seed.repositoryId}`;
    const path = url.pathname.startsWith(`${alias}/`)
      ? `/repos/${seed.repository}${url.pathname.slice(alias.length)}`
      : url.pathname;
    const match = tryMatch(request.method ?? "GET", path);
    if (match === null) throw notSimulated(`${request.method} ${path}`);
    return match;
  }

  async #handle(exchange: Exchange, { operation, path }: Match): Promise<ApiReply> {
    const { request, url, fault } = exchange;
    checkHeaders(request);
    const caller = this.#world.tokens.resolve(request.headers.authorization);
    exchange.caller = caller;
    applyFault(fault, request.method ?? "GET");
    this.#limits.count(caller);
    this.#checkRepository(path);
    authorize(caller, operation);
    const typed = this.#openapi.parameters(operation, path, Object.fromEntries(url.searchParams));
    const body = await readJson(request);
    this.#openapi.body(operation, body);
    return OPERATIONS[operation](
      { operation, url, ...typed, body: body ?? {}, caller, accept: request.headers.accept ?? "" },
      this.#world,
    );
  }

  #checkRepository({ owner, repo }: Match["path"]): void {
    if (owner === undefined) return;
    if (`${owner}/${repo}`.toLowerCase() !== this.#world.seed.repository.toLowerCase()) throw notFound();
  }

  #success(exchange: Exchange, reply: ApiReply): Wire {
    const { match, request } = exchange;
    if (reply.raw !== undefined) {
      const headers = { ...reply.headers, "content-type": reply.raw.contentType };
      return { status: reply.status, headers, body: reply.raw.body, error: null };
    }
    const problem = match && this.#openapi.responseProblem(match.operation, reply.status, reply.json);
    if (problem) return this.#defect(problem);
    const wire = jsonWire(reply.status, reply.json, reply.headers ?? {}, null);
    if (request.method !== "GET" || reply.status !== 200) return wire;
    const etag = `W/"${createHash("sha256").update(wire.body).digest("hex")}"`;
    const headers = { ...wire.headers, etag, "cache-control": "private, max-age=60, s-maxage=60" };
    if (request.headers["if-none-match"] === etag) return { ...wire, status: 304, headers, body: NOT_SENT };
    return { ...wire, headers };
  }

  #failure({ match, request }: Exchange, cause: unknown): Wire {
    if (cause instanceof ConnectionDropped) return dropped("ConnectionDropped");
    if (!(cause instanceof GitHubError)) {
      if (!request.complete) return dropped("ClientGone");
      return this.#defect(cause instanceof Error ? (cause.stack ?? cause.message) : String(cause));
    }
    const json = {
      message: cause.message,
      ...(cause.errors ? { errors: cause.errors } : {}),
      documentation_url: cause.docs ?? (match ? docsOf(match.operation) : "https://docs.github.com/rest"),
      status: String(cause.status),
    };
    const problem = match && this.#openapi.responseProblem(match.operation, cause.status, json);
    if (problem) return this.#defect(problem);
    return jsonWire(cause.status, json, cause.headers, cause.message.split("\n")[0] ?? "");
  }

  #defect(problem: string): Wire {
    this.defects.push(problem);
    process.stderr.write(`simulated GitHub: ${problem}\n`);
    const message = `DEFECT OF THE SIMULATED GITHUB: ${problem}`;
    return jsonWire(500, { message, status: "500" }, {}, "SimulatorDefect");
  }

  #headers({ caller, match }: Exchange): Record<string, string> {
    const accepted = caller?.kind === "job" && match ? acceptedPermissions(match.operation) : "";
    return {
      server: "github.com",
      "x-github-request-id": randomUUID().toUpperCase(),
      "x-github-media-type": "github.v3; format=json",
      "x-github-api-version-selected": API_VERSION,
      ...(accepted ? { "x-accepted-github-permissions": accepted } : {}),
      ...(caller ? this.#limits.headers(caller) : {}),
    };
  }

  #record({ match, caller, url }: Exchange, { status, error }: Wire): void {
    this.#options.calls.append({
      at: new Date(this.#world.clock.now()).toISOString(),
      service: "github",
      operation: match?.operation ?? "unknown",
      principal: caller?.login ?? "anonymous",
      job: caller?.kind === "job" ? caller.jobKey : null,
      resource: url.pathname,
      status,
      error,
    });
  }
}

function tryMatch(method: string, path: string): Match | null {
  try {
    return matchOperation(method, path);
  } catch (cause) {
    if (cause instanceof URIError) throw new GitHubError(400, "Bad Request");
    throw cause;
  }
}

function dropped(error: string): Wire {
  return { status: 0, headers: {}, body: NOT_SENT, error };
}

function jsonWire(
  status: number,
  json: unknown,
  headers: Record<string, string>,
  error: string | null,
): Wire {
  if (json === undefined) return { status, headers, body: NOT_SENT, error };
  const type = { "content-type": "application/json; charset=utf-8" };
  return { status, headers: { ...headers, ...type }, body: Buffer.from(JSON.stringify(json)), error };
}
