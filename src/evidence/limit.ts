/**
 * How many calls may be under way at once: grows by one with every full round of successes, halves when the service
 * asks to slow down (additive increase, multiplicative decrease).
 */
export class AdaptiveLimit {
  readonly #most: number;
  readonly #least: number;
  #limit: number;
  #active = 0;
  #successes = 0;
  #waiting: (() => void)[] = [];

  constructor(most: number, least = Math.min(4, most)) {
    this.#most = most;
    this.#least = least;
    this.#limit = most;
  }

  get limit(): number {
    return this.#limit;
  }

  /** Waits for a free place. */
  async enter(): Promise<void> {
    while (this.#active >= this.#limit) {
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
    this.#active += 1;
  }

  leave(): void {
    this.#active -= 1;
    this.#successes += 1;
    if (this.#successes >= this.#limit && this.#limit < this.#most) {
      this.#limit += 1;
      this.#successes = 0;
    }
    this.#wake();
  }

  /** The service throttled: halve. Many refusals at once count as one. */
  slowDown(): void {
    if (this.#successes === 0 && this.#limit < this.#most) return;
    this.#limit = Math.max(this.#least, Math.floor(this.#limit / 2));
    this.#successes = 0;
  }

  #wake(): void {
    for (const resolve of this.#waiting.splice(0, Math.max(this.#limit - this.#active, 0))) resolve();
  }
}

/** Does `work` for every item, as many at once as the limit allows. The first error ends it, once all have settled. */
export async function forEachLimited<Item>(
  items: Iterable<Item> | AsyncIterable<Item>,
  limit: AdaptiveLimit,
  work: (item: Item) => Promise<void>,
): Promise<void> {
  const errors: unknown[] = [];
  const running = new Set<Promise<void>>();
  for await (const item of items) {
    await limit.enter();
    if (errors.length > 0) {
      limit.leave();
      break;
    }
    const task: Promise<void> = work(item)
      .catch((error: unknown) => {
        errors.push(error);
      })
      .finally(() => {
        running.delete(task);
        limit.leave();
      });
    running.add(task);
  }
  await Promise.all(running);
  if (errors.length > 0) throw errors[0];
}
