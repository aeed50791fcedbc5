/**
 * What is left of GitHub's hourly rate limit. All jobs of a repository share one, 1,000 requests an hour for
 * GITHUB_TOKEN (https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api), and the gate of the
 * containment job needs some of it: a quarter stays untouched.
 */
export class GitHubQuota {
  #exhausted: string | null = null;

  /** Notes what an answer's headers say. */
  note(headers: Readonly<Record<string, string | number | undefined>>): void {
    const remaining = Number(headers["x-ratelimit-remaining"] ?? Number.NaN);
    const limit = Number(headers["x-ratelimit-limit"] ?? Number.NaN);
    if (remaining >= limit * RESERVE || Number.isNaN(remaining) || Number.isNaN(limit)) return;
    const reset = Number(headers["x-ratelimit-reset"] ?? 0) * 1000;
    this.#exhausted = `${remaining} of GitHub's ${limit} requests an hour are left, kept for the containment gate; preserve again after ${new Date(reset).toISOString()}`;
  }

  /** @throws QuotaReached when what is left belongs to the gate. */
  check(): void {
    if (this.#exhausted !== null) throw new QuotaReached(this.#exhausted);
  }
}

const RESERVE = 0.25;

export class QuotaReached extends Error {
  override readonly name = "QuotaReached";
}
