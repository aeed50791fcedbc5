import { expect, test } from "@jest/globals";
import { Scheduler } from "../../src/evidence/scheduler.ts";
import { virtualClock } from "../support/virtual-clock.ts";

const throttled = () =>
  Promise.reject(Object.assign(new Error("slow down"), { name: "ThrottlingException" }));
const many = (count: number) => Array.from({ length: count });

test("throttling halves both, however many calls were refused together, and success brings them back", async () => {
  const clock = virtualClock();
  const lane = new Scheduler(clock).for("logs:GetLogEvents", { atOnce: 16, perSecond: 20 });
  let refusals = 16;
  const call = async () => {
    await clock.sleep(10);
    if (refusals > 0) {
      refusals -= 1;
      await throttled();
    }
  };
  const first = Promise.all(many(16).map(() => lane.run(call)));
  while (refusals === 16) await clock.sleep(1);
  await clock.sleep(5);
  expect(lane.atOnce).toBe(8);
  expect(lane.perSecond).toBe(10);
  await first;
  await Promise.all(many(2000).map(() => lane.run(call)));
  expect([lane.atOnce, lane.perSecond]).toEqual([16, 20]);
});

test("it never falls to nothing", async () => {
  const clock = virtualClock();
  const lane = new Scheduler(clock).for("s3:CopyObject", { atOnce: 48, perSecond: 3500 });
  for (let round = 0; round < 5; round += 1) await lane.run(throttled).catch(() => {});
  expect(lane.atOnce).toBe(4);
  expect(lane.perSecond).toBeCloseTo(3500 / 8);
});

test("an answer that the SDK had to try for more than once slows the lane down as well", async () => {
  const clock = virtualClock();
  const lane = new Scheduler(clock).for("s3:CopyObject", { atOnce: 48 });
  await lane.run(async () => ({ $metadata: { attempts: 3 } }));
  expect(lane.atOnce).toBe(24);
});

test("a failure that is no throttling does not", async () => {
  const clock = virtualClock();
  const lane = new Scheduler(clock).for("s3:CopyObject", { atOnce: 48 });
  const denied = Object.assign(new Error("no"), { name: "AccessDenied" });
  await expect(lane.run(() => Promise.reject(denied))).rejects.toThrow("no");
  let tries = 0;
  const reset = async () => {
    tries += 1;
    if (tries === 1) throw Object.assign(new Error("reset"), { code: "ECONNRESET" });
    return "answer";
  };
  expect(await lane.run(reset)).toBe("answer");
  expect([lane.atOnce, tries]).toEqual([48, 2]);
});

test("a call that is made again gives its place to others while it pauses", async () => {
  const clock = virtualClock();
  const lane = new Scheduler(clock).for("api", { atOnce: 1 });
  const order: string[] = [];
  let refused = false;
  const first = lane.run(async () => {
    if (!refused) {
      refused = true;
      await throttled();
    }
    order.push("first");
  });
  const second = lane.run(async () => void order.push("second"));
  await Promise.all([first, second]);
  expect(order).toEqual(["second", "first"]);
});
