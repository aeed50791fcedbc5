import { describe, expect, test } from "@jest/globals";
import { run } from "../../../src/actions/scale-down/run.ts";
import { seal } from "../../support/gate-capture.ts";
import { failure } from "../../support/gate-expect.ts";
import { GateWorld, inputs } from "../../support/gate-world.ts";

/** Makes every call after `operation` fail, as if the job had been killed right after it. */
function killAfter(world: GateWorld, operation: string): void {
  world.before = () => {
    if (world.calls.includes(operation)) throw new Error("the job was killed");
  };
}

async function ready(): Promise<GateWorld> {
  const world = new GateWorld({ tasks: 3 });
  world.ecs.scaling = { min: 2, max: 6, suspended: [false, false, false] };
  await world.declare();
  await seal(world);
  world.github.approve();
  return world;
}

const asBefore = {
  previousDesiredCount: 3,
  previousScaling: {
    suspended: { dynamicScalingIn: false, dynamicScalingOut: false, scheduledScaling: false },
  },
};

describe("scale-down, killed and run again", () => {
  test.each(["RegisterScalableTarget", "UpdateService"])(
    "after %s: the same plan holds, nothing is applied twice, what was before is remembered",
    async (operation) => {
      const world = await ready();
      killAfter(world, operation);
      await failure(run(inputs, world.deps()));
      world.before = () => {};

      const outputs = await run(inputs, world.deps({ runAttempt: 2 }));

      expect(outputs["previous-desired-count"]).toBe("3");
      expect(world.changes()).toEqual(["RegisterScalableTarget", "UpdateService"]);
      expect((await world.open()).latest("contained")?.data.details).toMatchObject(asBefore);
    },
  );

  test("a later run plans anew from the live 0 and remembers what the first one found", async () => {
    const world = await ready();
    killAfter(world, "UpdateService");
    await failure(run(inputs, world.deps()));
    world.before = () => {};
    await world.planIn(7002, "contain");

    const outputs = await run(inputs, world.deps({ runId: 7002 }));

    expect(outputs["previous-desired-count"]).toBe("3");
    const record = await world.open();
    expect(record.latest("planned")?.data.plan.steps.at(-1)?.from).toMatchObject({ desiredCount: 0 });
    expect(record.latest("contained")?.data.details).toMatchObject(asBefore);
  });

  test("run again after it has contained: nothing is changed and nothing forgotten", async () => {
    const world = await ready();
    await run(inputs, world.deps());
    const outputs = await run(inputs, world.deps({ runAttempt: 2 }));
    expect(outputs).toEqual({ "previous-desired-count": "3", "stopped-tasks": "3" });
    expect(world.changes()).toEqual(["RegisterScalableTarget", "UpdateService"]);
    expect((await world.open()).all("contained")).toHaveLength(1);
  });
});

describe("scale-down that does not get there", () => {
  test("tasks that do not stop: not-contained, by id, with the way back", async () => {
    const world = await ready();
    world.ecs.stubborn = true;
    const error = await failure(run(inputs, world.deps()));
    expect(error.reason).toBe("tasks-still-running");
    expect(error.message).toContain("(STOPPING)");
    expect(error.remedy).toContain(
      "gh workflow run restore.yml -f incident=42 -f environment=dev -f mcp=servicenow",
    );
    const entry = (await world.open()).latest("not-contained");
    expect(entry?.data).toMatchObject({ action: "scale-down", reason: "tasks-still-running" });
  });

  test.each([
    ["while the tasks stop", 4_000],
    ["once they have stopped", 14_000],
  ])("a desired count that rises again %s: not contained", async (_when, after) => {
    const world = await ready();
    world.before = (operation) => {
      if (operation === "UpdateService") world.clock.after(after, () => world.ecs.scale(1));
    };
    const error = await failure(run(inputs, world.deps()));
    expect(error.reason).toBe("did-not-stay-at-zero");
    expect(error.message).toContain("desired count 1");
    const record = await world.open();
    expect(record.latest("not-contained")?.data.reason).toBe("did-not-stay-at-zero");
    expect(record.all("contained")).toEqual([]);
  });

  test("after it was recorded as contained: the re-run tells the issue what the first could not", async () => {
    const world = await ready();
    await run(inputs, world.deps());
    // As if the first had been killed between the ledger and the issue.
    const told = world.github.comments.length;
    world.github.comments = [];
    world.github.body = "";
    await run(inputs, world.deps({ runAttempt: 2 }));
    await run(inputs, world.deps({ runAttempt: 3 }));
    expect(world.github.body).toContain("**CONTAINED**");
    expect(world.github.comments).toHaveLength(told);
    expect(world.github.comments[0]).toContain("Contained, by attempt 1 of this run");
  });
});
