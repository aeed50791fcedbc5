import { describe, expect, test } from "@jest/globals";
import { run as recordOutcome } from "../../../src/actions/record-outcome/run.ts";
import { run as scaleDown } from "../../../src/actions/scale-down/run.ts";
import { recordPlan } from "../../../src/containment/record-plan.ts";
import { seal } from "../../support/gate-capture.ts";
import { GateWorld, inputs } from "../../support/gate-world.ts";

/** What the ledger then says about a contain job that ended as a failure. */
async function outcome(world: GateWorld, runAttempt = 1): Promise<string | undefined> {
  await recordOutcome({ ...inputs, result: "failure" }, world.deps({ job: "outcome", runAttempt }));
  return (await world.open()).latest("not-contained")?.data.message;
}

/** A contain job that dies with its scaling suspended, noted as made, and nothing else done. */
async function diesAfterSuspending(): Promise<GateWorld> {
  const world = new GateWorld({ tasks: 2 });
  world.ecs.scaling = { min: 2, max: 6, suspended: [false, false, false] };
  await world.declare();
  await seal(world);
  world.github.approve();
  let dead = false;
  world.s3.fail = (operation) => (dead && operation === "PutObject" ? new Error("killed") : undefined);
  world.before = (operation) => {
    dead ||= operation === "DescribeServices" && world.calls.includes("RegisterScalableTarget");
    if (dead) throw new Error("killed");
  };
  await expect(scaleDown(inputs, world.deps())).rejects.toThrow();
  world.s3.fail = () => undefined;
  world.before = () => {};
  expect((await world.open()).latest("change-made")?.data.step).toBe("suspend-scaling");
  return world;
}

describe("the outcome of a job that could not note it itself", () => {
  test("before its gate: nothing was changed", async () => {
    const world = new GateWorld();
    await world.declare();
    expect(await outcome(world)).toContain("nothing was changed");
  });

  test("after a change that was noted as made: changes have begun", async () => {
    const world = await diesAfterSuspending();
    const message = await outcome(world);
    expect(message).toContain("changes of this run have begun");
    expect(message).not.toContain("nothing was changed");
  });

  test("of a later attempt: the changes of the first one are not forgotten", async () => {
    const world = await diesAfterSuspending();
    expect(await outcome(world, 2)).toContain("changes of this run have begun");
  });

  test("rejected at a later attempt: neither", async () => {
    const world = await diesAfterSuspending();
    world.github.reviews.push({ state: "rejected", login: "someone-else" });
    const message = await outcome(world, 2);
    expect(message).toContain("was rejected by someone-else");
    expect(message).not.toContain("nothing was changed");
  });

  test("contained by an earlier attempt: nothing, though another job of the matrix failed", async () => {
    const world = new GateWorld({ tasks: 2 });
    await world.declare();
    await seal(world);
    world.github.approve();
    await scaleDown(inputs, world.deps());
    expect(await outcome(world, 2)).toBeUndefined();
  });

  test("of one of several mcps: the others' are not touched", async () => {
    const world = new GateWorld({ tasks: 2 });
    const declared = await world.declare();
    await declared.append("mcp-joined", { mcp: "sharepoint", reason: null }, "mcp-joined/sharepoint");
    await recordPlan(world.deps(), await declared.of("sharepoint"), "contain");
    const given = { ...inputs, mcp: "sharepoint", result: "cancelled" as const };
    await recordOutcome(given, world.deps({ job: "outcome" }));
    const record = await world.open();
    expect(record.all("not-contained")).toEqual([]);
    const other = await record.of("sharepoint");
    expect(other.all("not-contained").map(({ mcp, data }) => [mcp, data.reason])).toEqual([
      ["sharepoint", "ended-early"],
    ]);
    expect(other.latest("not-contained")?.data.remedy).toContain("-f mcp=sharepoint");
    expect(world.github.comments.join()).toContain("for INC-42 (sharepoint)");
  });
});
