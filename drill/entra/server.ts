/** The simulated Microsoft Entra ID: its token endpoint and the sign-ins in Microsoft Graph, on loopback. */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { CallSink, FaultPicker, SimClock } from "../contracts.ts";
import type { OidcIssuer } from "../oidc.ts";
import { GraphRefusal, TokenRefusal } from "./errors.ts";
import { signInFilter } from "./filter.ts";
import { onWire, type SignIn } from "./sign-ins.ts";
import { type Caller, type EntraApplication, Tokens } from "./tokens.ts";

const LARGEST_PAGE = 1000;

export interface EntraOptions {
  clock: SimClock;
  calls: CallSink;
  oidc: OidcIssuer;
  application: EntraApplication;
  signIns: readonly SignIn[];
  /** False: the tenant has neither P1 nor P2, and Graph gives no sign-ins. True when absent. */
  licensed?: boolean;
  /** Simulated milliseconds until a sign-in is shown. */
  delayMs?: number;
  /** Sign-ins in a page, where the caller asks for more. Graph: 1,000. */
  pageSize?: number;
  faults?: FaultPicker;
  latencyMs?: number;
}

export interface SimulatedEntra {
  /** For AZURE_AUTHORITY_HOST and MICROSOFT_GRAPH_ENDPOINT alike. */
  readonly url: string;
  readonly tokens: Tokens;
  close(): Promise<void>;
}

interface Exchange {
  request: IncomingMessage;
  url: URL;
  operation: string;
  caller: Caller | null;
}

