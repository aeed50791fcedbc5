import { describe, expect, test } from "@jest/globals";
import { run } from "../../src/actions/scale-down/run.ts";
import { seal } from "../support/gate-capture.ts";
import { refusals, refusedScaleDown } from "../support/gate-expect.ts";
import { GateWorld, inputs } from "../support/gate-world.ts";

const MINUTE_MS = 60_000;

/** A gate that waits two minutes for the capture; after one of them the world moves. */
async function movesMeanwhile(move: (world: GateWorld) => void): Promise<GateWorld> {
  const world = new GateWorld({ tasks: 2 });
  world.ecs.scaling = { min: 2, max: 6, suspended: [false, false, false] };
  await world.declare();
  world.github.approve();
  world.github.jobs = [{ name: "preserve", status: "in_progress", conclusion: null }];
  world.clock.after(MINUTE_MS, () => move(world));
  world.clock.after(2 * MINUTE_MS, () => {
    const done = { name: "preserve", status: "completed", conclusion: "success" };
    void seal(world).then(() => {
      world.github.jobs = [done];
    });
  });
  return world;
}

describe("while the gate waits for the capture", () => {
  test("the plan may drift", async () => {
    const world = await movesMeanwhile(({ ecs }) => {
      ecs.scaling = { min: 1, max: 50, suspended: [true, false, false] };
    });
    const [refusal] = await refusals(world, run(inputs, world.deps()));
    expect(refusal?.reason).toBe("plan-drifted");
    expect(refusal?.message).toContain("from.maxCapacity was 6, is 50");
    expect((await world.open()).latest("gate-passed")).toBeUndefined();
  });

  test("the environment may lose its reviewers", async () => {
    const world = await movesMeanwhile(({ github }) => {
      github.environment = { createdAt: new Date("2026-01-01T00:00:00Z"), reviewers: [] };
    });
    expect(await refusedScaleDown(world)).toEqual(["unprotected-environment"]);
  });

  test("a reviewer may reject", async () => {
    const world = await movesMeanwhile(({ github }) => {
      github.reviews.push({ state: "rejected", login: "someone-else" });
    });
    expect(await refusedScaleDown(world)).toEqual(["rejected"]);
  });
});

describe("between the gate and the first change", () => {
  test("the plan is looked at once more", async () => {
    const world = new GateWorld({ tasks: 2 });
    await world.declare();
    await seal(world);
    world.github.approve();
    world.before = () => {
      const passed = world.printed.some((line) => line.includes("covers every task that runs now"));
      if (passed) world.ecs.taskDefinition = "arn:another";
    };
    expect(await refusedScaleDown(world)).toEqual(["plan-drifted"]);
    expect((await world.open()).latest("gate-passed")).toBeDefined();
  });
});
