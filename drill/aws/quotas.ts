/** Request quotas as AWS enforces them: token buckets, refilled on the simulated clock. */
import type { SimClock } from "../contracts.ts";
import type { Quota } from "./service.ts";

/** A quota and the bucket that the call draws from. */
export interface QuotaUse {
  key: string;
  quota: Quota;
}

interface Bucket {
  tokens: number;
  filledAt: number;
}

export class Quotas {
  readonly #buckets = new Map<string, Bucket>();
  readonly #clock: SimClock;

  constructor(clock: SimClock) {
    this.#clock = clock;
  }

  /** Draws one token; false when the bucket is empty and the call must be throttled. */
  take({ key, quota }: QuotaUse): boolean {
    const now = this.#clock.now();
    const bucket = this.#buckets.get(key) ?? { tokens: quota.burst, filledAt: now };
    const refill = ((now - bucket.filledAt) / 1000) * quota.ratePerSecond;
    bucket.tokens = Math.min(quota.burst, bucket.tokens + refill);
    bucket.filledAt = now;
    this.#buckets.set(key, bucket);
    if (bucket.tokens < 1) return false;
    bucket.tokens -= 1;
    return true;
  }
}
