import { describe, expect, test } from "@jest/globals";
import { run } from "../../../src/actions/scale-down/run.ts";
import { seal } from "../../support/gate-capture.ts";
import { GateWorld, inputs } from "../../support/gate-world.ts";

async function ready(world: GateWorld): Promise<void> {
  await world.declare();
  await seal(world);
  world.github.approve();
}

describe("scale-down", () => {
  test("suspends scaling, sets 0, waits for every task, and the ledger remembers what was", async () => {
    const world = new GateWorld({ tasks: 3 });
    world.ecs.scaling = { min: 2, max: 6, suspended: [false, false, true] };
    await ready(world);

    const outputs = await run(inputs, world.deps());

    expect(outputs).toEqual({ "previous-desired-count": "3", "stopped-tasks": "3" });
    expect(world.changes()).toEqual(["RegisterScalableTarget", "UpdateService"]);
    expect(world.ecs.desiredCount).toBe(0);
    expect(world.ecs.scaling).toEqual({ min: 2, max: 6, suspended: [true, true, true] });
    expect(world.ecs.tasks.every(({ lastStatus }) => lastStatus === "STOPPED")).toBe(true);
    const record = await world.open();
    expect(record.latest("contained")?.data.details).toMatchObject({
      previousDesiredCount: 3,
      previousScaling: {
        minCapacity: 2,
        maxCapacity: 6,
        suspended: { dynamicScalingIn: false, dynamicScalingOut: false, scheduledScaling: true },
      },
      after: { desiredCount: 0, runningCount: 0 },
      stoppedTasks: [expect.any(String), expect.any(String), expect.any(String)],
    });
    expect(record.entries.map(({ kind }) => kind)).toEqual([
      "declared",
      "planned",
      "capture-sealed",
      "gate-passed",
      "change-intended",
      "change-made",
      "change-verified",
      "change-intended",
      "change-made",
      "change-verified",
      "contained",
    ]);
    expect(record.latest("gate-passed")?.data.approvals).toEqual([
      { login: "oncall-reviewer", environment: "containment-dev", seenAt: expect.any(String) },
    ]);
  });

  test("without a scalable target nothing is registered", async () => {
    const world = new GateWorld({ tasks: 1 });
    await ready(world);
    await run(inputs, world.deps());
    expect(world.changes()).toEqual(["UpdateService"]);
  });

  test("a dry run changes nothing: no call, no ledger entry, no edit of the issue", async () => {
    const world = new GateWorld();
    await ready(world);
    const before = (await world.open()).entries.length;
    const puts = world.s3.calls.filter(({ operation }) => operation === "PutObject").length;

    expect(await run({ ...inputs, dryRun: true }, world.deps())).toEqual({});

    expect(world.changes()).toEqual([]);
    expect((await world.open()).entries).toHaveLength(before);
    expect(world.s3.calls.filter(({ operation }) => operation === "PutObject")).toHaveLength(puts);
    expect([world.github.edits, world.github.comments.length]).toEqual([0, 0]);
    expect(world.summaries.join()).toContain("Dry run: scale-down for INC-42");
  });
});
