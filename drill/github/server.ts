/**
 * The simulated GitHub: api.github.com and github.com for one repository, on loopback.
 *
 * Written whole rather than as a front before `emulate` 0.12.2. That package has no environments, approvals,
 * sub-issues, runs, jobs or run logs, and takes any token for its first user; a front would have to own the
 * tokens, the permissions and most of the state, which is more than what would be left to emulate.
 */
import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerResponse,
} from "node:http";
import type { AddressInfo } from "node:net";
import type { CallSink, FaultPicker, RunHost, SimClock } from "../contracts.ts";
import type { OidcIssuer } from "../oidc.ts";
import { createHost } from "./host.ts";
import { renderPage } from "./pages.ts";
import { requestUrl } from "./request.ts";
import { RestApi } from "./rest-api.ts";
import { GitHubState } from "./state.ts";
import type { GitHubHooks, GitHubSeed } from "./types.ts";
import { createWorld, type World } from "./world.ts";

export interface GitHubOptions {
  clock: SimClock;
  calls: CallSink;
  oidc: OidcIssuer;
  seed: GitHubSeed;
  faults?: FaultPicker;
  /** Added to every API call, in simulated milliseconds. */
  latencyMs?: number;
}

export interface SimulatedGitHub {
  /** For GITHUB_API_URL, in the layout of api.github.com. */
  readonly apiUrl: string;
  /** For GITHUB_SERVER_URL: pages for people, and log downloads. */
  readonly serverUrl: string;
  readonly host: RunHost;
  readonly state: GitHubState;
  /** Set these at any time. */
  readonly hooks: GitHubHooks;
  /** Replies that GitHub's OpenAPI description does not allow; empty unless the simulator has a defect. */
  readonly defects: readonly string[];
  close(): Promise<void>;
}

/** Starts both endpoints on free ports of 127.0.0.1. Throws Error for a seed that contradicts itself. */
export async function createGitHub(options: GitHubOptions): Promise<SimulatedGitHub> {
  const hooks: GitHubHooks = {};
  const world = createWorld(options.clock, options.oidc, options.seed, hooks);
  const api = new RestApi(world, options);
  const apiServer = await listen((request, response) => void api.serve(request, response));
  const siteServer = await listen((request, response) => serveSite(world, request, response));
  world.urls.api = urlOf(apiServer);
  world.urls.server = urlOf(siteServer);
  return {
    apiUrl: world.urls.api,
    serverUrl: world.urls.server,
    host: createHost(world),
    state: new GitHubState(world),
    hooks,
    defects: api.defects,
    close: async () => {
      await Promise.all([apiServer, siteServer].map(stop));
    },
  };
}

function serveSite(world: World, request: IncomingMessage, response: ServerResponse): void {
  const { pathname } = requestUrl(world.urls.server, request);
  if (pathname.startsWith("/_downloads/")) {
    const download = world.links.follow(pathname);
    if (download === null) {
      response.writeHead(404, { "content-type": "text/plain; charset=utf-8" }).end("The link has expired.\n");
      return;
    }
    const disposition = `attachment; filename*=UTF-8''${encodeURIComponent(download.fileName)}`;
    response
      .writeHead(200, { "content-type": download.contentType, "content-disposition": disposition })
      .end(download.body);
    return;
  }
  const { status, html } = renderPage(world, pathname);
  const policy = "default-src 'none'; style-src 'unsafe-inline'";
  response
    .writeHead(status, { "content-type": "text/html; charset=utf-8", "content-security-policy": policy })
    .end(html);
}

function listen(listener: RequestListener): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer(listener);
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => resolve(server));
  });
}

function urlOf(server: Server): string {
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function stop(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
