import { expect, test } from "@jest/globals";
import { run as scaleDown } from "../../src/actions/scale-down/run.ts";
import { recordPlan } from "../../src/containment/record-plan.ts";
import { ownCaptures } from "../../src/evidence/own-captures.ts";
import { IncidentRecord } from "../../src/incident/record.ts";
import { seal } from "../support/gate-capture.ts";
import { failure } from "../support/gate-expect.ts";
import { GateWorld, inputs, runbook } from "../support/gate-world.ts";

/** Incident 42 on servicenow, preserved there; sharepoint has joined it, is planned, and everything is approved. */
async function joined(): Promise<GateWorld> {
  const world = new GateWorld();
  const declared = await world.declare();
  await declared.append("mcp-joined", { mcp: "sharepoint", reason: null }, "mcp-joined/sharepoint");
  await recordPlan(world.deps(), await declared.of("sharepoint"), "contain");
  await seal(world);
  world.github.approve();
  return world;
}

const open = (world: GateWorld, mcp: string) => IncidentRecord.open(world.deps(), runbook, "dev", 42, mcp);

test("a capture of one mcp does not serve another: refused, nothing changed, and it alone is", async () => {
  const world = await joined();
  const error = await failure(scaleDown({ ...inputs, mcp: "sharepoint" }, world.deps()));
  expect(error.reason).toBe("no-capture");
  expect(error.message).toContain("INC-42 (sharepoint)");
  expect(error.remedy).toContain("preserve.yml -f incident=42 -f environment=dev -f mcp=sharepoint");
  expect(world.changes()).toEqual([]);
  expect((await open(world, "servicenow")).all("gate-refused")).toEqual([]);

  await scaleDown({ ...inputs, mcp: "servicenow" }, world.deps());
  expect((await open(world, "servicenow")).all("contained")).toHaveLength(1);
  expect((await open(world, "sharepoint")).all("contained")).toEqual([]);
});

test("each answers for its own captures", async () => {
  const world = await joined();
  expect((await ownCaptures(await open(world, "servicenow"))).map(({ capture }) => capture)).toEqual([
    "7001",
  ]);
  expect(await ownCaptures(await open(world, "sharepoint"))).toEqual([]);
});

test("an mcp that has not joined is refused by name", async () => {
  const world = await joined();
  const error = await failure(scaleDown({ ...inputs, mcp: "databricks" }, world.deps()));
  expect(error.message).toContain('is none of those that INC-42 is about: "databricks"');
  expect(error.remedy).toContain("servicenow or sharepoint");
});
