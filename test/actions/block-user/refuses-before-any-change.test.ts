import { describe, expect, test } from "@jest/globals";
import { run } from "../../../src/actions/block-user/run.ts";
import type { Manifest } from "../../../src/evidence/manifest.ts";
import {
  BlockWorld,
  blockingRunbook,
  inputs,
  USER,
  USER_ID,
  user,
  withSources,
} from "../../support/block-world.ts";
import { seal } from "../../support/gate-capture.ts";
import { failure } from "../../support/gate-expect.ts";

/** The action fails, and nothing of the tenant was changed, or tried to be. @returns every reason that was given. */
async function refused(world: BlockWorld): Promise<string[]> {
  const error = await failure(run(inputs, world.deps()));
  expect(world.graphChanges()).toEqual([]);
  expect(world.users.changes(USER_ID)).toBe(0);
  const refusals = (await world.open()).latest("gate-refused")?.data.refusals ?? [];
  return [error.reason, ...refusals.map(({ reason }) => reason)];
}

/** What the incident's plan says why it could not be made. */
async function unplanned(options: ConstructorParameters<typeof BlockWorld>[0]) {
  const world = new BlockWorld(options);
  await world.ready();
  const why = (await world.open()).latest("plan-failed")?.data;
  const reasons = await refused(world);
  return { world, why, reasons };
}

describe("block-user without", () => {
  test("a capture", async () => {
    const world = new BlockWorld();
    await world.declare();
    world.github.approve();
    expect(await refused(world)).toContain("no-capture");
  });

  test("an approval", async () => {
    const world = new BlockWorld();
    await world.declare();
    await seal(world, { edit: withSources });
    expect(await refused(world)).toContain("not-approved");
  });

  test("a complete label", async () => {
    const world = new BlockWorld();
    await world.declare();
    await seal(world, { edit: withSources, label: { description: "" } });
    world.github.approve();
    expect(await refused(world)).toContain("label-incomplete");
  });

  const failed = (name: string) => (manifest: Manifest) => {
    withSources(manifest);
    const source = manifest.sources.find((one) => one.source === name);
    Object.assign(source ?? {}, { status: "failed" });
  };
  test.each([
    ["the audit records", failed("audit-logs")],
    ["the sign-ins, or the request for them", failed("entra-sign-in")],
    ["either source", () => {}],
  ])("%s in the capture", async (_what, edit) => {
    const world = new BlockWorld();
    await world.declare();
    await seal(world, { edit });
    world.github.approve();
    expect(await refused(world)).toContain("capture-incomplete");
  });

  test("the account as it was approved: somebody disabled it since", async () => {
    const world = new BlockWorld();
    await world.ready();
    world.users.change(USER_ID, { accountEnabled: false });
    const error = await failure(run(inputs, world.deps()));
    expect(world.graphChanges()).toEqual([]);
    expect(error.message).toContain("disable-account: was a step of the plan, and is none now");
  });
});

describe("block-user of", () => {
  test.each([
    ["a guest", user({ userType: "Guest" }), "guest-user", "home tenant"],
    [
      "a user of an Active Directory",
      user({ onPremisesSyncEnabled: true }),
      "synced-user",
      "Active Directory",
    ],
  ])("%s: no plan, and the way by hand", async (_who, one, reason, way) => {
    const { why, reasons, world } = await unplanned({ users: [one] });
    expect(why).toMatchObject({ reason, remedy: expect.stringContaining(way) });
    expect(reasons).toContain("no-plan");
    expect(world.github.body).toContain("step=disable-account");
  });

  test.each([
    ["by its name, in another case", "Break-Glass@Example.com", USER],
    ["by its object id", USER_ID, USER],
  ])("a protected user named %s: refused", async (_how, entry, principal) => {
    const runbook = blockingRunbook();
    const containment = { ...runbook.containment, protected_users: [entry] };
    const name = entry === USER_ID ? principal : "break-glass@example.com";
    const users = [user({ userPrincipalName: name })];
    const { why } = await unplanned({ runbook: { ...runbook, containment }, users, principal: name });
    expect(why?.reason).toBe("protected-user");
  });

  test.each([
    ["an IAM role", "arn:aws:iam::111122223333:role/admin"],
    ["a display name", "Reporting service"],
    ["a path out of the user", "x@example.com/../groups"],
    ["a user who is not there", "nobody@example.com"],
  ])("%s: refused by name", async (_who, principal) => {
    const { why } = await unplanned({ principal });
    expect(why?.reason).toBe("unknown-principal");
  });

  test("nobody named yet, as a signal leaves it: the plan changes nothing and says how to name somebody", async () => {
    const { world, reasons } = await unplanned({ principal: null });
    const plan = (await world.open()).latest("planned")?.data.plan;
    expect(plan?.steps).toEqual([]);
    expect(plan?.note).toContain('principal="..."');
    expect(reasons).toContain("unknown-principal");
  });

  test("an application without the grant: said so, with the grant", async () => {
    const world = new BlockWorld();
    await world.ready();
    world.grants = ["User.Read.All"];
    const error = await failure(run(inputs, world.deps()));
    expect(error).toMatchObject({
      reason: "graph-refused",
      remedy: expect.stringContaining("User.EnableDisableAccount.All"),
    });
    expect(world.users.changes(USER_ID)).toBe(0);
    expect((await world.open()).latest("not-contained")?.data.reason).toBe("graph-refused");
  });
});

test("a dry run says what it would do and changes nothing", async () => {
  const world = new BlockWorld();
  await world.ready();
  const entries = (await world.open()).entries.length;
  expect(await run({ ...inputs, dryRun: true }, world.deps())).toEqual({});
  expect(world.graphChanges()).toEqual([]);
  expect((await world.open()).entries).toHaveLength(entries);
});
