import { expect, test } from "@jest/globals";
import { eachOf } from "../../src/evidence/each.ts";
import { Scheduler } from "../../src/evidence/scheduler.ts";
import { virtualClock } from "../support/virtual-clock.ts";

const many = (count: number) => Array.from({ length: count }, (_, index) => index);

test("a source with ten calls does not wait for the ten thousand of another", async () => {
  const clock = virtualClock();
  const scheduler = new Scheduler(clock);
  const enter = (source: string) => scheduler.of(source).for("s3:CopyObject", { atOnce: 4 });
  const done: string[] = [];
  const copies = (source: string, count: number) =>
    many(count).map(() =>
      enter(source).run(async () => {
        await clock.sleep(30);
        done.push(source);
      }),
    );
  await Promise.all([...copies("audit-logs", 1000), ...copies("cloudtrail", 10)]);
  expect(done.lastIndexOf("cloudtrail")).toBeLessThan(40);
  expect(done).toHaveLength(1010);
});

test("within a source the calls leave in the order in which they were asked for", async () => {
  const clock = virtualClock();
  const lane = new Scheduler(clock).for("api", { atOnce: 3, perSecond: 50 });
  const left: number[] = [];
  await Promise.all(
    many(60).map((index) =>
      lane.run(async () => {
        left.push(index);
        await clock.sleep(7);
      }),
    ),
  );
  expect(left).toEqual(many(60));
});

test("no more items are taken in than are worked on, and the first error ends it after the others have settled", async () => {
  let [taken, started, settled] = [0, 0, 0];
  const items = function* () {
    for (; taken < 100; taken += 1) yield taken;
  };
  const work = async () => {
    started += 1;
    const mine = started;
    await new Promise((resolve) => setImmediate(resolve));
    settled += 1;
    if (mine === 3) throw new Error("third");
  };
  await expect(eachOf(items(), 4, work)).rejects.toThrow("third");
  expect(settled).toBe(started);
  expect(started).toBeLessThan(20);
  expect(taken - started).toBeLessThanOrEqual(1);
});

test("a lane's own each keeps to what the lane allows", async () => {
  const clock = virtualClock();
  const lane = new Scheduler(clock).for("api", { atOnce: 5 });
  let [active, most] = [0, 0];
  await lane.each(many(50), async () => {
    active += 1;
    most = Math.max(most, active);
    await lane.run(() => clock.sleep(10));
    active -= 1;
  });
  expect(most).toBe(5);
});
