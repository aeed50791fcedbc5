/** Primary rate limits: https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api */
import type { SimClock } from "../contracts.ts";
import { GitHubError } from "./errors.ts";
import type { Caller } from "./types.ts";

/** "The rate limit for GITHUB_TOKEN is 1,000 requests per hour per repository"; people have 5,000. */
const LIMITS = { job: 1_000, user: 5_000 };
const HOUR_MS = 3_600_000;
const DOCS = "https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api";

interface Window {
  startedAt: number;
  used: number;
}

export class RateLimits {
  readonly #clock: SimClock;
  readonly #windows = new Map<string, Window>();

  constructor(clock: SimClock) {
    this.#clock = clock;
  }

  /** Counts one request. Throws 403 when the hour's share is used up. */
  count(caller: Caller): void {
    const window = this.#window(caller);
    if (window.used >= LIMITS[caller.kind]) {
      const message = `API rate limit exceeded for ${caller.kind === "job" ? "installation" : "user"}.`;
      throw new GitHubError(403, message, { docs: DOCS });
    }
    window.used += 1;
  }

  headers(caller: Caller): Record<string, string> {
    const { startedAt, used } = this.#window(caller);
    const limit = LIMITS[caller.kind];
    return {
      "x-ratelimit-limit": String(limit),
      "x-ratelimit-remaining": String(limit - used),
      "x-ratelimit-used": String(used),
      "x-ratelimit-reset": String(Math.ceil((startedAt + HOUR_MS) / 1000)),
      "x-ratelimit-resource": "core",
    };
  }

  /** All jobs share the repository's window, each person has one. */
  #window(caller: Caller): Window {
    const key = `${caller.kind}:${caller.login}`;
    const known = this.#windows.get(key);
    if (known !== undefined && this.#clock.now() < known.startedAt + HOUR_MS) return known;
    const fresh = { startedAt: this.#clock.now(), used: 0 };
    this.#windows.set(key, fresh);
    return fresh;
  }
}
