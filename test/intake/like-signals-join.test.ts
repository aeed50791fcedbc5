import { expect, test } from "@jest/globals";
import { IncidentRecord } from "../../src/incident/record.ts";
import { changeSeverity } from "../../src/incident/severity.ts";
import { statusOf } from "../../src/incident/status.ts";
import { alarmEvent, dispatchOf, IntakeWorld } from "../support/intake-world.ts";

const at = (time: string, name?: string) =>
  dispatchOf({ event: alarmEvent({ at: `2026-11-21T${time}.000+0000`, ...(name ? { name } : {}) }) });

async function declared(world: IntakeWorld): Promise<number> {
  await world.receive("alarm", at("02:40:00"));
  return (await world.declare(world.dispatched[0] ?? {})) ?? 0;
}

test("the same alarm within the window joins the open incident, and the issue says so", async () => {
  const world = new IntakeWorld();
  const number = await declared(world);
  const outputs = await world.receive("alarm", at("06:39:00"));
  expect(outputs).toMatchObject({ outcome: "joined", incident: String(number) });
  expect(await world.seen(number)).toEqual([false, true]);
  expect(world.bodies.get(number)).toContain("Seen again");
  expect(world.dispatched).toHaveLength(1);
});

test("what joins carries the window on; beyond it another incident is declared", async () => {
  const world = new IntakeWorld();
  const number = await declared(world);
  await world.receive("alarm", at("06:39:00"));
  expect(await world.receive("alarm", at("10:38:00"))).toMatchObject({ incident: String(number) });
  expect(await world.receive("alarm", at("14:39:00"))).toMatchObject({
    outcome: "declares",
    signal: "alarms/auth-failures/00000002",
  });
});

test("another alarm, or the same of another mcp or environment, declares an incident of its own", async () => {
  const world = new IntakeWorld();
  const number = await declared(world);
  for (const name of [
    "aiconnectors-servicenow-error-rate-prod",
    "aiconnectors-sharepoint-auth-failures-prod",
    "aiconnectors-servicenow-auth-failures-dev",
  ])
    expect(await world.receive("alarm", at("02:45:00", name))).toMatchObject({ outcome: "declares" });
  expect(await world.seen(number)).toEqual([false]);
});

test("what comes while the incident is being declared joins it, whichever of the two is first", async () => {
  const world = new IntakeWorld();
  await world.receive("alarm", at("02:40:00"));
  expect(await world.receive("alarm", at("02:41:00"))).toMatchObject({ outcome: "follows" });
  const [number] = await Promise.all([
    world.declare(world.dispatched[0] ?? {}),
    ...Array.from({ length: 8 }, (_, index) => world.receive("alarm", at(`02:42:0${index}`))),
  ]);
  expect(world.dispatched).toHaveLength(1);
  const seen = await world.seen(number ?? 0);
  expect(seen.filter((joined) => !joined)).toHaveLength(1);
  expect(seen.filter((joined) => joined)).toHaveLength(9);
});

test("different signals of one alarm that arrive at once make one incident", async () => {
  const world = new IntakeWorld();
  await Promise.all(Array.from({ length: 6 }, (_, index) => world.receive("alarm", at(`02:40:0${index}`))));
  expect(new Set(world.dispatched.map(({ signal }) => signal)).size).toBe(1);
  const number = await world.declare(world.dispatched[0] ?? {});
  expect(await world.seen(number ?? 0)).toEqual([false, true, true, true, true, true]);
});

test("nothing joins an incident that was lowered below what the signal asks for", async () => {
  const world = new IntakeWorld();
  const number = await declared(world);
  const record = await IncidentRecord.open(world.deps(), world.runbook, "prod", number);
  const by = { login: "oncall", name: "Olga" };
  await changeSeverity(world.deps(), record, {
    from: "high",
    to: "low",
    reason: "false alarm",
    by,
    key: "k",
  });
  expect(await world.receive("alarm", at("03:40:00"))).toMatchObject({ outcome: "declares" });
  expect(world.dispatched).toHaveLength(2);
  const second = await world.declare(world.dispatched[1] ?? {});
  expect(await world.receive("alarm", at("03:50:00"))).toMatchObject({ incident: String(second) });
  expect(await world.seen(number)).toEqual([false]);
});

const LINE = "intake/prod/servicenow/alarms/auth-failures";

