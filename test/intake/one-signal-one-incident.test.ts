import { expect, test } from "@jest/globals";
import { alarmEvent, alarmNotification, dispatchOf, IntakeWorld } from "../support/intake-world.ts";

const event = dispatchOf({ event: alarmEvent() });

test("an alarm starts one run of incident.yml, with nothing but the runbook's words", async () => {
  const world = new IntakeWorld();
  const outputs = await world.receive("alarm", event);
  expect(outputs).toMatchObject({
    outcome: "declares",
    environment: "prod",
    mcp: "servicenow",
    signal: "alarms/auth-failures/00000001",
  });
  expect(world.dispatched).toEqual([
    {
      severity: "High",
      type: "client-secret-compromised",
      environment: "prod",
      mcp: "servicenow",
      summary: "Auth failures: Credential compromise; Token replay attack",
      detected_at: "2026-11-21T02:40:00.989Z",
      signal: "alarms/auth-failures/00000001",
    },
  ]);
});

test("delivered again, by either way, it starts nothing", async () => {
  const world = new IntakeWorld();
  await world.receive("alarm", event);
  const number = await world.declare(world.dispatched[0] ?? {});
  await world.receive("alarm", event);
  await world.receive("alarm", dispatchOf({ notification: alarmNotification(alarmEvent()) }));
  expect(world.dispatched).toHaveLength(1);
  expect(await world.seen(number ?? 0)).toEqual([false]);
});

test("delivered ten times at once, one run declares by it", async () => {
  const world = new IntakeWorld();
  await Promise.all(Array.from({ length: 10 }, () => world.receive("alarm", event)));
  expect(world.dispatched.length).toBeGreaterThan(0);
  expect(new Set(world.dispatched.map(({ signal }) => signal)).size).toBe(1);
  const declared = await Promise.all(
    world.dispatched.map((inputs, index) => world.declare(inputs, 9000 + index)),
  );
  expect(declared.filter((number) => number !== undefined)).toHaveLength(1);
});

test("the run that claimed a signal goes on with it when it is run again", async () => {
  const world = new IntakeWorld();
  await world.receive("alarm", event);
  const inputs = world.dispatched[0] ?? {};
  world.s3.fail = (operation, key) =>
    operation === "PutObject" && key.includes("/ledger/") ? new Error("killed") : undefined;
  await expect(world.declare(inputs, 9001)).rejects.toThrow("killed");
  world.s3.fail = () => undefined;
  expect(await world.declare(inputs, 9002)).toBeUndefined();
  expect(await world.declare(inputs, 9001)).toBeDefined();
});

test.each(["taken", "dispatched", "handled"])(
  "killed before it was %s and run again, there is one incident",
  async (before) => {
    const world = new IntakeWorld();
    const dead = new Error("killed");
    if (before === "dispatched") world.refuseDispatch = dead;
    world.s3.fail = (operation, key) => {
      const reached = before === "taken" ? key.endsWith("/signal.json") : key.includes("intake/handled/");
      return operation === "PutObject" && reached ? dead : undefined;
    };
    await expect(world.receive("alarm", event)).rejects.toThrow("killed");
    world.s3.fail = () => undefined;
    world.refuseDispatch = undefined;
    await world.receive("alarm", event);
    const numbers = [];
    for (const [index, inputs] of world.dispatched.entries())
      numbers.push(await world.declare(inputs, 9000 + index));
    expect(numbers.filter((number) => number !== undefined)).toHaveLength(1);
  },
);

test.each(["OK", "INSUFFICIENT_DATA"])("an alarm that goes to %s declares nothing", async (state) => {
  const world = new IntakeWorld();
  const outputs = await world.receive("alarm", dispatchOf({ event: alarmEvent({ state }) }));
  expect(outputs).toEqual({ declares: "false", outcome: "nothing" });
  expect(world.s3.calls).toEqual([]);
  expect(world.dispatched).toEqual([]);
});

test("a dry run says which environment it is about, and calls nobody", async () => {
  const world = new IntakeWorld();
  expect(await world.receive("alarm", event, { dryRun: true })).toEqual({
    declares: "true",
    environment: "prod",
    mcp: "servicenow",
    region: "eu-west-1",
    "evidence-role": "arn:aws:iam::444455556666:role/firebreak-evidence-prod",
  });
  expect(world.s3.calls).toEqual([]);
  expect(world.dispatched).toEqual([]);
});

test("run again hours later, when another incident stands behind it, it stays with its own", async () => {
  const world = new IntakeWorld();
  world.refuseDispatch = new Error("killed");
  await expect(world.receive("alarm", event)).rejects.toThrow("killed");
  world.refuseDispatch = undefined;
  await world.clock.sleep(21 * 60_000);
  await world.receive("schedule", {});
  await world.declare(world.dispatched[0] ?? {});
  const later = dispatchOf({ event: alarmEvent({ at: "2026-11-21T14:30:00.000+0000" }) });
  await world.receive("alarm", later);
  await world.declare(world.dispatched[1] ?? {});
  world.s3.objects.delete(
    [...world.s3.objects.keys()].find((key) => key.startsWith("intake/handled/")) ?? "",
  );
  expect(await world.receive("alarm", event)).toMatchObject({ signal: "alarms/auth-failures/00000001" });
  expect(world.dispatched).toHaveLength(2);
});

test("one that joined and was killed joins no other incident when it is run again hours later", async () => {
  const world = new IntakeWorld();
  await world.receive("alarm", event);
  const number = (await world.declare(world.dispatched[0] ?? {})) ?? 0;
  const joins = dispatchOf({ event: alarmEvent({ at: "2026-11-21T06:00:00.000+0000" }) });
  world.s3.fail = (operation, key) =>
    operation === "PutObject" && key.includes("intake/handled/") ? new Error("killed") : undefined;
  await expect(world.receive("alarm", joins)).rejects.toThrow("killed");
  world.s3.fail = () => undefined;
  await world.receive("alarm", dispatchOf({ event: alarmEvent({ at: "2026-11-21T14:30:00.000+0000" }) }));
  await world.declare(world.dispatched[1] ?? {});
  expect(await world.receive("alarm", joins)).toMatchObject({ outcome: "joined", incident: String(number) });
  expect(await world.seen(number)).toEqual([false, true]);
});

test("the command for a dispatch that GitHub refuses keeps the moment of detection", async () => {
  const world = new IntakeWorld();
  world.refuseDispatch = new Error("403");
  await expect(world.receive("alarm", event)).rejects.toMatchObject({
    remedy: expect.stringContaining("-f 'detected_at=2026-11-21T02:40:00.989Z'"),
  });
});
