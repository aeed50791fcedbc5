import { describe, expect, test } from "@jest/globals";
import { run } from "../../../src/actions/block-user/run.ts";
import { BlockWorld, inputs, USER_ID, user } from "../../support/block-world.ts";
import { failure } from "../../support/gate-expect.ts";

async function notContained(arrange: (world: BlockWorld) => void) {
  const world = new BlockWorld();
  await world.ready();
  arrange(world);
  const error = await failure(run(inputs, world.deps()));
  const record = await world.open();
  expect(record.all("contained")).toEqual([]);
  expect(record.latest("not-contained")?.data.reason).toBe(error.reason);
  expect(world.github.labels).toContain("status:open");
  expect(error.remedy).toContain("undo.yml");
  return error;
}

describe("not contained, loudly:", () => {
  test("the account goes on being enabled", async () => {
    const error = await notContained((world) => {
      world.afterGraph = (operation) => {
        if (operation === "users/update") world.users.change(USER_ID, { accountEnabled: true });
      };
    });
    expect(error.reason).toBe("account-still-enabled");
    expect(error.message).toContain("Not reached: revoke-sign-in-sessions");
  });

  test("the sessions go on being valid, although Graph answered 200", async () => {
    const error = await notContained((world) => {
      world.afterGraph = (operation) => {
        if (operation === "users/revokeSignInSessions")
          world.users.change(USER_ID, { signInSessionsValidFrom: user().signInSessionsValidFrom });
      };
    });
    expect(error.reason).toBe("sessions-not-revoked");
    expect(error.message).toContain("Done and proved before it: disable-account");
  });

  test("somebody enables the account while the sessions are ended", async () => {
    const error = await notContained((world) => {
      world.afterGraph = (operation) => {
        if (operation === "users/revokeSignInSessions") world.users.change(USER_ID, { accountEnabled: true });
      };
    });
    expect(error.reason).toBe("sessions-not-revoked");
    expect(error.message).toContain("the account can sign in");
  });

  test("somebody enables the account after both were proved", async () => {
    const error = await notContained((world) => {
      let reads = 0;
      world.beforeGraph = (operation) => {
        if (!world.graphChanges().includes("users/revokeSignInSessions") || operation !== "users/get") return;
        reads += 1;
        // The first read proves the sessions.
        if (reads === 2) world.users.change(USER_ID, { accountEnabled: true });
      };
    });
    expect(error.reason).toBe("did-not-stay-blocked");
    expect(error.message).toContain("it is as it was before");
  });
});
