import type { Clock } from "../ports.ts";
import { eachOf } from "./each.ts";
import { isThrottled, patiently } from "./patience.ts";

/**
 * When each call of a capture may leave. Every API has a lane: so many calls under way at once, and, where its quota is
 * a rate, so many a second. Both adapt: the service that throttles gets half, and with every success a little more
 * again (additive increase, multiplicative decrease). Calls that fail in a way that passes are made again after a
 * growing pause, and wait for their turn like any other. Sources that share a lane take turns.
 */

/** What an API allows. */
export interface Allowance {
  /** Calls under way at once, at most. */
  atOnce: number;
  /** Calls a second, where the API's quota is a rate. */
  perSecond?: number;
}

/** A lane never gets slower than this share of its rate, or than so many calls at once. */
const LEAST_RATE = 1 / 8;
const LEAST_AT_ONCE = 4;
/** A lane that comes late to its turn makes up for so much: timers are not exact, and a quota is not to be wasted. */
const CATCH_UP_MS = 250;

/** The lanes of one capture. `of` gives a source its own entrance to them. */
export class Scheduler {
  readonly #clock: Clock;
  readonly #lanes: Map<string, Lane>;
  readonly #source: string;

  constructor(clock: Clock, source = "", lanes = new Map<string, Lane>()) {
    this.#clock = clock;
    this.#source = source;
    this.#lanes = lanes;
  }

  /** The same lanes, entered by a source of that name. */
  of(source: string): Scheduler {
    return new Scheduler(this.#clock, source, this.#lanes);
  }

  /**
   * The lane of an API, by a name such as `logs:GetLogEvents`; with the region in it where one capture asks several.
   * Whoever asks first says what it allows.
   */
  for(api: string, allowance: Allowance): LaneEntrance {
    let lane = this.#lanes.get(api);
    if (!lane) {
      lane = new Lane(this.#clock, allowance);
      this.#lanes.set(api, lane);
    }
    return new LaneEntrance(lane, this.#source, this.#clock);
  }
}

/** A lane as one source enters it. */
export class LaneEntrance {
  readonly #lane: Lane;
  readonly #source: string;
  readonly #clock: Clock;

  constructor(lane: Lane, source: string, clock: Clock) {
    this.#lane = lane;
    this.#source = source;
    this.#clock = clock;
  }

  /** What the lane allows now. */
  get atOnce(): number {
    return this.#lane.atOnce;
  }

  get perSecond(): number | undefined {
    return this.#lane.perSecond;
  }

  /** Makes a call when it is its turn, and again for as long as it fails in a way that passes (see `patiently`). */
  run<Result>(call: () => Promise<Result>): Promise<Result> {
    return patiently(this.#clock, () => this.#once(call));
  }

  /**
   * Does `work` for every item, as many at once as the lane allows at most, and takes no more items from `items` than
   * that. The calls that `work` makes with `run` wait for their turns by themselves. The first error ends it, once all
   * have settled.
   */
  each<Item>(
    items: Iterable<Item> | AsyncIterable<Item>,
    work: (item: Item) => Promise<void>,
  ): Promise<void> {
    return eachOf(items, this.#lane.mostAtOnce, work);
  }

  async #once<Result>(call: () => Promise<Result>): Promise<Result> {
    await this.#lane.enter(this.#source);
    let throttled = false;
    try {
      const result = await call();
      throttled = attemptsOf(result) > 1;
      return result;
    } catch (error) {
      throttled = isThrottled(error);
      throw error;
    } finally {
      this.#lane.leave(throttled);
    }
  }
}

/** One API's calls. */
class Lane {
  readonly mostAtOnce: number;
  readonly #clock: Clock;
  readonly #quota: number | undefined;
  /** Who waits, by source, in the order in which the sources take turns. */
  readonly #waiting = new Map<string, (() => void)[]>();
  #atOnce: number;
  #rate: number | undefined;
  #active = 0;
  #successes = 0;
  /** When the next call may leave, in milliseconds; undefined before the first. */
  #next: number | undefined;
  #slowedAt = Number.NEGATIVE_INFINITY;

  constructor(clock: Clock, { atOnce, perSecond }: Allowance) {
    this.#clock = clock;
    this.mostAtOnce = atOnce;
    this.#atOnce = atOnce;
    this.#quota = perSecond;
    this.#rate = perSecond;
  }

  get atOnce(): number {
    return this.#atOnce;
  }

  get perSecond(): number | undefined {
    return this.#rate;
  }

  /** Waits for a free place, and then for the turn that the rate gives it. */
  async enter(source: string): Promise<void> {
    if (this.#active >= this.#atOnce || this.#waiting.size > 0) {
      await new Promise<void>((resolve) => {
        const queue = this.#waiting.get(source);
        if (queue) queue.push(resolve);
        else this.#waiting.set(source, [resolve]);
      });
    } else this.#active += 1;
    await this.#turn();
  }

  leave(throttled: boolean): void {
    this.#active -= 1;
    if (throttled) this.#slowDown();
    else this.#speedUp();
    while (this.#active < this.#atOnce && this.#waiting.size > 0) {
      this.#active += 1;
      this.#nextInLine()();
    }
  }

  async #turn(): Promise<void> {
    if (this.#rate === undefined) return;
    const now = this.#clock.now().getTime();
    const next = this.#next ?? now;
    const at = Math.max(now, next);
    this.#next = Math.max(next, now - CATCH_UP_MS) + 1000 / this.#rate;
    if (at > now) await this.#clock.sleep(at - now);
  }

  /** The first of the source whose turn it is; the source then goes to the end of the line. */
  #nextInLine(): () => void {
    for (const [source, [first, ...others]] of this.#waiting) {
      this.#waiting.delete(source);
      if (others.length > 0) this.#waiting.set(source, others);
      if (first) return first;
    }
    throw new Error("nobody waits");
  }

  /** Half. Calls that were under way together are refused together: that counts once. */
  #slowDown(): void {
    this.#successes = 0;
    const now = this.#clock.now().getTime();
    if (now - this.#slowedAt < 1000) return;
    this.#slowedAt = now;
    this.#atOnce = Math.max(Math.min(LEAST_AT_ONCE, this.mostAtOnce), Math.floor(this.#atOnce / 2));
    if (this.#rate === undefined || this.#quota === undefined) return;
    this.#rate = Math.max(this.#quota * LEAST_RATE, this.#rate / 2);
    this.#next = Math.max(this.#next ?? now, now) + 1000 / this.#rate;
  }

  /** With every full round of successes one more at once, and an eighth of the quota more. */
  #speedUp(): void {
    this.#successes += 1;
    if (this.#successes < this.#atOnce && !(this.#rate !== undefined && this.#successes >= this.#rate))
      return;
    this.#successes = 0;
    this.#atOnce = Math.min(this.mostAtOnce, this.#atOnce + 1);
    if (this.#rate !== undefined && this.#quota !== undefined)
      this.#rate = Math.min(this.#quota, this.#rate + this.#quota / 8);
  }
}

/** How often the SDK tried before this answer came: more than once, and the service is at its limit. */
function attemptsOf(result: unknown): number {
  if (typeof result !== "object" || result === null) return 1;
  return (result as { $metadata?: { attempts?: number } }).$metadata?.attempts ?? 1;
}
