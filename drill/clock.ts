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

/** Starts a clock. Throws RangeError when the speed is not a positive number. */
export function createClock({ speed, start = Date.now() }: ClockOptions): SimClock {
  if (!(speed > 0 && Number.isFinite(speed)))
    throw new RangeError(`clock speed must be positive, got ${speed}`);
  const origin = realNow();
  const now = (): number => Math.floor(start + (realNow() - origin) * speed);

  const at = (deadline: number, callback: () => void, keepAlive: boolean): (() => void) => {
    let cancel = (): void => {};
    const arm = (): void => {
      const wait = (deadline - now()) / speed;
      if (wait <= 0) callback();
      else
        cancel =
          wait < 1 ? immediate(arm, keepAlive) : timer(arm, Math.min(wait, LONGEST_TIMER_MS), keepAlive);
    };
    cancel = immediate(arm, keepAlive);
    return () => cancel();
  };

  return {
    speed,
    now,
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
