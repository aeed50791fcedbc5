/** The simulated Microsoft Entra ID: its token endpoint and the sign-ins in Microsoft Graph, on loopback. */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { CallSink, FaultPicker, SimClock } from "../contracts.ts";
import type { OidcIssuer } from "../oidc.ts";
import { Applications, type SecretApplication } from "./applications.ts";
import { GraphRefusal, TokenRefusal } from "./errors.ts";
import { listSignIns } from "./sign-in-list.ts";
import type { SignIn } from "./sign-ins.ts";
import { type Caller, type EntraApplication, Tokens } from "./tokens.ts";
import { type EntraUser, Users } from "./users.ts";

export interface EntraOptions {
  clock: SimClock;
  calls: CallSink;
  oidc: OidcIssuer;
  application: EntraApplication;
  /** Further applications of the tenant. */
  others?: readonly EntraApplication[];
  /** Applications that sign in with client secrets; none when absent. */
  secretApplications?: readonly SecretApplication[];
  /** Simulated milliseconds until the token endpoint knows of a secret that was made or removed. */
  propagationMs?: number;
  signIns: readonly SignIn[];
  /** None when absent. */
  users?: readonly EntraUser[];
  /** Simulated milliseconds until a change of a user is read. */
  userLagMs?: number;
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
  readonly users: Users;
  readonly applications: Applications;
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
  const applications = new Applications({
    clock: options.clock,
    applications: options.secretApplications ?? [],
    propagationMs: options.propagationMs ?? 0,
  });
  const tokens = new Tokens({
    clock: options.clock,
    oidc: options.oidc,
    federated: [options.application, ...(options.others ?? [])],
    withSecrets: applications,
    graph: () => url,
  });
  const signIns = [...options.signIns].sort((a, b) => b.createdAt - a.createdAt);
  const users = new Users({
    clock: options.clock,
    users: options.users ?? [],
    lagMs: options.userLagMs ?? 0,
  });
  const server = createServer((request, response) => {
    serve({ ...options, signIns }, { tokens, users, applications }, url, request, response).catch(
      (error: unknown) => {
        process.stderr.write(`simulated Entra: ${String(error)}\n`);
        response.destroy();
      },
    );
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url,
    tokens,
    users,
    applications,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

interface Tenant {
  tokens: Tokens;
  users: Users;
  applications: Applications;
}

async function serve(
  options: EntraOptions,
  tenant: Tenant,
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
  let answer: { status: number; body: object | null; headers?: Readonly<Record<string, string>> };
  let error: string | null = null;
  try {
    if (fault?.kind === "throttle")
      throw new GraphRefusal(429, "TooManyRequests", "Please retry again later.", { "retry-after": "10" });
    if (fault?.kind === "server-error")
      throw new GraphRefusal(503, "ServiceUnavailable", "Service unavailable.");
    if (fault?.kind === "deny") throw missingGrant();
    const text = await readBody(request);
    // Without its answer alone, a call that is dropped has taken effect all the same.
    const never = fault?.kind === "drop" && fault.lostAnswer !== true && request.method !== "GET";
    const body = never ? null : handle(options, tenant, base, exchange, text);
    answer = { status: body === null ? 204 : 200, body };
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
    error: dropped ? (fault.lostAnswer ? "AnswerLost" : "ConnectionDropped") : error,
  });
  if (dropped) request.socket.destroy();
  else
    response
      .writeHead(answer.status, { "content-type": "application/json", ...answer.headers })
      .end(answer.body === null ? undefined : JSON.stringify(answer.body));
}

function operationOf({ method }: IncomingMessage, { pathname }: URL): string {
  if (method === "POST" && /^\/[^/]+\/oauth2\/v2\.0\/token$/.test(pathname)) return "token";
  if (method === "GET" && /^\/(v1\.0|beta)\/auditLogs\/signIns$/.test(pathname))
    return "auditLogs/listSignIns";
  const known = Users.operation(method, pathname) ?? Applications.operation(method, pathname);
  return known ?? `${method} ${pathname}`;
}

function handle(
  options: EntraOptions,
  { tokens, users, applications }: Tenant,
  base: string,
  exchange: Exchange,
  body: string,
): object | null {
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
  if (operation.startsWith("applications/")) return applications.handle(operation, url, body, caller);
  if (operation.startsWith("users/")) return users.handle(operation, url, body, caller.grants);
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

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString("utf8");
}
