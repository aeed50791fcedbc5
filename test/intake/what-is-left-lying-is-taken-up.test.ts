import { expect, test } from "@jest/globals";
import { alarmEvent, dispatchOf, IntakeWorld } from "../support/intake-world.ts";

const alarm = (at: string) => dispatchOf({ event: alarmEvent({ at: `2026-11-21T${at}.000+0000` }) });

test("a signal whose job was killed before the dispatch gets a run from the schedule", async () => {
  const world = new IntakeWorld();
  world.refuseDispatch = new Error("killed");
  await expect(world.receive("alarm", alarm("14:00:00"))).rejects.toThrow("killed");
  world.refuseDispatch = undefined;
  expect(await world.receive("schedule", {})).toMatchObject({ "taken-up": "0" });
  await world.clock.sleep(21 * 60_000);
  expect(await world.receive("schedule", {})).toMatchObject({ "taken-up": "1" });
  expect(world.dispatched).toHaveLength(1);
  await world.declare(world.dispatched[0] ?? {});
  expect(await world.receive("schedule", {})).toMatchObject({ "taken-up": "0" });
});

test("one that came a moment ago is left to its own job, however old it is", async () => {
  const world = new IntakeWorld();
  await world.receive("alarm", alarm("02:00:00"));
  expect(await world.receive("schedule", {})).toMatchObject({ "taken-up": "0" });
  expect(world.dispatched).toHaveLength(1);
});

test("a run that claimed a signal and declared nothing is named, with what mends it", async () => {
  const world = new IntakeWorld();
  await world.receive("alarm", alarm("14:00:00"));
  world.s3.fail = (operation, key) =>
    operation === "PutObject" && key.includes("/ledger/") ? new Error("killed") : undefined;
  await expect(world.declare(world.dispatched[0] ?? {}, 9001)).rejects.toThrow("killed");
  world.s3.fail = () => undefined;
  expect(await world.receive("schedule", {})).toMatchObject({ "taken-up": "0" });
  await world.clock.sleep(21 * 60_000);
  await expect(world.receive("schedule", {})).rejects.toThrow(/gh run rerun 9001 --failed/);
  expect(world.dispatched).toHaveLength(1);
});

test("what waits behind an incident joins it, although nobody looked for it then", async () => {
  const world = new IntakeWorld();
  await world.receive("alarm", alarm("14:00:00"));
  await world.receive("alarm", alarm("14:01:00"));
  const key = [...world.s3.objects.keys()].find((one) => one.includes("/followers/")) ?? "";
  const follower = world.s3.objects.get(key) ?? Buffer.alloc(0);
  world.s3.objects.delete(key);
  const number = (await world.declare(world.dispatched[0] ?? {})) ?? 0;
  world.s3.objects.set(key, follower);
  await world.receive("schedule", {});
  await world.receive("schedule", {});
  expect(await world.seen(number)).toEqual([false, true]);
});
