import { describe, expect, test } from "@jest/globals";
import { AdaptiveLimit, forEachLimited } from "../../src/evidence/limit.ts";
import { isPassing, patiently } from "../../src/evidence/patience.ts";
import { progressReporter } from "../../src/evidence/progress.ts";
import { tickingClock } from "../support/incident.ts";

const turn = () => new Promise((resolve) => setImmediate(resolve));
const named = (name: string) => Object.assign(new Error(name), { name });

describe("how many at once", () => {
  test("never more than the limit, and all get done", async () => {
    let active = 0;
    let most = 0;
    let done = 0;
    await forEachLimited(Array.from({ length: 100 }), new AdaptiveLimit(7), async () => {
      active += 1;
      most = Math.max(most, active);
      await turn();
      active -= 1;
      done += 1;
    });
    expect([most, done]).toEqual([7, 100]);
  });

  test("throttling halves it, success brings it back, and it never falls to nothing", async () => {
    const limit = new AdaptiveLimit(48);
    limit.slowDown();
    expect(limit.limit).toBe(24);
    limit.slowDown();
    expect(limit.limit).toBe(24);
    for (let round = 0; round < 10; round += 1) {
      await limit.enter();
      limit.leave();
      limit.slowDown();
    }
    expect(limit.limit).toBe(4);
    await forEachLimited(Array.from({ length: 2000 }), limit, async () => {});
    expect(limit.limit).toBe(48);
  });

  test("the first error ends it after those under way have settled", async () => {
    let started = 0;
    let settled = 0;
    const work = async () => {
      started += 1;
      const mine = started;
      await turn();
      settled += 1;
      if (mine === 3) throw new Error("third");
    };
    await expect(forEachLimited(Array.from({ length: 100 }), new AdaptiveLimit(4), work)).rejects.toThrow(
      "third",
    );
    expect(settled).toBe(started);
    expect(started).toBeLessThan(20);
  });
});

describe("patience", () => {
  test.each(["ThrottlingException", "SlowDown", "TimeoutError", "InternalError"])("%s passes", (name) => {
    expect(isPassing(named(name))).toBe(true);
  });

  test.each(["AccessDenied", "ResourceNotFoundException", "PreconditionFailed"])("%s does not", (name) => {
    expect(isPassing(named(name))).toBe(false);
  });

  test("waits longer each time and gives up in the end", async () => {
    const waits: number[] = [];
    const clock = { now: () => new Date(0), sleep: async (ms: number) => void waits.push(ms) };
    const call = () => Promise.reject(named("ThrottlingException"));
    await expect(patiently(clock, call)).rejects.toThrow("ThrottlingException");
    expect(waits).toHaveLength(5);
    expect(waits.every((ms, index) => ms >= 500 * 2 ** index && ms <= 1000 * 2 ** index)).toBe(true);
  });

  test("an error that does not pass is not tried again", async () => {
    let calls = 0;
    const call = () => {
      calls += 1;
      return Promise.reject(named("AccessDenied"));
    };
    await expect(patiently(tickingClock(), call)).rejects.toThrow("AccessDenied");
    expect(calls).toBe(1);
  });
});

test("progress says what, how far and how fast, now and then", () => {
  const lines: string[] = [];
  const log = {
    info: (line: string) => lines.push(line),
    warning: () => {},
    error: () => {},
    mask: () => {},
  };
  const report = progressReporter(tickingClock(), log, "cloudwatch-logs");
  for (let done = 1; done <= 20; done += 1)
    report({ unit: "streams", done, total: 1000, volume: { unit: "events", count: done * 60_000 } });
  expect(lines).toEqual([
    "cloudwatch-logs  10/1,000 streams  600,000 events  60,000 events/s",
    "cloudwatch-logs  20/1,000 streams  1,200,000 events  60,000 events/s",
  ]);
  report({ unit: "streams", done: 100, total: 1000, volume: { unit: "events", count: 1_200_001 } });
  expect(lines).toHaveLength(3);
});
