import { describe, expect, test } from "@jest/globals";
import { run } from "../../../src/actions/block-user/run.ts";
import type { ConfirmStepInputs } from "../../../src/actions/confirm-step/inputs.ts";
import { run as confirmStep } from "../../../src/actions/confirm-step/run.ts";
import { recordPlan } from "../../../src/containment/record-plan.ts";
import { BlockWorld, inputs, USER_ID } from "../../support/block-world.ts";
import { failure } from "../../support/gate-expect.ts";

const disabled: ConfirmStepInputs = {
  ...inputs,
  mcp: "servicenow",
  step: "disable-account",
  note: "Disabled and revoked by the identity team.",
  doneBy: "Ida Identity",
  doneAt: undefined,
  verdict: undefined,
};

const confirm = (world: BlockWorld, runAttempt = 1) =>
  confirmStep(disabled, world.deps({ runId: 7002, runAttempt, job: "confirm" }));

const byHand = (world: BlockWorld) =>
  world.github.body.split("\n").filter((one) => one.startsWith("- By hand"));

async function stopped(type = "user-account-compromised"): Promise<BlockWorld> {
  const world = new BlockWorld({ type });
  await world.ready();
  world.grants = ["User.Read.All"];
  expect((await failure(run(inputs, world.deps()))).reason).toBe("graph-refused");
  world.users.change(USER_ID, { accountEnabled: false });
  return world;
}

describe("where the tenant does not let the machine block the user", () => {
  test("the step that people take instead stands at the top of the issue, with its deadline", async () => {
    const world = await stopped();
    expect(byHand(world)).toEqual([expect.stringMatching(/until \*\*.*step=disable-account/)]);
  });

  test("its confirmation contains the incident, once", async () => {
    const world = await stopped();
    await confirm(world);
    await confirm(world, 2);
    const record = await world.open();
    expect(record.all("contained").map(({ data }) => data.action)).toEqual(["by-hand"]);
    expect(byHand(world)).toEqual([]);
  });

  test("nobody's word stands against the tenant's, where it answers", async () => {
    const world = await stopped();
    world.users.change(USER_ID, { accountEnabled: true });
    const error = await failure(confirm(world));
    expect([error.reason, error.message]).toEqual([
      "account-still-enabled",
      expect.stringContaining(USER_ID),
    ]);
    expect((await world.open()).all("step-confirmed")).toEqual([]);
    world.grants = [];
    await confirm(world);
    expect((await world.open()).all("contained")).toHaveLength(1);
  });

  test("it does not once the machine has done it after all", async () => {
    const world = await stopped("data-exfiltration");
    const step = (id: string, runId: number) =>
      confirmStep({ ...disabled, step: id }, world.deps({ runId, job: "confirm" }));
    await step("block-account", 7002);
    world.users.change(USER_ID, { accountEnabled: true });
    world.grants = ["User.Read.All", "User.EnableDisableAccount.All", "User.RevokeSessions.All"];
    await run(inputs, world.deps({ runAttempt: 2 }));
    await step("review-tool-calls", 7003);
    for (const [index, id] of ["check-downstream/tickets", "check-downstream/reports"].entries())
      await confirmStep(
        { ...disabled, step: id, verdict: "clean" },
        world.deps({ runId: 7004 + index, job: "confirm" }),
      );
    const record = await world.open();
    expect(record.all("contained").map(({ data }) => data.action)).toEqual(["block-user"]);
  });

  test("nobody confirms it while the machine has not stopped", async () => {
    const world = new BlockWorld();
    await world.ready();
    expect((await failure(confirm(world))).reason).toBe("unknown-step");
  });

  test("nor is it asked for where a way back stops: the user is blocked by then", async () => {
    const world = new BlockWorld();
    await world.ready();
    await run(inputs, world.deps());
    world.users.change(USER_ID, { signInSessionsValidFrom: world.clock.now().getTime() + 60_000 });
    await recordPlan(world.deps({ runId: 7003 }), await world.open(), "undo");
    const record = await world.open();
    await record.project();
    expect([record.latest("plan-failed")?.data.reason, byHand(world)]).toEqual(["drifted", []]);
  });
});
