import { readFileSync } from "node:fs";
import { expect, test } from "@jest/globals";
import { parse } from "yaml";
import { IncidentRecord } from "../../src/incident/record.ts";
import { facts } from "../support/incident.ts";
import { alarmEvent, dispatchOf, IntakeWorld } from "../support/intake-world.ts";

const MINUTE = 60_000;
const PRESERVE = { incident: "42", environment: "prod", mcp: "servicenow" };

/** The alarm goes off at the world's own time; @param more seconds after it. */
function alarmNow(world: IntakeWorld, more = 0): object {
  const at = new Date(world.clock.now().getTime() + more * 1000).toISOString().replace("Z", "+0000");
  return dispatchOf({ event: alarmEvent({ at }) });
}

/** INC-42, declared by an alarm; so many minutes ago. */
async function declaredAgo(minutes: number): Promise<IntakeWorld> {
  const world = new IntakeWorld();
  await world.receive("alarm", alarmNow(world));
  await world.declare(world.dispatched[0] ?? {});
  await world.clock.sleep(minutes * MINUTE);
  return world;
}

function open(world: IntakeWorld, number = 42, mcp = "servicenow"): Promise<IncidentRecord> {
  return IncidentRecord.open(world.deps(), world.runbook, "prod", number, mcp);
}

/** As preserve writes into the ledger. */
async function begin(world: IntakeWorld, capture: string, more: { supplements?: string } = {}) {
  const window = { from: "2026-11-20T15:00:00.000Z", to: world.clock.now().toISOString() };
  const started = { capture, sources: [], ...window, ...more };
  await (await open(world)).append("capture-started", started, `capture-started/${capture}`);
}

async function seal(world: IntakeWorld, capture: string) {
  const manifest = { manifestKey: "m", manifestSha256: "0".repeat(64), manifestVersionId: null };
  const sealed = { capture, ...manifest, complete: true, items: 1, bytes: 1, sources: [] };
  await (await open(world)).append("capture-sealed", sealed, `capture-sealed/${capture}`);
}

test("a signal that joins has the evidence of its mcp preserved anew", async () => {
  const world = await declaredAgo(90);
  expect(await world.receive("alarm", alarmNow(world))).toMatchObject({ outcome: "joined", incident: "42" });
  expect(world.preserves).toEqual([PRESERVE]);
  expect(world.dispatched).toHaveLength(1);
});

test("not when the incident was declared within the hour: its own run preserves", async () => {
  const world = await declaredAgo(59);
  expect(await world.receive("alarm", alarmNow(world))).toMatchObject({ outcome: "joined" });
  expect(world.preserves).toEqual([]);
});

test("a storm of ten signals within an hour starts one capture, also before that has begun", async () => {
  const world = await declaredAgo(90);
  for (let signal = 0; signal < 10; signal += 1) {
    await world.receive("alarm", alarmNow(world));
    await world.clock.sleep(5 * MINUTE);
  }
  expect((await world.seen(42)).filter((joined) => joined)).toHaveLength(10);
  expect(world.preserves).toEqual([PRESERVE]);
});

test("ten at the same moment start one capture", async () => {
  const world = await declaredAgo(90);
  await Promise.all(Array.from({ length: 10 }, (_, index) => world.receive("alarm", alarmNow(world, index))));
  expect((await world.seen(42)).filter((joined) => joined)).toHaveLength(10);
  expect(world.preserves).toEqual([PRESERVE]);
});

test("a storm that goes on is preserved about once an hour", async () => {
  const world = await declaredAgo(90);
  for (let minutes = 0; minutes < 240; minutes += 10) {
    const before = world.preserves.length;
    await world.receive("alarm", alarmNow(world));
    if (world.preserves.length > before) await begin(world, String(9000 + minutes));
    await world.clock.sleep(10 * MINUTE);
  }
  expect(world.preserves).toHaveLength(4);
});

test("a capture that was begun or sealed within the last hour serves; one that adds to another does not", async () => {
  const world = await declaredAgo(100);
  await begin(world, "9001");
  await world.clock.sleep(59 * MINUTE);
  await world.receive("alarm", alarmNow(world));
  await seal(world, "9001");
  await world.clock.sleep(59 * MINUTE);
  await world.receive("alarm", alarmNow(world));
  expect(world.preserves).toEqual([]);
  await begin(world, "9001_9002", { supplements: "9001" });
  await world.clock.sleep(MINUTE);
  await world.receive("alarm", alarmNow(world));
  expect(world.preserves).toEqual([PRESERVE]);
});

