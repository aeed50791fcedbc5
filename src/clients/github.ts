import { retry } from "@octokit/plugin-retry";
import { throttling } from "@octokit/plugin-throttling";
import { Octokit } from "@octokit/rest";
import type { GitHub, Log } from "../ports.ts";

const Client = Octokit.plugin(retry, throttling);
const RETRIES = 6;

/**
 * GitHub's REST API, patient with rate limits as its page on them asks
 * (https://docs.github.com/en/rest/using-the-rest-api/best-practices-for-using-the-rest-api).
 * `baseUrl` is GITHUB_API_URL, so GitHub Enterprise Server needs nothing special.
 */
export function createGitHub(token: string, baseUrl: string, log: Log): GitHub {
  const patient = (what: string) => (seconds: number, options: object, _octokit: unknown, count: number) => {
    const { method, url } = options as { method: string; url: string };
    log.warning(`GitHub's ${what} was reached by ${method} ${url}; next try in ${seconds} s`);
    return count < RETRIES;
  };
  return new Client({
    auth: token,
    baseUrl,
    userAgent: "firebreak",
    retry: { retries: RETRIES },
    throttle: {
      onRateLimit: patient("rate limit"),
      onSecondaryRateLimit: patient("secondary rate limit"),
    },
    log: { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} },
  });
}
