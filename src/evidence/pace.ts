import type { Clock } from "../ports.ts";

/** Spaces calls out evenly, for an API whose quota is a rate: asking faster would only be throttled. */
export class Pace {
  readonly #clock: Clock;
  readonly #intervalMs: number;
  #next = 0;

  constructor(clock: Clock, perSecond: number) {
    this.#clock = clock;
    this.#intervalMs = 1000 / perSecond;
  }

  /** Waits for this call's turn. */
  async turn(): Promise<void> {
    const now = this.#clock.now().getTime();
    const at = Math.max(now, this.#next);
    this.#next = at + this.#intervalMs;
    if (at > now) await this.#clock.sleep(at - now);
  }

  /** The service throttled, so others share the quota: leaves out one second's calls. */
  slowDown(): void {
    this.#next = Math.max(this.#next, this.#clock.now().getTime()) + 1000;
  }
}
