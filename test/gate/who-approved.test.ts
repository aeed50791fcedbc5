import { describe, expect, test } from "@jest/globals";
import { run as restore } from "../../src/actions/restore-service/run.ts";
import { run } from "../../src/actions/scale-down/run.ts";
import { recordPlan } from "../../src/containment/record-plan.ts";
import { seal } from "../support/gate-capture.ts";
import { refusals, refusedScaleDown } from "../support/gate-expect.ts";
import { GateWorld, inputs } from "../support/gate-world.ts";

async function declared(): Promise<GateWorld> {
  const world = new GateWorld();
  await world.declare();
  await seal(world);
  return world;
}

describe("the environment", () => {
  test("without required reviewers: unprotected-environment", async () => {
    const world = await declared();
    world.github.environment = { createdAt: new Date("2026-01-01T00:00:00Z"), reviewers: [] };
    expect(await refusedScaleDown(world)).toEqual(["unprotected-environment", "not-approved"]);
  });

  test("that does not exist: missing-environment", async () => {
    const world = await declared();
    world.github.environment = null;
    expect(await refusedScaleDown(world)).toEqual(["missing-environment", "not-approved"]);
  });

  test("that GitHub created because this run named it: missing-environment", async () => {
    const world = await declared();
    await world.clock.sleep(60_000);
    world.github.environment = { createdAt: world.clock.now(), reviewers: [] };
    expect(await refusedScaleDown(world)).toContain("missing-environment");
  });

  test("that cannot be read: check-failed, never a pass", async () => {
    const world = await declared();
    world.github.approve();
    world.github.forbidden = true;
    const found = await refusals(world, run(inputs, world.deps()));
    expect(new Set(found.map(({ reason }) => reason))).toEqual(new Set(["check-failed"]));
    expect(found[0]?.message).toContain("Resource not accessible by integration");
  });
});

describe("the approval", () => {
  test("missing: not-approved", async () => {
    expect(await refusedScaleDown(await declared())).toEqual(["not-approved"]);
  });

  test("by whoever dispatched: self-approval", async () => {
    const world = await declared();
    world.github.approve("oncall");
    expect(await refusedScaleDown(world)).toEqual(["self-approval"]);
  });

  test("by whoever started this attempt: self-approval", async () => {
    const world = await declared();
    world.github.triggeringActor = "oncall-reviewer";
    world.github.approve("oncall-reviewer");
    expect(await refusedScaleDown(world)).toEqual(["self-approval"]);
  });

  test("by the person who dispatched and by another one: passes", async () => {
    const world = await declared();
    world.github.approve("oncall");
    world.github.approve("oncall-reviewer");
    await run(inputs, world.deps());
    const passed = (await world.open()).latest("gate-passed");
    expect(passed?.data.approvals.map(({ login }) => login)).toEqual(["oncall-reviewer"]);
  });

  test("rejected: rejected, whatever else there is", async () => {
    const world = await declared();
    world.github.approve();
    world.github.reviews.push({ state: "rejected", login: "someone-else" });
    expect(await refusedScaleDown(world)).toEqual(["rejected"]);
  });

  test("of another environment does not count", async () => {
    const world = await declared();
    world.github.reviews.push({
      state: "approved",
      login: "oncall-reviewer",
      environment: "containment-prod",
    });
    expect(await refusedScaleDown(world)).toEqual(["not-approved"]);
  });

  test("by a bot does not count", async () => {
    const world = await declared();
    world.github.reviews.push({ state: "approved", login: "oncall-reviewer", type: "Bot" });
    expect(await refusedScaleDown(world)).toEqual(["not-approved"]);
  });

  test("given before the plan was recorded does not count", async () => {
    const world = new GateWorld();
    world.github.approve();
    await world.declare();
    await seal(world);
    expect(await refusedScaleDown(world)).toEqual(["not-approved"]);
  });

  test("given before the plan was recorded does not count, wherever GitHub lists it", async () => {
    const world = await declared();
    world.github.approve();
    await recordPlan(world.deps({ runAttempt: 2 }), await world.open(), "contain");
    // The newest first: were the oldest cut off by their number, the old approval would be left.
    world.github.reviews.unshift({ state: "approved", login: "oncall" });
    const found = await refusals(world, run(inputs, world.deps({ runAttempt: 2 })));
    expect(found.map(({ reason }) => reason)).toEqual(["self-approval"]);
  });

  test("given once more by the same person after a new plan counts", async () => {
    const world = await declared();
    world.github.approve();
    await recordPlan(world.deps({ runAttempt: 2 }), await world.open(), "contain");
    world.github.approve();
    await run(inputs, world.deps({ runAttempt: 2 }));
    expect(world.changes()).toEqual(["UpdateService"]);
  });

  test.each([
    ["a bot dispatched", "github-actions[bot]", "github-actions[bot]"],
    ["a bot started this attempt", "oncall", "github-actions[bot]"],
    ["GitHub names nobody", null, null],
    ["GitHub does not name who dispatched", null, "oncall"],
  ])("is worth nothing when %s: dispatcher-unknown", async (_how, actor, triggeringActor) => {
    const world = await declared();
    Object.assign(world.github, { actor, triggeringActor });
    world.github.approve();
    const [refusal] = await refusals(world, run(inputs, world.deps()));
    expect(refusal?.reason).toBe("dispatcher-unknown");
    expect(refusal?.remedy).toContain("A person has to dispatch: gh workflow run contain.yml");
  });

  test("is used up by the change that it was for: approval-spent", async () => {
    const world = await declared();
    world.github.approve();
    await run(inputs, world.deps());
    await world.planIn(7002, "restore");
    await restore({ ...inputs, rootCause: "a client" }, world.deps({ runId: 7002 }));
    await world.clock.sleep(60_000);
    await seal(world, { capture: "7009" });
    world.github.reviews = [{ state: "approved", login: "oncall-reviewer" }];
    world.calls.length = 0;
    const found = await refusals(world, run(inputs, world.deps({ runAttempt: 2 })));
    expect(found.map(({ reason }) => reason)).toContain("approval-spent");
  });
});
