import { describe, expect, test } from "@jest/globals";
import { Scheduler } from "../../src/evidence/scheduler.ts";
import { virtualClock } from "../support/virtual-clock.ts";

const many = (count: number) => Array.from({ length: count }, (_, index) => index);

describe("how many at once", () => {
  test("never more than the lane allows, and all get done", async () => {
    const clock = virtualClock();
    const lane = new Scheduler(clock).for("s3:CopyObject", { atOnce: 7 });
    let [active, most, done] = [0, 0, 0];
    const call = async () => {
      active += 1;
      most = Math.max(most, active);
      await clock.sleep(30);
      active -= 1;
      done += 1;
    };
    await Promise.all(many(100).map(() => lane.run(call)));
    expect([most, done]).toEqual([7, 100]);
    expect(clock.elapsed()).toBe(Math.ceil(100 / 7) * 30);
  });

  test("the sources of one capture share an API's lane", async () => {
    const clock = virtualClock();
    const scheduler = new Scheduler(clock);
    let [active, most] = [0, 0];
    const call = async () => {
      active += 1;
      most = Math.max(most, active);
      await clock.sleep(30);
      active -= 1;
    };
    const lanes = ["audit-logs", "cloudtrail"].map((source) =>
      scheduler.of(source).for("s3:CopyObject", { atOnce: 3 }),
    );
    await Promise.all(lanes.flatMap((lane) => many(20).map(() => lane.run(call))));
    expect(most).toBe(3);
  });
});

describe("how many a second", () => {
  test.each([
    { perSecond: 2, calls: 40 },
    { perSecond: 25, calls: 500 },
  ])("$perSecond a second, neither faster than the quota nor slower", async ({ perSecond, calls }) => {
    const clock = virtualClock();
    const lane = new Scheduler(clock).for("api", { atOnce: 16, perSecond });
    const left: number[] = [];
    await Promise.all(
      many(calls).map(() =>
        lane.run(async () => {
          left.push(clock.elapsed());
          await clock.sleep(30);
        }),
      ),
    );
    const bound = (calls / perSecond) * 1000;
    expect(clock.elapsed()).toBeLessThanOrEqual(bound + 30);
    // AWS counts with a bucket that holds one second's calls (two at the least).
    let tokens = Math.max(perSecond, 2);
    let filledAt = 0;
    for (const at of left) {
      tokens = Math.min(Math.max(perSecond, 2), tokens + ((at - filledAt) / 1000) * perSecond) - 1;
      filledAt = at;
      expect(tokens).toBeGreaterThanOrEqual(-1e-6);
    }
  });

  test("one reader after the other comes to the quota too, when each answer takes less than a turn", async () => {
    const clock = virtualClock();
    const lane = new Scheduler(clock).for("cloudtrail:LookupEvents", { atOnce: 2, perSecond: 2 });
    for (let page = 0; page < 20; page += 1) await lane.run(() => clock.sleep(90));
    expect(clock.elapsed()).toBeLessThanOrEqual(10_000);
  });

  test("a turn that came late is made up for, so that no quota is lost to slow timers", async () => {
    const clock = virtualClock();
    const late = { now: clock.now, sleep: (ms: number) => clock.sleep(ms + 20) };
    const lane = new Scheduler(late).for("logs:GetLogEvents", { atOnce: 1, perSecond: 10 });
    for (let page = 0; page < 100; page += 1) await lane.run(() => clock.sleep(30));
    expect(clock.elapsed()).toBeLessThanOrEqual(10_100);
  });
});
