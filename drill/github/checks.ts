/** What a request must pass before its operation runs. */
import type { IncomingMessage } from "node:http";
import type { FaultRule } from "../contracts.ts";
import { GitHubError } from "./errors.ts";
import { installationMay, type OperationId, PERMISSIONS, roleAtLeast } from "./permissions.ts";
import type { Caller } from "./types.ts";

/** The one version of the REST API that is simulated. */
export const API_VERSION = "2022-11-28";
const SECONDARY_LIMIT_DOCS =
  "https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api#about-secondary-rate-limits";

/** An injected fault: the connection ends before the call takes effect. */
export class ConnectionDropped extends Error {
  override readonly name = "ConnectionDropped";
}

/** GitHub refuses requests without a User-Agent and API versions that it does not know. */
export function checkHeaders({ headers }: IncomingMessage): void {
  if (!headers["user-agent"]) {
    throw new GitHubError(
      403,
      "Request forbidden by administrative rules. Please make sure your request has a User-Agent header.",
    );
  }
  const version = headers["x-github-api-version"];
  if (version !== undefined && version !== API_VERSION) {
    throw new GitHubError(400, `The simulated GitHub speaks API version ${API_VERSION} only.`);
  }
}

/** Fails the call as the scenario wants. GitHub answers a secondary limit with 403 or 429; here 403 to changes. */
export function applyFault(fault: FaultRule | null, method: string): void {
  if (fault?.kind === "throttle") {
    const message =
      "You have exceeded a secondary rate limit. Please wait a few minutes before you try again.";
    const more = { headers: { "retry-after": "1" }, docs: SECONDARY_LIMIT_DOCS };
    throw new GitHubError(method === "GET" ? 429 : 403, message, more);
  }
  if (fault?.kind === "deny") throw new GitHubError(403, "Resource not accessible by integration");
  if (fault?.kind === "server-error") throw new GitHubError(502, "Server Error");
  if (fault?.kind === "drop" && fault.lostAnswer !== true) throw new ConnectionDropped();
}

/** Throws 403 when the caller's token or role does not reach. */
export function authorize(caller: Caller, operation: OperationId): void {
  if (caller.kind === "job") {
    if (!installationMay(caller.permissions, operation)) {
      throw new GitHubError(403, "Resource not accessible by integration");
    }
  } else if (!roleAtLeast(caller.role, PERMISSIONS[operation].role)) {
    throw new GitHubError(403, "Must have admin rights to Repository.");
  }
}
