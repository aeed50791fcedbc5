import { expect, test } from "@jest/globals";
import { IncidentRecord } from "../../src/incident/record.ts";
import { facts } from "../support/incident.ts";
import { alarmEvent, dispatchOf, IntakeWorld } from "../support/intake-world.ts";

const alarm = (at: string) => dispatchOf({ event: alarmEvent({ at: `2026-11-21T${at}.000+0000` }) });

/** An incident that a person has declared at 14:58, about what was seen at 13:58. */
async function byHand(changes: object = {}, issue: object = {}): Promise<IntakeWorld> {
  const world = new IntakeWorld();
  const declared = {
    environment: "prod",
    mcp: "servicenow",
    type: "client-secret-compromised",
    detectedAt: "2026-11-21T13:58:00.000Z",
    ...changes,
  };
  await IncidentRecord.start(world.deps(), world.runbook, 41, facts(declared));
  const labels = ["incident", "type:client-secret-compromised", "environment:prod"];
  world.issues = [{ number: 41, labels, created_at: "2026-11-21T14:58:00Z", ...issue }];
  return world;
}

test("an alarm joins what a person has declared for it, and so does the next one", async () => {
  const world = await byHand();
  expect(await world.receive("alarm", alarm("14:00:00"))).toMatchObject({
    outcome: "joined",
    incident: "41",
  });
  world.issues = [];
  expect(await world.receive("alarm", alarm("14:30:00"))).toMatchObject({
    outcome: "joined",
    incident: "41",
  });
  expect(await world.receive("alarm", alarm("14:00:00"))).toMatchObject({
    outcome: "joined",
    incident: "41",
  });
  expect(await world.seen(41)).toEqual([true, true]);
  expect(world.dispatched).toEqual([]);
});

test.each([
  ["of another type", { type: "service-outage" }, {}],
  ["that is less severe", { severity: "low" }, {}],
  ["of another mcp", { mcp: "sharepoint" }, {}],
  ["declared long before", {}, { created_at: "2026-11-21T03:00:00Z" }],
  ["declared by a signal", { declaredBy: { login: "github-actions[bot]", name: "" } }, {}],
  ["that only looks like one", {}, { number: 40 }],
])("not one %s", async (_what, changes, issue) => {
  const world = await byHand(changes, issue);
  expect(await world.receive("alarm", alarm("14:00:00"))).toMatchObject({ outcome: "declares" });
  expect(world.dispatched).toHaveLength(1);
});

test("not one with a broken ledger, which the job warns of", async () => {
  const world = await byHand({ mcp: "sharepoint" });
  world.s3.objects.set("incidents/INC-41/ledger/00000002.json", Buffer.from("{}"));
  expect(await world.receive("alarm", alarm("14:00:00"))).toMatchObject({ outcome: "declares" });
  expect(world.dispatched).toHaveLength(1);
  expect(world.printed.join()).toMatch(/warning: INC-41 is joined by nothing: .*is not a ledger entry/);
});

test("not one that is given back", async () => {
  const world = await byHand();
  const record = await IncidentRecord.open(world.deps(), world.runbook, "prod", 41);
  await record.append("contained", { action: "by-hand", summary: "", details: {} }, "contained");
  await record.append("restored", { action: "by-hand", summary: "", rootCause: "", details: {} }, "restored");
  expect(await world.receive("alarm", alarm("14:00:00"))).toMatchObject({ outcome: "declares" });
});

test("a run that was started before somebody declared by hand ends without a trace", async () => {
  const world = await byHand();
  const { issues } = world;
  world.issues = [];
  world.s3.fail = (operation, key) =>
    operation === "PutObject" && key.includes("intake/handled/") ? new Error("killed") : undefined;
  await expect(world.receive("alarm", alarm("14:00:00"))).rejects.toThrow("killed");
  world.s3.fail = () => undefined;
  world.issues = issues;
  expect(await world.receive("alarm", alarm("14:00:00"))).toMatchObject({
    outcome: "joined",
    incident: "41",
  });
  expect(await world.declare(world.dispatched[0] ?? {})).toBeUndefined();
  expect(await world.seen(41)).toEqual([true]);
});

test("killed after the place was given to it, the schedule brings what waits", async () => {
  const world = await byHand();
  world.s3.fail = (operation, key) =>
    operation === "PutObject" && key.includes("/ledger/") ? new Error("killed") : undefined;
  await expect(world.receive("alarm", alarm("14:00:00"))).rejects.toThrow("killed");
  world.s3.fail = () => undefined;
  expect(await world.receive("alarm", alarm("14:01:00"))).toMatchObject({ outcome: "follows" });
  await world.clock.sleep(21 * 60_000);
  await world.receive("schedule", {});
  await world.receive("schedule", {});
  expect(await world.seen(41)).toEqual([true, true]);
  expect(world.dispatched).toEqual([]);
});
