import { describe, expect, test } from "@jest/globals";
import { run as restore } from "../../../src/actions/restore-service/run.ts";
import { run as scaleDown } from "../../../src/actions/scale-down/run.ts";
import { STEPS } from "../../../src/containment/steps.ts";
import { IncidentRecord } from "../../../src/incident/record.ts";
import { seal } from "../../support/gate-capture.ts";
import { refusals } from "../../support/gate-expect.ts";
import { GateWorld, inputs, runbook } from "../../support/gate-world.ts";
import { facts } from "../../support/incident.ts";

const restoreInputs = { ...inputs, rootCause: "A client retried without pause." };

/** Incident 42 has scaled the service from 3 to 0. */
async function contained(): Promise<GateWorld> {
  const world = new GateWorld({ tasks: 3 });
  await world.declare();
  await seal(world);
  world.github.approve();
  await scaleDown(inputs, world.deps());
  world.calls.length = 0;
  await world.clock.sleep(60_000);
  return world;
}

/** Another incident whose ledger announces a scale-down from `desiredCount`. */
async function other(
  world: GateWorld,
  number: number,
  desiredCount: number,
  mcp = "servicenow",
): Promise<IncidentRecord> {
  const record = await IncidentRecord.start(world.deps({ runId: 8000 }), runbook, number, facts({ mcp }));
  const { taskDefinition } = world.ecs;
  const from = { desiredCount, remembered: desiredCount, taskDefinition };
  const change = { action: "scale-down", step: STEPS.scaleToZero, target: "arn:service" };
  await record.append("change-intended", { ...change, from, to: { desiredCount: 0 } }, "intended");
  return record;
}

async function restoreIt(world: GateWorld): Promise<Record<string, string>> {
  await world.planIn(7002, "restore");
  return restore(restoreInputs, world.deps({ runId: 7002 }));
}

describe("a restore while another incident keeps the same service down", () => {
  test("is refused: contained-elsewhere, with the restore that has to come first", async () => {
    const world = await contained();
    await other(world, 43, 0);
    const [refusal] = await refusals(world, restoreIt(world));
    expect(refusal?.reason).toBe("contained-elsewhere");
    expect(refusal?.message).toContain("INC-43");
    expect(refusal?.remedy).toContain(
      "gh workflow run restore.yml -f incident=43 -f environment=dev -f mcp=servicenow",
    );
  });

  test("is allowed once that one is restored", async () => {
    const world = await contained();
    const record = await other(world, 43, 0);
    const restored = { action: "restore-service", summary: "", rootCause: "a client", details: {} };
    await record.append("restored", restored, "restored");
    expect(await restoreIt(world)).toEqual({ "desired-count": "3" });
  });

  test("is allowed when that one is about another mcp", async () => {
    const world = await contained();
    await other(world, 43, 2, "sharepoint");
    expect(await restoreIt(world)).toEqual({ "desired-count": "3" });
  });

  test("is refused, too, when that one is about another mcp and this one has joined it", async () => {
    const world = await contained();
    const record = await other(world, 43, 2, "sharepoint");
    await record.append("mcp-joined", { mcp: "servicenow", reason: null }, "mcp-joined/servicenow");
    const ours = await record.of("servicenow");
    const { taskDefinition } = world.ecs;
    const from = { desiredCount: 0, remembered: 3, taskDefinition };
    const change = { action: "scale-down", step: STEPS.scaleToZero, target: "arn:service" };
    await ours.append("change-intended", { ...change, from, to: { desiredCount: 0 } }, "intended");
    const [refusal] = await refusals(world, restoreIt(world));
    expect(refusal?.reason).toBe("contained-elsewhere");
    expect(refusal?.message).toContain("INC-43");
  });

  test("is allowed when the service was up again when this incident was contained", async () => {
    const world = new GateWorld({ tasks: 3 });
    await world.declare();
    await other(world, 7, 5);
    await world.clock.sleep(60_000);
    await seal(world);
    world.github.approve();
    await scaleDown(inputs, world.deps());
    expect(await restoreIt(world)).toEqual({ "desired-count": "3" });
  });

  test("is allowed when it brings nothing back: the other one's restore then does", async () => {
    const world = new GateWorld({ tasks: 0 });
    await world.declare();
    await seal(world);
    world.github.approve();
    await scaleDown(inputs, world.deps());
    await other(world, 43, 0);
    expect(await restoreIt(world)).toEqual({ "desired-count": "0" });
  });

  test("is refused when the other one's ledger is broken", async () => {
    const world = await contained();
    await other(world, 43, 0);
    world.s3.objects.set("incidents/INC-43/ledger/00000001.json", Buffer.from("{}"));
    const found = await refusals(world, restoreIt(world));
    expect(found.map(({ reason }) => reason)).toEqual(["ledger-broken"]);
  });
});
