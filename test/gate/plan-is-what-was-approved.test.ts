import { describe, expect, test } from "@jest/globals";
import { run } from "../../src/actions/scale-down/run.ts";
import { planDifferences } from "../../src/gate/plan-unchanged.ts";
import { seal } from "../support/gate-capture.ts";
import { refusals, refusedScaleDown } from "../support/gate-expect.ts";
import { GateWorld, inputs } from "../support/gate-world.ts";

async function approved(world: GateWorld): Promise<void> {
  await world.declare();
  await seal(world);
  world.github.approve();
}

describe("the plan", () => {
  test("drifts with the task definition: refused with step, field, was and is", async () => {
    const world = new GateWorld();
    await approved(world);
    const was = world.ecs.taskDefinition;
    world.ecs.taskDefinition = `${was}1`;

    const [refusal] = await refusals(world, run(inputs, world.deps()));

    expect(refusal?.reason).toBe("plan-drifted");
    expect(refusal?.message).toContain(`- scale-to-zero: from.taskDefinition was "${was}", is "${was}1"`);
    expect(refusal?.remedy).toContain(
      "gh workflow run contain.yml -f incident=42 -f environment=dev -f mcp=servicenow",
    );
  });

  test("drifts with the desired count of a service that nothing scales", async () => {
    const world = new GateWorld({ tasks: 2 });
    await approved(world);
    world.ecs.desiredCount = 1;
    expect(await refusedScaleDown(world)).toEqual(["plan-drifted"]);
  });

  test("does not drift when the autoscaler moves the desired count between its bounds", async () => {
    const world = new GateWorld({ tasks: 2 });
    world.ecs.scaling = { min: 1, max: 4, suspended: [false, false, false] };
    await approved(world);
    world.ecs.desiredCount = 3;
    const outputs = await run(inputs, world.deps());
    expect(outputs["previous-desired-count"]).toBe("3");
  });

  test("drifts when the bounds themselves are moved", async () => {
    const world = new GateWorld({ tasks: 2 });
    world.ecs.scaling = { min: 1, max: 4, suspended: [false, false, false] };
    await approved(world);
    world.ecs.scaling = { min: 1, max: 40, suspended: [false, false, false] };
    expect(await refusedScaleDown(world)).toEqual(["plan-drifted"]);
  });

  test("of another run does not count: no-plan", async () => {
    const world = new GateWorld();
    await approved(world);
    const found = await refusals(world, run(inputs, world.deps({ runId: 7002 })));
    expect(found.map(({ reason }) => reason)).toEqual(["no-plan"]);
  });

  test("for another action does not fit: plan-mismatch", async () => {
    const world = new GateWorld({ type: "client-secret-compromised" });
    await approved(world);
    expect(await refusedScaleDown(world)).toEqual(["plan-mismatch"]);
  });

  test("and all other obstacles are told at once", async () => {
    const world = new GateWorld();
    await world.declare();
    world.github.environment = null;
    world.ecs.taskDefinition = "another";
    expect(await refusedScaleDown(world)).toEqual([
      "missing-environment",
      "not-approved",
      "plan-drifted",
      "no-capture",
    ]);
  });

  test("steps that came and went are named", async () => {
    const world = new GateWorld();
    const record = await world.declare();
    const planned = record.latest("planned")?.data.plan;
    if (!planned) throw new Error("no plan");
    const without = { ...planned, steps: [] };
    expect(planDifferences(planned, without)).toEqual([
      "- scale-to-zero: was a step of the plan, and is none now",
    ]);
    expect(planDifferences(without, planned)).toEqual([
      "- scale-to-zero: was not a step of the plan, and is one now",
    ]);
  });
});
