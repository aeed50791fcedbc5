import { describe, expect, test } from "@jest/globals";
import { run } from "../../../src/actions/block-user/run.ts";
import { APPLICATIONS, BlockWorld, inputs, USER, USER_ID, user } from "../../support/block-world.ts";

async function blocked(options: ConstructorParameters<typeof BlockWorld>[0] = {}) {
  const world = new BlockWorld(options);
  await world.ready();
  const outputs = await run(inputs, world.deps());
  return { world, outputs, record: await world.open() };
}

describe("block-user", () => {
  test("disables the account before it ends the sessions, as the application of approved jobs", async () => {
    const { world } = await blocked();
    expect(world.graphChanges()).toEqual(["users/update", "users/revokeSignInSessions"]);
    expect(world.user).toMatchObject({ accountEnabled: false });
    expect(world.user?.signInSessionsValidFrom).toBeGreaterThan(user().signInSessionsValidFrom);
    const changing = world.graphCalls.filter(({ operation }) => operation !== "users/get");
    expect(new Set(changing.map(({ clientId }) => clientId))).toEqual(
      new Set([APPLICATIONS.containment_client_id]),
    );
    expect(world.graphCalls[0]?.clientId).toBe(APPLICATIONS.client_id);
  });

  test("proves both from what Graph reads afterwards, however late it shows it", async () => {
    const { record } = await blocked({ lagMs: 40_000 });
    const proofs = record.all("change-verified").map(({ data }) => [data.step, data.proof]);
    expect(proofs).toEqual([
      ["disable-account", { accountEnabled: false }],
      [
        "revoke-sign-in-sessions",
        {
          accountEnabled: false,
          sessionsValidFromBefore: "2026-08-01T00:00:00Z",
          sessionsValidFrom: expect.stringMatching(/^2026-11-21T/),
        },
      ],
    ]);
  });

  test("contains the incident and says until when tokens from before live", async () => {
    const { outputs, record, world } = await blocked();
    const contained = record.latest("contained")?.data;
    expect(contained).toMatchObject({
      action: "block-user",
      details: { userId: USER_ID, userPrincipalName: USER, accountDisabled: true },
    });
    const sessionsValidFrom = String(contained?.details.sessionsValidFrom);
    expect(outputs).toEqual({
      user: USER_ID,
      "sessions-valid-from": sessionsValidFrom,
      "tokens-until": new Date(Date.parse(sessionsValidFrom) + 90 * 60_000).toISOString(),
    });
    expect(record.latest("follow-up-due")?.data).toMatchObject({
      step: "old-user-tokens-7001",
      at: outputs["tokens-until"],
    });
    expect(world.github.body).toContain("step=old-user-tokens-7001");
    expect(world.github.labels).toContain("status:contained");
    expect(world.summaries.join()).toContain(outputs["tokens-until"]);
  });

  test("shows who the user is in the plan, as text", async () => {
    const { world, record } = await blocked();
    const [disable] = record.latest("planned")?.data.plan.steps ?? [];
    expect(disable).toMatchObject({
      target: `entra:user/${USER_ID}`,
      from: { userId: USER_ID, userPrincipalName: USER, accountEnabled: true },
      to: { accountEnabled: false },
    });
    expect(world.github.body).toContain("`` displayName: Reporting <b>`service`</b> ``");
  });

  test("of an account that is disabled already ends the sessions alone", async () => {
    const { world, record } = await blocked({ users: [user({ accountEnabled: false })] });
    expect(world.graphChanges()).toEqual(["users/revokeSignInSessions"]);
    expect(record.latest("contained")?.data.details).toMatchObject({ accountDisabled: false });
  });

  test("takes an object id for a principal as well", async () => {
    const { world } = await blocked({ principal: USER_ID.toUpperCase() });
    expect(world.user?.accountEnabled).toBe(false);
  });

  test("run again by the same run changes nothing more", async () => {
    const { world, outputs } = await blocked();
    expect(await run(inputs, world.deps({ runAttempt: 2 }))).toEqual(outputs);
    expect(world.graphChanges()).toHaveLength(2);
  });

  test("of data-exfiltration leaves each data source to its owner", async () => {
    const { record, world } = await blocked({ type: "data-exfiltration" });
    expect(record.latest("planned")?.data.plan.manual.map(({ id }) => id)).toEqual([
      "review-tool-calls",
      "check-downstream/tickets",
      "check-downstream/reports",
    ]);
    expect(world.github.body).toContain("step=check-downstream/tickets");
  });
});
