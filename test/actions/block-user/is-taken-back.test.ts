import { describe, expect, test } from "@jest/globals";
import { run } from "../../../src/actions/block-user/run.ts";
import { run as undo } from "../../../src/actions/undo/run.ts";
import { BlockWorld, inputs, USER_ID, user } from "../../support/block-world.ts";
import { failure } from "../../support/gate-expect.ts";

const undoInputs = { ...inputs, reason: "The owner has a new password and a new second factor." };

async function blocked(options: ConstructorParameters<typeof BlockWorld>[0] = {}): Promise<BlockWorld> {
  const world = new BlockWorld(options);
  await world.ready();
  await run(inputs, world.deps());
  return world;
}

/** Planned and approved in another run, then carried out. */
async function takenBack(world: BlockWorld, runId = 7002) {
  await world.planIn(runId, "undo");
  return undo(undoInputs, world.deps({ runId, job: "undo" }));
}

describe("undo of a block", () => {
  test("enables the account and leaves all else as it was; what was revoked stays so, and is said", async () => {
    const world = await blocked();
    const outputs = await takenBack(world);
    const { signInSessionsValidFrom: _moved, ...now } = world.user ?? user();
    const { signInSessionsValidFrom: _was, ...before } = user();
    expect(now).toEqual(before);
    expect(outputs).toEqual({ undone: "enable-account", remains: "revoke-sign-in-sessions" });
    expect((await world.open()).latest("restored")?.data.rootCause).toBe(undoInputs.reason);
  });

  test("of an account that was disabled before the incident: there is nothing to take back", async () => {
    const world = await blocked({ users: [user({ accountEnabled: false })] });
    await world.planIn(7002, "undo");
    expect((await world.open()).latest("plan-failed")?.data.reason).toBe("nothing-to-undo");
    expect(world.user?.accountEnabled).toBe(false);
  });

  test("of one that somebody enabled by hand: nothing is left to do", async () => {
    const world = await blocked();
    world.users.change(USER_ID, { accountEnabled: true });
    await takenBack(world);
    expect(world.graphChanges()).toEqual(["users/update", "users/revokeSignInSessions"]);
  });

  test("of one that stopped half-way: the account is enabled, although no session was ended", async () => {
    const world = new BlockWorld();
    await world.ready();
    world.grants = ["User.Read.All", "User.EnableDisableAccount.All"];
    expect((await failure(run(inputs, world.deps()))).reason).toBe("graph-refused");
    expect(world.user?.accountEnabled).toBe(false);
    await takenBack(world);
    expect(world.user).toEqual(user());
  });

  test.each([
    [
      "the sessions were ended once more",
      { signInSessionsValidFrom: Date.parse("2026-11-25T00:00:00Z") },
      /signInSessionsValidFromDateTime was 2026-11-21T\S+, is 2026-11-25T00:00:00Z/,
    ],
    [
      "it has another name",
      { userPrincipalName: "other@example.com" },
      /userPrincipalName was svc-reporting@example.com, is other@example.com/,
    ],
    ["it is synced by now", { onPremisesSyncEnabled: true }, /onPremisesSyncEnabled was false, is true/],
  ])("refused with the diff and three ways on where %s", async (_what, change, diff) => {
    const world = await blocked();
    world.users.change(USER_ID, change);
    const error = await failure(takenBack(world));
    const why = (await world.open()).latest("plan-failed")?.data;
    expect(why).toMatchObject({ reason: "drifted", message: expect.stringMatching(diff) });
    expect(why?.remedy).toMatch(/1\. [\s\S]*2\. [\s\S]*3\. .*contain\.yml/);
    expect(error.reason).toBe("no-plan");
    expect(world.graphChanges()).toHaveLength(2);
    expect(world.user?.accountEnabled).toBe(false);
  });

  test("refused where somebody changes it between the plan and the change", async () => {
    const world = await blocked();
    await world.planIn(7002, "undo");
    world.users.change(USER_ID, { signInSessionsValidFrom: Date.parse("2026-11-25T00:00:00Z") });
    const error = await failure(undo(undoInputs, world.deps({ runId: 7002, job: "undo" })));
    expect(error.message).toContain("is 2026-11-25T00:00:00Z");
    expect(world.graphChanges()).toHaveLength(2);
  });
});
