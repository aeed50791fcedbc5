import { describe, expect, test } from "@jest/globals";
import { InputReader } from "../../../src/actions/inputs.ts";
import { run as restore } from "../../../src/actions/restore-service/run.ts";
import { rotateSecretBy } from "../../../src/actions/rotate-secret/run.ts";
import { run as scaleDown } from "../../../src/actions/scale-down/run.ts";
import { readInputs } from "../../../src/actions/undo/inputs.ts";
import { run } from "../../../src/actions/undo/run.ts";
import { FirebreakError } from "../../../src/errors.ts";
import { seal } from "../../support/gate-capture.ts";
import { failure, refusals } from "../../support/gate-expect.ts";
import { GateWorld, inputs, NEW_SECRET } from "../../support/gate-world.ts";

const undoInputs = { ...inputs, reason: "A client retried without pause; it is mended." };
const undoRun = { runId: 7002, job: "undo" };
const BEFORE: NonNullable<GateWorld["ecs"]["scaling"]> = { min: 2, max: 6, suspended: [false, false, true] };

/** A service that was scaled down, and the way back planned and approved. */
async function contained(change: "undo" | "restore" | null = "undo"): Promise<GateWorld> {
  const world = new GateWorld({ tasks: 3 });
  world.ecs.scaling = structuredClone(BEFORE);
  await world.declare();
  await seal(world);
  world.github.approve();
  await scaleDown(inputs, world.deps());
  world.calls.length = 0;
  if (change) await world.planIn(undoRun.runId, change);
  return world;
}

describe("undo of a scale-down", () => {
  test("takes the same steps as restore.yml", async () => {
    const [undone, restored] = [await contained("undo"), await contained("restore")];
    expect(await run(undoInputs, undone.deps(undoRun))).toEqual({
      undone: "restore-desired-count,resume-scaling",
      remains: "",
    });
    await restore({ ...inputs, rootCause: "a client" }, restored.deps(undoRun));
    expect(undone.changes()).toEqual(["UpdateService", "RegisterScalableTarget"]);
    expect(undone.changes()).toEqual(restored.changes());
    expect([undone.ecs.desiredCount, undone.ecs.scaling]).toEqual([3, BEFORE]);
    const [plan, other] = [undone, restored].map(async (world) => {
      return (await world.open()).latest("planned")?.data.plan;
    });
    expect((await plan)?.steps).toEqual((await other)?.steps);
    expect(await plan).not.toHaveProperty("remains");
  });

  test.each(["undo", "restore"] as const)(
    "%s that was planned before the service was contained once more: refused, whatever the live system looks like",
    async (change) => {
      const world = await contained(change);
      await world.planIn(7003, "contain");
      await scaleDown(inputs, world.deps({ runId: 7003 }));
      world.calls.length = 0;
      const wayBack =
        change === "undo"
          ? run(undoInputs, world.deps(undoRun))
          : restore({ ...inputs, rootCause: "a client" }, world.deps(undoRun));
      const [refusal] = await refusals(world, wayBack);
      expect(refusal?.reason).toBe("contained-since");
      expect(refusal?.remedy).toContain(`gh workflow run ${change}.yml`);
      expect(world.changes()).toEqual([]);
    },
  );

  test("then neither restore.yml nor undo.yml has anything left to take back", async () => {
    const world = await contained();
    await run(undoInputs, world.deps(undoRun));
    await world.planIn(7003, "restore");
    expect((await world.open()).latest("plan-failed")?.data.reason).toBe("nothing-to-restore");
    await world.planIn(7004, "undo");
    expect((await world.open()).latest("plan-failed")?.data.reason).toBe("nothing-to-undo");
  });

  test.each(["undo", "restore"] as const)(
    "%s that died once the tasks ran goes on in the same run, and does not set the count twice",
    async (change) => {
      const world = await contained(change);
      const again = (runAttempt: number) => {
        const deps = world.deps({ ...undoRun, runAttempt });
        return change === "undo"
          ? run(undoInputs, deps)
          : restore({ ...inputs, rootCause: "a client" }, deps);
      };
      world.before = (operation) => {
        if (operation === "RegisterScalableTarget") throw new Error("killed");
      };
      await failure(again(1));
      world.before = () => {};
      await again(2);
      expect(world.changes()).toEqual(["UpdateService", "RegisterScalableTarget"]);
      expect([world.ecs.desiredCount, world.ecs.scaling]).toEqual([3, BEFORE]);
    },
  );

  test("what one way back began, the other carries through", async () => {
    const world = await contained("restore");
    world.before = (operation) => {
      if (operation === "RegisterScalableTarget") throw new Error("killed");
    };
    await failure(restore({ ...inputs, rootCause: "a client" }, world.deps(undoRun)));
    world.before = () => {};
    await world.planIn(7003, "undo");
    expect(await run(undoInputs, world.deps({ runId: 7003 }))).toMatchObject({ undone: "resume-scaling" });
    expect(world.changes()).toEqual(["UpdateService", "RegisterScalableTarget"]);
    expect([world.ecs.desiredCount, world.ecs.scaling]).toEqual([3, BEFORE]);
  });

  test("drift: refused without a changing call, with what differs and three ways on", async () => {
    const world = await contained(null);
    world.ecs.scale(1);
    await world.planIn(undoRun.runId, "undo");
    const found = await refusals(world, run(undoInputs, world.deps(undoRun)));
    const drifted = found.find(({ reason }) => reason === "drifted");
    expect(drifted?.message).toContain("the desired count was left at 0 and is 1");
    expect(drifted?.remedy).toMatch(/1\. .*undo\.yml[\s\S]*2\. .*--desired-count 3[\s\S]*3\. .*contain\.yml/);
  });

  test("that cannot be shown to have worked: says so, and names both ways on", async () => {
    const world = await contained();
    world.before = (operation) => {
      if (operation === "UpdateService") throw new Error("throttled");
    };
    const error = await failure(run(undoInputs, world.deps(undoRun)));
    expect(error.reason).toBe("change-failed");
    expect(error.remedy).toMatch(/undo\.yml[\s\S]*contain\.yml/);
    expect((await world.open()).latest("not-contained")?.data.action).toBe("undo");
    expect((await world.open()).latest("restored")).toBeUndefined();
  });
});