test("what joined before starts nothing when it arrives again", async () => {
  const world = await declaredAgo(90);
  const signal = alarmNow(world);
  for (let round = 0; round < 3; round += 1) {
    await world.receive("alarm", signal);
    await world.clock.sleep(61 * MINUTE);
  }
  expect(world.preserves).toEqual([PRESERVE]);
});

test("when GitHub refuses, the signal has joined, the job fails with the command, and starts it when it is run again", async () => {
  const world = await declaredAgo(90);
  const signal = alarmNow(world);
  world.refuseDispatch = new Error("503");
  await expect(world.receive("alarm", signal)).rejects.toMatchObject({
    reason: "not-dispatched",
    message: "GitHub did not start preserve.yml for servicenow of INC-42, which a signal has joined: 503",
    remedy: expect.stringContaining(
      "gh workflow run preserve.yml -f incident=42 -f environment=prod -f mcp=servicenow",
    ),
  });
  expect(await world.seen(42)).toEqual([false, true]);
  expect(world.bodies.get(42)).toContain("Seen again");
  world.refuseDispatch = undefined;
  await world.receive("alarm", signal);
  expect(await world.seen(42)).toEqual([false, true]);
  expect(world.preserves).toEqual([PRESERVE]);
});

test("run again after somebody has preserved by hand, it starts nothing", async () => {
  const world = await declaredAgo(90);
  const signal = alarmNow(world);
  world.refuseDispatch = new Error("503");
  await expect(world.receive("alarm", signal)).rejects.toThrow("503");
  world.refuseDispatch = undefined;
  await begin(world, "9001");
  expect(await world.receive("alarm", signal)).toMatchObject({ outcome: "joined" });
  expect(world.preserves).toEqual([]);
});

test("an incident that a person has declared is preserved anew, too; each of its mcps by itself", async () => {
  const world = new IntakeWorld();
  const declared = { environment: "prod", type: "client-secret-compromised" };
  await IncidentRecord.start(
    world.deps(),
    world.runbook,
    41,
    facts({ ...declared, detectedAt: world.clock.now().toISOString() }),
  );
  const labels = ["incident", "type:client-secret-compromised", "environment:prod"];
  world.issues = [{ number: 41, labels, created_at: world.clock.now().toISOString() }];
  const joined = { mcp: "sharepoint", reason: null };
  await (await open(world, 41)).append("mcp-joined", joined, "mcp-joined/sharepoint");
  await world.clock.sleep(90 * MINUTE);
  for (const mcp of ["servicenow", "sharepoint"]) {
    const at = world.clock.now().toISOString().replace("Z", "+0000");
    const name = `aiconnectors-${mcp}-auth-failures-prod`;
    const outputs = await world.receive("alarm", dispatchOf({ event: alarmEvent({ at, name }) }));
    expect(outputs).toMatchObject({ outcome: "joined", incident: "41" });
  }
  expect(world.preserves).toEqual(
    ["servicenow", "sharepoint"].map((mcp) => ({ ...PRESERVE, incident: "41", mcp })),
  );
});

test("what the schedule lets join is preserved, also when GitHub refuses at first; and not for days", async () => {
  const world = new IntakeWorld();
  await world.receive("alarm", alarmNow(world));
  await world.receive("alarm", alarmNow(world, 1));
  const key = [...world.s3.objects.keys()].find((one) => one.includes("/followers/")) ?? "";
  const follower = world.s3.objects.get(key) ?? Buffer.alloc(0);
  world.s3.objects.delete(key);
  await world.declare(world.dispatched[0] ?? {});
  world.s3.objects.set(key, follower);
  await world.clock.sleep(90 * MINUTE);
  world.refuseDispatch = new Error("503");
  await expect(world.receive("schedule", {})).rejects.toThrow(/gh workflow run preserve\.yml -f incident=42/);
  expect(await world.seen(42)).toEqual([false, true]);
  world.refuseDispatch = undefined;
  for (let round = 0; round < 4; round += 1) {
    await world.clock.sleep(15 * MINUTE);
    await world.receive("schedule", {});
  }
  expect(world.preserves).toEqual([PRESERVE]);
});

test("preserve.yml takes these inputs, and every job of the intake may start it", () => {
  const read = (file: string) => parse(readFileSync(`.github/workflows/${file}`, "utf8"));
  const { inputs } = read("preserve.yml").on.workflow_dispatch;
  const required = Object.keys(inputs).filter((name) => inputs[name].required);
  expect(required.sort()).toEqual(Object.keys(PRESERVE).sort());
  const jobs: Record<string, { permissions: Record<string, string> }> = read("intake.yml").jobs;
  for (const { permissions } of Object.values(jobs)) expect(permissions.actions).toBe("write");
});
