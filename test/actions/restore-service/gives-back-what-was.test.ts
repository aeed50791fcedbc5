import { describe, expect, test } from "@jest/globals";
import { InputReader } from "../../../src/actions/inputs.ts";
import { readInputs } from "../../../src/actions/restore-service/inputs.ts";
import { run } from "../../../src/actions/restore-service/run.ts";
import { run as scaleDown } from "../../../src/actions/scale-down/run.ts";
import { FirebreakError } from "../../../src/errors.ts";
import { seal } from "../../support/gate-capture.ts";
import { failure, refusals } from "../../support/gate-expect.ts";
import { GateWorld, inputs } from "../../support/gate-world.ts";

const restoreInputs = { ...inputs, rootCause: "A client retried without pause." };
const restoreRun = { runId: 7002 };

/** A service that was scaled down, and a restore that is planned and approved. */
async function contained(plan = true): Promise<GateWorld> {
  const world = new GateWorld({ tasks: 3 });
  world.ecs.scaling = { min: 2, max: 6, suspended: [false, false, true] };
  await world.declare();
  await seal(world);
  world.github.approve();
  await scaleDown(inputs, world.deps());
  world.calls.length = 0;
  if (plan) await world.planIn(restoreRun.runId, "restore");
  return world;
}

describe("restore-service", () => {
  test("brings the tasks back first and then the scaling, both as they were", async () => {
    const world = await contained();
    const outputs = await run(restoreInputs, world.deps(restoreRun));
    expect(outputs).toEqual({ "desired-count": "3" });
    expect(world.changes()).toEqual(["UpdateService", "RegisterScalableTarget"]);
    expect(world.ecs.desiredCount).toBe(3);
    expect(world.ecs.scaling).toEqual({ min: 2, max: 6, suspended: [false, false, true] });
    const restored = (await world.open()).latest("restored")?.data;
    expect(restored).toMatchObject({
      action: "restore-service",
      rootCause: "A client retried without pause.",
    });
  });

  test("once restored there is nothing to restore", async () => {
    const world = await contained();
    await run(restoreInputs, world.deps(restoreRun));
    const plan = async () => world.planIn(7003, "restore");
    await plan();
    expect((await world.open()).latest("plan-failed")?.data.reason).toBe("nothing-to-restore");
  });

  test("run again after it has restored: the same outputs, nothing changed", async () => {
    const world = await contained();
    const first = await run(restoreInputs, world.deps(restoreRun));
    world.calls.length = 0;
    expect(await run(restoreInputs, world.deps({ ...restoreRun, runAttempt: 2 }))).toEqual(first);
    expect(world.calls).toEqual([]);
  });

  test("goes on after a job that was killed half-way", async () => {
    const world = await contained();
    world.before = () => {
      if (world.calls.includes("UpdateService")) throw new Error("the job was killed");
    };
    await failure(run(restoreInputs, world.deps(restoreRun)));
    world.before = () => {};
    await run(restoreInputs, world.deps({ ...restoreRun, runAttempt: 2 }));
    expect(world.changes()).toEqual(["UpdateService", "RegisterScalableTarget"]);
    expect(world.ecs.scaling?.suspended).toEqual([false, false, true]);
  });

  test("tasks that do not come up: ECS's own reasons, and scaling stays suspended", async () => {
    const world = await contained();
    world.ecs.brokenReason = "CannotPullContainerError: manifest unknown";
    const error = await failure(run(restoreInputs, world.deps(restoreRun)));
    expect(error.reason).toBe("tasks-not-running");
    expect(error.message).toContain("CannotPullContainerError: manifest unknown");
    expect(world.ecs.scaling?.suspended).toEqual([true, true, true]);
  });

  test.each([
    ["the desired count", (world: GateWorld) => world.ecs.scale(1), "desired count"],
    [
      "the task definition",
      (world: GateWorld) => {
        world.ecs.taskDefinition += "9";
      },
      "task definition",
    ],
    [
      "the bounds",
      (world: GateWorld) => {
        world.ecs.scaling = { min: 2, max: 9, suspended: [true, true, true] };
      },
      "maxCapacity",
    ],
    [
      "the suspension",
      (world: GateWorld) => {
        world.ecs.scaling = { min: 2, max: 6, suspended: [true, false, true] };
      },
      "left suspended",
    ],
    [
      "the scalable target",
      (world: GateWorld) => {
        world.ecs.scaling = null;
      },
      "scalable target is gone",
    ],
  ])("refuses when %s drifted, with three ways to go on", async (_what, drift, word) => {
    const world = await contained(false);
    drift(world);
    await world.planIn(restoreRun.runId, "restore");
    const found = await refusals(world, run(restoreInputs, world.deps(restoreRun)));
    const drifted = found.find(({ reason }) => reason === "drifted");
    expect(drifted?.message).toContain(word);
    expect(drifted?.remedy.match(/^[123]\. /gm)).toHaveLength(3);
    expect(drifted?.remedy).toContain("--desired-count 3");
  });

  test("refuses when it drifts between the gate and the first change", async () => {
    const world = await contained();
    world.before = (operation) => {
      const passed = world.printed.some((line) => line.includes("as the scale-down left it"));
      if (passed && operation === "DescribeServices") world.ecs.desiredCount = 1;
    };
    const found = await refusals(world, run(restoreInputs, world.deps(restoreRun)));
    expect(found.map(({ reason }) => reason)).toEqual(["plan-drifted", "drifted"]);
    expect((await world.open()).all("gate-passed")).toHaveLength(2);
  });

  test("a service contained again after somebody scaled it is restored to what it was at first", async () => {
    const world = await contained(false);
    world.ecs.scale(1);
    world.ecs.taskDefinition += "9";
    await world.clock.sleep(20_000);
    await seal(world, { capture: "7002" });
    await world.planIn(7002, "contain");
    await scaleDown(inputs, world.deps({ runId: 7002 }));
    await world.planIn(7003, "restore");
    expect(await run(restoreInputs, world.deps({ runId: 7003 }))).toEqual({ "desired-count": "3" });
    expect(world.ecs.scaling?.suspended).toEqual([false, false, true]);
  });

  test("needs its own approval: that of the containment does not count", async () => {
    const world = await contained();
    world.github.reviews = [];
    const found = await refusals(world, run(restoreInputs, world.deps(restoreRun)));
    expect(found.map(({ reason }) => reason)).toEqual(["not-approved"]);
  });

  test("a dry run changes nothing", async () => {
    const world = await contained();
    const before = (await world.open()).entries.length;
    await run({ ...restoreInputs, dryRun: true }, world.deps(restoreRun));
    expect(world.changes()).toEqual([]);
    expect((await world.open()).entries).toHaveLength(before);
  });
});

describe("the input root-cause", () => {
  const read = (rootCause: string) =>
    readInputs(
      new InputReader({
        INPUT_INCIDENT: "42",
        INPUT_ENVIRONMENT: "dev",
        "INPUT_GITHUB-TOKEN": "token",
        "INPUT_ROOT-CAUSE": rootCause,
      }),
    );

  test("may have several lines", () => {
    expect(read("A token was\nreplayed by a client.").rootCause).toBe("A token was\nreplayed by a client.");
  });

  test.each([
    [""],
    ["   "],
    ["…"],
    ["a bug"],
    ["unknown yet"],
    ["x y z"],
    ["a\u0000b"],
    ["a\u001b[31mb"],
    ["x".repeat(10_001)],
  ])("%j is refused", (value) => {
    expect(() => read(value)).toThrow(FirebreakError);
  });
});