test.each([
  ["a broken ledger", "incidents/INC-42/ledger/00000003.json", "INC-42", "declares"],
  ["a broken place", `${LINE}/00000001/signal.json`, "00000001", "declares"],
  ["a place that holds something else", `${LINE}/00000007/note.json`, "00000007", "joined"],
])("%s stops no line, and the job warns of it", async (_what, key, named, outcome) => {
  const world = new IntakeWorld();
  await declared(world);
  world.s3.objects.set(key, Buffer.from("{}"));
  expect(await world.receive("alarm", at("03:40:00"))).toMatchObject({ outcome });
  expect(world.printed.join("\n")).toMatch(new RegExp(`warning: .*${named}`));
});

test("killed after it joined and run again, it joined once", async () => {
  const world = new IntakeWorld();
  const number = await declared(world);
  world.s3.fail = (operation, key) =>
    operation === "PutObject" && key.includes("intake/handled/") ? new Error("killed") : undefined;
  await expect(world.receive("alarm", at("03:00:00"))).rejects.toThrow("killed");
  world.s3.fail = () => undefined;
  await world.receive("alarm", at("03:00:00"));
  expect(await world.seen(number)).toEqual([false, true]);
});

test("nothing joins an incident that is resolved", async () => {
  const world = new IntakeWorld();
  const number = await declared(world);
  const deps = world.deps();
  const record = await IncidentRecord.open(deps, world.runbook, "prod", number);
  const everyStep = world.runbook.escalation.steps.map(({ id }) => id);
  const manual = world.runbook.incident_types["client-secret-compromised"]?.manual ?? [];
  world.runbook.escalation.steps = world.runbook.escalation.steps.filter(
    ({ done_when }) => done_when === undefined || done_when === "declared" || done_when === "reviewed",
  );
  manual.length = 0;
  for (const step of everyStep)
    await record.append(
      "step-confirmed",
      {
        step,
        text: step,
        by: "Olga",
        at: "2026-11-21T03:00:00Z",
        note: "done",
        confirmedBy: { login: "oncall", name: "Olga" },
        planSha256: null,
      },
      `step-confirmed/${step}`,
    );
  await record.append("contained", { action: "by-hand", summary: "", details: {} }, "contained");
  await record.append("restored", { action: "by-hand", summary: "", rootCause: "", details: {} }, "restored");
  const resolved = { ...world.runbook };
  const { receive } = await import("../../src/intake/receive.ts");
  const { alarmSignal } = await import("../../src/intake/alarm-signal.ts");
  const reading = alarmSignal(
    resolved,
    { event: alarmEvent({ at: "2026-11-21T03:10:00.000+0000" }) },
    world.clock,
  );
  if (!reading.signal) throw new Error("no signal");
  expect(await receive(deps, resolved, reading.signal)).toMatchObject({ outcome: "declares" });
});

test("what comes back after the service was given back declares anew, and wants evidence of its own", async () => {
  const world = new IntakeWorld();
  const number = await declared(world);
  const record = await IncidentRecord.open(world.deps(), world.runbook, "prod", number);
  await record.append("contained", { action: "by-hand", summary: "", details: {} }, "contained");
  expect(await world.receive("alarm", at("03:00:00"))).toMatchObject({ outcome: "joined" });
  const restored = { action: "by-hand", summary: "", rootCause: "", details: {} };
  await record.append("restored", restored, "restored");
  expect(
    statusOf((await IncidentRecord.open(world.deps(), world.runbook, "prod", number)).chain, world.runbook),
  ).toBe("monitoring");
  expect(await world.receive("alarm", at("03:30:00"))).toMatchObject({ outcome: "declares" });
  expect(world.dispatched).toHaveLength(2);
});

test("of two mcps that were contained, the one that was given back declares anew, the other joins", async () => {
  const world = new IntakeWorld();
  const number = await declared(world);
  const record = await IncidentRecord.open(world.deps(), world.runbook, "prod", number);
  await record.append("mcp-joined", { mcp: "sharepoint", reason: "the same" }, "mcp-joined/sharepoint");
  await record.append("contained", { action: "by-hand", summary: "", details: {} }, "contained");
  await record.append("restored", { action: "by-hand", summary: "", rootCause: "", details: {} }, "restored");
  expect(await world.receive("alarm", at("03:30:00"))).toMatchObject({ outcome: "declares" });
});