describe("undo where there is nothing to take back", () => {
  test("nothing was changed: no plan, no change", async () => {
    const world = new GateWorld();
    await world.declare();
    await seal(world);
    await world.planIn(undoRun.runId, "undo");
    expect((await refusals(world, run(undoInputs, world.deps(undoRun))))[0]?.reason).toBe("no-plan");
    expect((await world.open()).latest("plan-failed")?.data.reason).toBe("nothing-to-undo");
  });

  test("a rotation: its steps are named, with why they cannot be taken back", async () => {
    const world = new GateWorld({ type: "client-secret-compromised" });
    await world.declare();
    await seal(world);
    world.github.approve();
    await world.clock.sleep(10_000);
    const disabled = { disabledBy: "Olga Oncall", disabledAt: new Date("2026-11-21T02:50:00Z") };
    await rotateSecretBy(async () => {
      await world.clock.sleep(5_000);
      world.ssm.write(NEW_SECRET);
      return { exitCode: 0, signal: null, timedOut: false };
    })({ ...inputs, ...disabled }, world.deps());
    await world.planIn(undoRun.runId, "undo");
    const failed = (await world.open()).latest("plan-failed")?.data;
    expect(failed?.reason).toBe("nothing-to-undo");
    expect(failed?.message).toMatch(/rotate-secret of \S+ cannot be taken back, because: .*compromised/);
    expect(failed?.message).toMatch(/redeploy of \S+ cannot be taken back, because: /);
  });
});

describe("the input reason", () => {
  const read = (reason: string) =>
    readInputs(
      new InputReader({
        INPUT_INCIDENT: "42",
        INPUT_ENVIRONMENT: "dev",
        "INPUT_GITHUB-TOKEN": "token",
        INPUT_REASON: reason,
      }),
    );

  test("is text in words", () => {
    expect(read("Mended.\nIt was a client.").reason).toBe("Mended.\nIt was a client.");
    for (const junk of ["", "...", "a\u001b[31mred"]) expect(() => read(junk)).toThrow(FirebreakError);
  });
});
