import { describe, expect, test } from "@jest/globals";
import { run as scaleDown } from "../../src/actions/scale-down/run.ts";
import { seal } from "../support/gate-capture.ts";
import { failure } from "../support/gate-expect.ts";
import { GateWorld, inputs } from "../support/gate-world.ts";

describe("when the ledger cannot be written", () => {
  test("a refusal stays a refusal, with its reason", async () => {
    const world = new GateWorld();
    await world.declare();
    world.s3.fail = (operation) => (operation === "PutObject" ? new Error("AccessDenied") : undefined);
    const error = await failure(scaleDown(inputs, world.deps()));
    expect([error.reason, world.changes()]).toEqual(["not-approved", []]);
  });

  test("a change is not begun: its announcement comes first", async () => {
    const world = new GateWorld();
    await world.declare();
    await seal(world);
    world.github.approve();
    world.s3.fail = (operation) => (operation === "PutObject" ? new Error("AccessDenied") : undefined);
    const error = await failure(scaleDown(inputs, world.deps()));
    expect([error.reason, world.changes()]).toEqual(["ledger-not-written", []]);
    expect(error.message).toContain("AccessDenied");
  });
});
