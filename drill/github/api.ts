/** What an operation of the simulated REST API gets and gives. */
import type { OperationId } from "./permissions.ts";
import type { Caller, JsonObject } from "./types.ts";
import type { World } from "./world.ts";

export interface ApiRequest {
  readonly operation: OperationId;
  /** The request's own URL, absolute. */
  readonly url: URL;
  readonly path: Readonly<Record<string, string | number>>;
  readonly query: Readonly<Record<string, unknown>>;
  /** The parsed JSON body; `{}` when there is none. */
  readonly body: JsonObject | readonly unknown[];
  readonly caller: Caller;
  readonly accept: string;
}

export interface ApiReply {
  status: number;
  /** Absent: no body. */
  json?: unknown;
  /** A body that is not JSON; then `json` is absent. */
  raw?: { contentType: string; body: Buffer };
  headers?: Record<string, string>;
}

export type Handler = (request: ApiRequest, world: World) => ApiReply | Promise<ApiReply>;

/** A path parameter that the OpenAPI description declares as an integer. */
export function numberIn(request: ApiRequest, name: string): number {
  return Number(request.path[name]);
}

export function textIn(request: ApiRequest, name: string): string {
  return String(request.path[name] ?? "");
}

/** An optional string of the query; undefined when absent. */
export function queryText(request: ApiRequest, name: string): string | undefined {
  const value = request.query[name];
  return typeof value === "string" ? value : undefined;
}

/** The body as an object; the operations that also take an array read `request.body` themselves. */
export function bodyOf(request: ApiRequest): JsonObject {
  return Array.isArray(request.body) ? {} : (request.body as JsonObject);
}
