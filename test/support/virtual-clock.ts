import type { Clock } from "../../src/ports.ts";

/** A clock whose time passes only while everybody sleeps: the earliest sleeper wakes, and it is then. */
export interface VirtualClock extends Clock {
  /** Milliseconds since it was made. */
  elapsed(): number;
}

export function virtualClock(start = Date.parse("2026-11-21T03:00:00.000Z")): VirtualClock {
  let now = start;
  let sleepers: { at: number; wake: () => void }[] = [];
  let stirring = false;
  const stir = (): void => {
    stirring = false;
    const earliest = sleepers.reduce((least, { at }) => Math.min(least, at), Number.POSITIVE_INFINITY);
    const due = sleepers.filter(({ at }) => at === earliest);
    if (due.length === 0) return;
    sleepers = sleepers.filter(({ at }) => at !== earliest);
    now = earliest;
    for (const { wake } of due) wake();
    plan();
  };
  const plan = (): void => {
    if (stirring) return;
    stirring = true;
    setImmediate(stir);
  };
  return {
    now: () => new Date(now),
    sleep: (ms) =>
      new Promise((wake) => {
        sleepers.push({ at: now + Math.max(ms, 0), wake });
        plan();
      }),
    elapsed: () => now - start,
  };
}
