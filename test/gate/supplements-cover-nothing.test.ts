import { describe, expect, test } from "@jest/globals";
import { run } from "../../src/actions/scale-down/run.ts";
import type { Manifest } from "../../src/evidence/manifest.ts";
import { seal } from "../support/gate-capture.ts";
import { refusedScaleDown } from "../support/gate-expect.ts";
import { GateWorld, inputs } from "../support/gate-world.ts";

async function approved(tasks = 2): Promise<GateWorld> {
  const world = new GateWorld({ tasks });
  await world.declare();
  world.github.approve();
  return world;
}

/** It says of itself what an ordinary capture says, down to every task and stream. */
const supplement = (manifest: Manifest) => {
  manifest.supplements = { capture: "7001", manifestSha256: "0".repeat(64) };
};

describe("a capture that adds to another", () => {
  test("is not taken for one that covers what runs, whatever it says", async () => {
    const world = await approved();
    await seal(world, { capture: "7001_7010", edit: supplement });
    expect(await refusedScaleDown(world)).toEqual(["no-capture"]);
  });

  test("does not stand in for one that does not cover a newer task", async () => {
    const world = await approved();
    await seal(world);
    await world.clock.sleep(1_000);
    world.ecs.startTask("ecs-svc/1000");
    await world.clock.sleep(1_000);
    await seal(world, { capture: "7001_7010", edit: supplement });
    expect(await refusedScaleDown(world)).toEqual(["capture-does-not-cover-new-task"]);
  });

  test("does not hide an ordinary one that serves", async () => {
    const world = await approved();
    await seal(world);
    await world.clock.sleep(1_000);
    await seal(world, {
      capture: "7001_7010",
      edit: (manifest) => {
        supplement(manifest);
        manifest.sources = [];
        manifest.items = [];
      },
    });
    await run(inputs, world.deps());
    const record = await world.open();
    expect(record.all("gate-passed")[0]?.data.capture).toBe("7001");
  });
});
