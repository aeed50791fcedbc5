import type { Clock } from "../../src/ports.ts";

/** A clock that stands still until somebody sleeps; what was planned for the time in between then happens. */
export class ManualClock implements Clock {
  #now: number;
  #planned: { at: number; act: () => void }[] = [];

  constructor(start = "2026-11-21T03:00:00.000Z") {
    this.#now = Date.parse(start);
  }

  now(): Date {
    return new Date(this.#now);
  }

  async sleep(ms: number): Promise<void> {
    const until = this.#now + ms;
    for (;;) {
      const next = this.#planned.filter(({ at }) => at <= until).sort((a, b) => a.at - b.at)[0];
      if (!next) break;
      this.#planned = this.#planned.filter((one) => one !== next);
      this.#now = Math.max(this.#now, next.at);
      next.act();
      await new Promise((resolve) => setImmediate(resolve));
    }
    this.#now = until;
  }

  after(ms: number, act: () => void): void {
    this.#planned.push({ at: this.#now + ms, act });
  }
}
