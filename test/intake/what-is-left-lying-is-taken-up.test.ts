import { expect, test } from "@jest/globals";
import { IncidentRecord } from "../../src/incident/record.ts";
import { facts } from "../support/incident.ts";
import { alarmEvent, dispatchOf, IntakeWorld } from "../support/intake-world.ts";

const alarm = (at: string, name = "aiconnectors-servicenow-auth-failures-prod") =>
  dispatchOf({ event: alarmEvent({ at: `2026-11-21T${at}.000+0000`, name }) });
const SHAREPOINT = "aiconnectors-sharepoint-auth-failures-prod";

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

test("a signal whose runs end before they begin to declare gets one more, and is then named with what mends it", async () => {
  const world = new IntakeWorld();
  await world.receive("alarm", alarm("14:00:00"));
  await world.clock.sleep(21 * 60_000);
  expect(await world.receive("schedule", {})).toMatchObject({ "taken-up": "1" });
  expect(await world.receive("schedule", {})).toMatchObject({ "taken-up": "0" });
  for (let round = 0; round < 4; round += 1) {
    await world.clock.sleep(21 * 60_000);
    await expect(world.receive("schedule", {})).rejects.toThrow(
      /Two runs .* gh workflow run incident\.yml .*'detected_at=2026-11-21T14:00:00\.000Z'.*gh workflow run intake\.yml/,
    );
  }
  expect(world.dispatched).toHaveLength(2);
});

test("a place for which GitHub refuses a run keeps no other from getting one", async () => {
  const world = new IntakeWorld();
  world.refuseDispatch = new Error("422 type is not one of the choices");
  for (const name of [undefined, SHAREPOINT])
    await expect(world.receive("alarm", alarm("14:00:00", name))).rejects.toThrow("422");
  world.refuseDispatchOf = "servicenow";
  await world.clock.sleep(21 * 60_000);
  await expect(world.receive("schedule", {})).rejects.toMatchObject({
    message: expect.stringContaining("alarms/auth-failures/00000001 of servicenow"),
    outputs: { "taken-up": "1" },
  });
  expect(world.dispatched.map(({ mcp }) => mcp)).toEqual(["sharepoint"]);
});

test("a person says which incident a signal belongs to, and what waits behind it joins, too", async () => {
  const world = new IntakeWorld();
  await world.receive("alarm", alarm("14:00:00"));
  await world.receive("alarm", alarm("14:01:00"));
  world.s3.fail = (operation, key) =>
    operation === "PutObject" && key.includes("/ledger/") ? new Error("killed") : undefined;
  await expect(world.declare(world.dispatched[0] ?? {}, 9001)).rejects.toThrow("killed");
  world.s3.fail = () => undefined;
  await IncidentRecord.start(world.deps(), world.runbook, 41, facts({ environment: "prod" }));
  const named = { mcp: "servicenow", signal: "alarms/auth-failures/00000001", incident: 41 };
  const word = { environment: "prod", named };
  for (let round = 0; round < 2; round += 1)
    expect(await world.receive("person", {}, word)).toMatchObject({ outcome: "joined", incident: "41" });
  expect(await world.seen(41)).toEqual([true, true]);
  // The run is run again after all.
  expect(await world.declare(world.dispatched[0] ?? {}, 9001)).toBeUndefined();
  await expect(world.receive("person", {}, { ...word, named: { ...named, incident: 40 } })).rejects.toThrow(
    /belongs to, which is INC-41/,
  );
  await world.clock.sleep(60 * 60_000);
  expect(await world.receive("schedule", {})).toMatchObject({ "taken-up": "0" });
});
