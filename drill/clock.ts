/** The drill's clock: real time, sped up. */
import { performance } from "node:perf_hooks";
import type { SimClock } from "./contracts.ts";

/** Node fires a timer with a longer delay at once. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

export interface ClockOptions {
  /** Simulated milliseconds in one real millisecond; more than 0. */
  speed: number;
  /** Simulated time at creation, in milliseconds since the epoch, UTC; the real time when absent. */
  start?: number;
}

/** Real time with microsecond resolution, comparable between processes on one machine. */
function realNow(): number {
  return performance.timeOrigin + performance.now();
}

export interface DrillClock extends SimClock {
  /**
   * Jumps `ms` simulated milliseconds ahead. What is due on the way happens at its own time, one after the other. Only
   * while no other process lives in this clock's time: a running one would stay behind.
   */
  skip(ms: number): Promise<void>;
}

/** What waits for a moment of simulated time. */
interface Waiting {
  deadline: number;
  /** Looks at the clock again. */
  arm: () => void;
}

/** Real milliseconds that what became due gets before the clock jumps on: it may write files. */
const SETTLE_MS = 2;

/** Starts a clock. Throws RangeError when the speed is not a positive number. */
export function createClock({ speed, start = Date.now() }: ClockOptions): DrillClock {
  if (!(speed > 0 && Number.isFinite(speed)))
    throw new RangeError(`clock speed must be positive, got ${speed}`);
  const origin = realNow();
  let skipped = 0;
  const waiting = new Set<Waiting>();
  const now = (): number => Math.floor(start + skipped + (realNow() - origin) * speed);

  const at = (deadline: number, callback: () => void, keepAlive: boolean): (() => void) => {
    let cancel = (): void => {};
    const entry: Waiting = {
      deadline,
      arm: () => {
        cancel();
        const wait = (deadline - now()) / speed;
        if (wait <= 0) {
          waiting.delete(entry);
          callback();
        } else {
          const least = Math.min(wait, LONGEST_TIMER_MS);
          cancel = wait < 1 ? immediate(entry.arm, keepAlive) : timer(entry.arm, least, keepAlive);
        }
      },
    };
    waiting.add(entry);
    cancel = immediate(entry.arm, keepAlive);
    return () => {
      waiting.delete(entry);
      cancel();
    };
  };

  const skip = async (ms: number): Promise<void> => {
    const target = now() + ms;
    for (;;) {
      const [next] = [...waiting].sort((a, b) => a.deadline - b.deadline);
      if (!next || next.deadline > target) break;
      skipped += Math.max(0, next.deadline - now());
      next.arm();
      await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
    }
    skipped += Math.max(0, target - now());
    for (const { arm } of [...waiting]) arm();
  };

  return {
    speed,
    now,
    skip,
    after: (ms, callback) => at(now() + ms, callback, false),
    sleep: (ms, signal) =>
      new Promise((resolve, reject) => {
        if (signal?.aborted) {
          reject(signal.reason);
          return;
        }
        const onAbort = (): void => {
          cancel();
          reject(signal?.reason);
        };
        const cancel = at(
          now() + ms,
          () => {
            signal?.removeEventListener("abort", onAbort);
            resolve();
          },
          true,
        );
        signal?.addEventListener("abort", onAbort, { once: true });
      }),
  };
}

/** A wait shorter than Node's timer resolution: the next turn of the event loop. */
function immediate(callback: () => void, keepAlive: boolean): () => void {
  const handle = setImmediate(callback);
  if (!keepAlive) handle.unref();
  return () => clearImmediate(handle);
}

function timer(callback: () => void, ms: number, keepAlive: boolean): () => void {
  const handle = setTimeout(callback, Math.ceil(ms));
  if (!keepAlive) handle.unref();
  return () => clearTimeout(handle);
}

/**
 * Environment variables that make a Node child process live in this clock's time: `clock-preload.mjs` reads them.
 * `nodeOptions` is what NODE_OPTIONS holds already.
 */
export function clockEnvironment(clock: SimClock, nodeOptions = ""): Record<string, string> {
  const preload = new URL("./clock-preload.mjs", import.meta.url).href;
  return {
    DRILL_CLOCK_SPEED: String(clock.speed),
    DRILL_CLOCK_REAL: String(realNow()),
    DRILL_CLOCK_SIMULATED: String(clock.now()),
    NODE_OPTIONS: `${nodeOptions} --import=${preload}`.trim(),
  };
}
