/** Access tokens: one per person on request, one per job while it runs. Any other token is refused. */
import { randomBytes } from "node:crypto";
import type { TokenPermissions } from "../contracts.ts";
import { GitHubError } from "./errors.ts";
import type { People } from "./people.ts";
import { ACTIONS_BOT, type Caller } from "./types.ts";

function newToken(prefix: string): string {
  return `${prefix}_${randomBytes(27).toString("base64url").replaceAll(/[-_]/g, "0")}`;
}

export class Tokens {
  readonly #people: People;
  readonly #callers = new Map<string, Caller>();

  constructor(people: People) {
    this.#people = people;
  }

  /** A token that acts as this person; throws for a login without access to the repository. */
  forUser(login: string): string {
    const { login: exact, role } = this.#people.get(login);
    if (role === null) throw new Error(`${login} has no access to the repository`);
    return this.#keep(newToken("ghp"), { kind: "user", login: exact, role });
  }

  /** A GITHUB_TOKEN with exactly these permissions. */
  forJob(jobId: number, jobKey: string, permissions: TokenPermissions): string {
    return this.#keep(newToken("ghs"), { kind: "job", login: ACTIONS_BOT, jobId, jobKey, permissions });
  }

  revokeJob(jobId: number): void {
    for (const [token, caller] of this.#callers) {
      if (caller.kind === "job" && caller.jobId === jobId) this.#callers.delete(token);
    }
  }

  #keep(token: string, caller: Caller): string {
    this.#callers.set(token, caller);
    return token;
  }

  /** Who an `Authorization` header names. Throws 401 as GitHub does for a missing or unknown token. */
  resolve(authorization: string | undefined): Caller {
    if (authorization === undefined) throw new GitHubError(401, "Requires authentication");
    const token = /^(?:token|bearer)\s+(\S+)$/i.exec(authorization)?.[1];
    const caller = token === undefined ? undefined : this.#callers.get(token);
    if (caller === undefined)
      throw new GitHubError(401, "Bad credentials", { docs: "https://docs.github.com/rest" });
    return caller;
  }
}