/** Starts the endpoint on a free port of 127.0.0.1. */
export async function createEntra(options: EntraOptions): Promise<SimulatedEntra> {
  let url = "";
  const tokens = new Tokens(options.clock, options.oidc, options.application, () => url);
  const signIns = [...options.signIns].sort((a, b) => b.createdAt - a.createdAt);
  const server = createServer((request, response) => {
    serve({ ...options, signIns }, tokens, url, request, response).catch((error: unknown) => {
      process.stderr.write(`simulated Entra: ${String(error)}\n`);
      response.destroy();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url,
    tokens,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function serve(
  options: EntraOptions,
  tokens: Tokens,
  base: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { clock, faults, latencyMs = 0 } = options;
  const url = new URL(request.url ?? "/", base);
  const exchange: Exchange = { request, url, operation: operationOf(request, url), caller: null };
  const fault = faults?.next(
    "entra",
    exchange.operation,
    `${url.pathname}?${url.searchParams.get("$filter") ?? ""}`,
  );
  await clock.sleep(latencyMs + (fault?.kind === "slow" ? (fault.delayMs ?? 0) : 0));
  let answer: { status: number; body: object; headers?: Readonly<Record<string, string>> };
  let error: string | null = null;
  try {
    if (fault?.kind === "throttle")
      throw new GraphRefusal(429, "TooManyRequests", "Please retry again later.", { "retry-after": "10" });
    if (fault?.kind === "server-error")
      throw new GraphRefusal(503, "ServiceUnavailable", "Service unavailable.");
    if (fault?.kind === "deny") throw missingGrant();
    const body = await readBody(request);
    answer = { status: 200, body: handle(options, tokens, base, exchange, body) };
  } catch (cause) {
    if (cause instanceof GraphRefusal) {
      error = cause.code;
      answer = { status: cause.status, body: cause.body(), headers: cause.headers };
    } else if (cause instanceof TokenRefusal) {
      error = `AADSTS${cause.number}`;
      answer = { status: cause.status, body: cause.body() };
    } else throw cause;
  }
  const dropped = fault?.kind === "drop";
  options.calls.append({
    at: new Date(clock.now()).toISOString(),
    service: "entra",
    operation: exchange.operation,
    principal: exchange.caller?.clientId ?? "anonymous",
    job: exchange.caller?.job ?? null,
    resource: url.pathname,
    status: dropped ? 0 : answer.status,
    error: dropped ? "ConnectionDropped" : error,
  });
  if (dropped) request.socket.destroy();
  else
    response
      .writeHead(answer.status, { "content-type": "application/json", ...answer.headers })
      .end(JSON.stringify(answer.body));
}

function operationOf({ method }: IncomingMessage, { pathname }: URL): string {
  if (method === "POST" && /^\/[^/]+\/oauth2\/v2\.0\/token$/.test(pathname)) return "token";
  if (method === "GET" && /^\/(v1\.0|beta)\/auditLogs\/signIns$/.test(pathname))
    return "auditLogs/listSignIns";
  return `${method} ${pathname}`;
}

function handle(
  options: EntraOptions,
  tokens: Tokens,
  base: string,
  exchange: Exchange,
  body: string,
): object {
  const { request, url, operation } = exchange;
  if (operation === "token") {
    const { caller, body: answer } = tokens.exchange(
      url.pathname.split("/")[1] ?? "",
      new URLSearchParams(body),
    );
    exchange.caller = caller;
    return answer;
  }
  const caller = tokens.caller(request.headers.authorization);
  exchange.caller = caller;
  if (operation !== "auditLogs/listSignIns") {
    throw new GraphRefusal(
      501,
      "NotImplemented",
      `The simulated Microsoft Graph does not implement ${operation}.`,
    );
  }
  if (!caller.grants.includes("AuditLog.Read.All")) throw missingGrant();
  if (options.licensed === false) {
    throw new GraphRefusal(
      403,
      "Authentication_RequestFromNonPremiumTenantOrB2CTenant",
      "Neither tenant is B2C or tenant doesn't have premium license",
    );
  }
  return listSignIns(options, base, url);
}

function missingGrant(): GraphRefusal {
  return new GraphRefusal(
    403,
    "Authentication_MSGraphPermissionMissing",
    "The principal does not have required Microsoft Graph permission(s): AuditLog.Read.All to call this API.",
  );
}

const PARAMETERS = new Set(["$filter", "$top", "$skiptoken"]);

function listSignIns(
  { clock, signIns, delayMs = 0, pageSize = LARGEST_PAGE }: EntraOptions,
  base: string,
  url: URL,
): object {
  const unknown = [...url.searchParams.keys()].find((name) => !PARAMETERS.has(name));
  if (unknown !== undefined)
    throw new GraphRefusal(400, "BadRequest", `Query option '${unknown}' is not allowed.`);
  const version = url.pathname.startsWith("/beta/") ? "beta" : "v1.0";
  const matches = signInFilter(url.searchParams.get("$filter"), version);
  const asked = Number(url.searchParams.get("$top") ?? LARGEST_PAGE);
  if (!Number.isInteger(asked) || asked < 1 || asked > LARGEST_PAGE) {
    throw new GraphRefusal(
      400,
      "BadRequest",
      "Invalid page size specified. Must be between 1 and 1000 inclusive.",
    );
  }
  const shown = signIns.filter((signIn) => signIn.createdAt + delayMs <= clock.now() && matches(signIn));
  // By the last one of the page before, so that nothing is skipped when newer ones appear meanwhile.
  const after = url.searchParams.get("$skiptoken");
  const last =
    after === null ? -1 : shown.findIndex(({ id }) => id === Buffer.from(after, "base64url").toString());
  if (after !== null && last < 0) throw new GraphRefusal(400, "BadRequest", "Skip token is invalid.");
  const page = shown.slice(last + 1, last + 1 + Math.min(asked, pageSize));
  const next = new URL(url.pathname + url.search, base);
  next.searchParams.set("$skiptoken", Buffer.from(page.at(-1)?.id ?? "").toString("base64url"));
  return {
    "@odata.context": `${base}/${version}/$metadata#auditLogs/signIns`,
    ...(last + 1 + page.length < shown.length ? { "@odata.nextLink": next.href } : {}),
    value: page.map((signIn) => onWire(signIn, version)),
  };
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString("utf8");
}
