import { describe, expect, test } from "@jest/globals";
import { InputReader } from "../../../src/actions/inputs.ts";
import { type RecordPlanInputs, readInputs } from "../../../src/actions/record-plan/inputs.ts";
import { run } from "../../../src/actions/record-plan/run.ts";
import { readLedger } from "../../../src/incident/ledger.ts";
import { IncidentRecord } from "../../../src/incident/record.ts";
import { failure } from "../../support/gate-expect.ts";
import { inputs as common, GateWorld, runbook, target } from "../../support/gate-world.ts";

const RUN = { runId: 7002, job: "plan" };
const given: RecordPlanInputs = {
  ...common,
  mcps: ["sharepoint", "databricks"],
  join: { reason: "the same client" },
  change: "contain",
  revoke: undefined,
  credentialKeyId: undefined,
  rootCause: undefined,
  breakGlass: undefined,
};

const ledger = (world: GateWorld) => readLedger({ s3: world.s3.client, bucket: target.vault }, "INC-42");

async function declared(type?: string): Promise<GateWorld> {
  const world = new GateWorld(type === undefined ? {} : { type });
  await world.declare();
  return world;
}

describe("mcps that the incident is not about yet", () => {
  test("join it, each with a plan of its own, in one ledger", async () => {
    const world = await declared();
    const outputs = await run(given, world.deps(RUN));
    expect(outputs).toMatchObject({ mcps: '["sharepoint","databricks"]', action: "scale-down" });
    const entries = await ledger(world);
    const joined = entries.filter(({ kind }) => kind === "mcp-joined");
    expect(joined.map(({ data, mcp }) => [data, mcp])).toEqual([
      [{ mcp: "sharepoint", reason: "the same client" }, undefined],
      [{ mcp: "databricks", reason: "the same client" }, undefined],
    ]);
    const plans = entries.filter((entry) => entry.kind === "planned");
    expect(plans.map(({ mcp, key }) => [mcp, key])).toEqual([
      [undefined, expect.stringMatching(/^planned\/7001\/1/)],
      ["sharepoint", expect.stringMatching(/^sharepoint\/planned\/7002\/1/)],
      ["databricks", expect.stringMatching(/^databricks\/planned\/7002\/1/)],
    ]);
    expect(plans.map(({ data }) => data.plan.mcp)).toEqual(["servicenow", "sharepoint", "databricks"]);
    expect(new Set(entries.map(({ key }) => key)).size).toBe(entries.length);
    expect(world.changes()).toEqual([]);
  });

  test("join once; a record of one of them sees its own plan and no other", async () => {
    const world = await declared();
    await run(given, world.deps(RUN));
    await run(given, world.deps({ ...RUN, runId: 7003 }));
    expect((await ledger(world)).filter(({ kind }) => kind === "mcp-joined")).toHaveLength(2);
    const record = await IncidentRecord.open(world.deps(), runbook, "dev", 42, "sharepoint");
    expect(record.target.service).toBe("aiconnectors-sharepoint-dev");
    expect(record.all("planned").map(({ data }) => data.plan.mcp)).toEqual(["sharepoint", "sharepoint"]);
    expect(record.mcps).toEqual(["servicenow", "sharepoint", "databricks"]);
  });

  test("are shown to the reviewer in one table, with the plan of each", async () => {
    const world = await declared();
    await run(given, world.deps(RUN));
    const summary = world.summaries.join("\n");
    expect(summary).toContain("**2 mcps.** One review approves all of them");
    expect(summary).toContain("### ` sharepoint `");
    expect(summary).toContain("### ` databricks `");
  });
});

describe("is refused before anything is written", () => {
  const refused: [string, Partial<RecordPlanInputs>, string | undefined, string][] = [
    ["an mcp that the runbook does not have", { mcps: ["sharepoint", "nowhere"] }, undefined, "bad-input"],
    ["one that has not joined, when nobody asks it to", { join: undefined }, undefined, "bad-input"],
    ["a type whose play is about more than services", {}, "client-secret-compromised", "cannot-join"],
  ];
  test.each(refused)("%s", async (_name, changes, type, reason) => {
    const world = await declared(type);
    const before = (await ledger(world)).length;
    const error = await failure(run({ ...given, ...changes }, world.deps(RUN)));
    expect(error.reason).toBe(reason);
    expect(await ledger(world)).toHaveLength(before);
  });

  const junk: [Record<string, string>, string][] = [
    [{ INPUT_MCP: "a,,b" }, "Input 'mcp' names nothing between two commas"],
    [{ INPUT_MCP: "a, a" }, "Input 'mcp' names \"a\" twice"],
    [
      { INPUT_MCP: "a,b", "INPUT_BREAK-GLASS": "The service crash-loops by the minute." },
      "Input 'mcp' names several",
    ],
    [{ INPUT_JOIN: "true", INPUT_CHANGE: "restore" }, "Input 'join' goes with no restore"],
    [{ INPUT_CHANGE: "restore", "INPUT_ROOT-CAUSE": "a bug" }, "Input 'root-cause' is no sentence"],
    [{ INPUT_CHANGE: "undo", INPUT_REASON: " - " }, "Input 'reason' is no plain text"],
  ];
  test.each(junk)("%j", (changes, problem) => {
    const env = {
      INPUT_INCIDENT: "42",
      INPUT_ENVIRONMENT: "dev",
      INPUT_CHANGE: "contain",
      "INPUT_GITHUB-TOKEN": "t",
      ...changes,
    };
    expect(() => readInputs(new InputReader(env))).toThrow(problem);
  });
});

test("one that cannot be planned does not stop the others", async () => {
  const world = await declared();
  await run(given, world.deps(RUN));
  const restore = {
    ...given,
    join: undefined,
    change: "restore" as const,
    mcps: ["servicenow", "sharepoint"],
  };
  const record = await IncidentRecord.open(world.deps(), runbook, "dev", 42, "sharepoint");
  const from = { desiredCount: 2, remembered: 2, taskDefinition: world.ecs.taskDefinition };
  const change = {
    action: "scale-down",
    step: "scale-to-zero",
    target: "arn:service",
    to: { desiredCount: 0 },
  };
  await record.append("change-intended", { ...change, from }, "intended");
  await run(restore, world.deps({ ...RUN, runId: 7004 }));
  const entries = await ledger(world);
  expect(entries.find(({ kind }) => kind === "plan-failed")).toMatchObject({
    data: { reason: "nothing-to-restore", runId: 7004 },
  });
  expect(entries.findLast(({ kind }) => kind === "planned")).toMatchObject({
    mcp: "sharepoint",
    data: { plan: { change: "restore" } },
  });
  expect(world.summaries.at(-1)).toContain("**There is no plan**, and its gate will refuse");
});
