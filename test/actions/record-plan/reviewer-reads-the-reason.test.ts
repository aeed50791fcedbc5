import { expect, test } from "@jest/globals";
import { run } from "../../../src/actions/record-plan/run.ts";
import { IncidentRecord } from "../../../src/incident/record.ts";
import { inputs as common, GateWorld, runbook } from "../../support/gate-world.ts";

test("whoever reviews an undo reads why before approving, as text that is no markup", async () => {
  const world = new GateWorld();
  await world.declare();
  const record = await IncidentRecord.open(world.deps(), runbook, "dev", 42);
  const from = { desiredCount: 2, remembered: 2, taskDefinition: world.ecs.taskDefinition };
  const change = { action: "scale-down", step: "scale-to-zero", target: "arn:service" };
  await record.append("change-intended", { ...change, from, to: { desiredCount: 0 } }, "intended");
  const given = {
    ...common,
    mcps: undefined,
    join: undefined,
    change: "undo" as const,
    revoke: undefined,
    credentialKeyId: undefined,
    rootCause: undefined,
    reason: "The flood has ended. @octocat <b>",
    breakGlass: undefined,
  };
  await run(given, world.deps({ runId: 7002, job: "plan" }));
  expect(world.summaries.join()).toContain("Reason:\n\n```text\nThe flood has ended. @octocat <b>\n```");
});
