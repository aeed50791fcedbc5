import { afterEach, describe, expect, test } from "@jest/globals";
import { run } from "../../../src/actions/revoke-role/run.ts";
import { failure } from "../../support/gate-expect.ts";
import { inputs, POLICY, RevokeWorld, ROLE, ROLE_ARN } from "../../support/revoke-world.ts";

let world: RevokeWorld;
afterEach(() => world.platform.close());

const open = {
  Version: "2012-10-17",
  Statement: [{ Effect: "Allow", Principal: { AWS: "*" }, Action: "sts:AssumeRole" }],
};

describe("principals that are refused before any changing call", () => {
  test.each([
    ["a user", "arn:aws:iam::111122223333:user/anna", "unknown-principal"],
    ["an address", "anna.friis@example.com/../x", "unknown-principal"],
    ["no such role", "arn:aws:iam::111122223333:role/nobody", "unknown-principal"],
    ["another path", `arn:aws:iam::111122223333:role/team/${ROLE}`, "unknown-principal"],
    ["another account", `arn:aws:iam::999988887777:role/${ROLE}`, "foreign-role"],
    [
      "service-linked",
      "arn:aws:iam::111122223333:role/aws-service-role/ecs.amazonaws.com/AWSServiceRoleForECS",
      "service-linked-role",
    ],
    ["service-linked by its path in IAM alone", "linked", "service-linked-role"],
    [
      "a session by IAM Identity Center",
      "arn:aws:sts::111122223333:assumed-role/AWSReservedSSO_Admin_0123456789abcdef/anna.friis@example.com",
      "reserved-role",
    ],
    ["Firebreak's evidence role", "arn:aws:iam::111122223333:role/firebreak-evidence-dev", "own-role"],
    [
      "a session of Firebreak",
      "arn:aws:sts::111122223333:assumed-role/firebreak-containment-dev/x1",
      "own-role",
    ],
    ["break-glass", "arn:aws:iam::111122223333:role/Break-Glass-Admin", "protected-role"],
  ])("%s", async (_, principal, reason) => {
    world = await RevokeWorld.start({ principal });
    world.platform.server.iam.store.seedRole({
      name: "linked",
      path: "/aws-service-role/x.amazonaws.com/",
      trust: open,
    });
    const record = await world.declare("both");
    expect(record.latest("plan-failed")?.data.reason).toBe(reason);
    await world.preserve();
    world.github.approve();
    const error = await failure(run(inputs, world.deps()));
    expect([reason, "no-plan"]).toContain(error.reason);
    expect(world.changes()).toEqual([]);
  });
});

test("nobody named yet, as a signal leaves it: the plan changes nothing and says how to name somebody", async () => {
  world = await RevokeWorld.start({ principal: null });
  const record = await world.declare("both");
  const plan = record.latest("planned")?.data.plan;
  expect(plan?.steps).toEqual([]);
  expect(plan?.note).toContain('principal="..."');
  await world.preserve();
  world.github.approve();
  expect((await failure(run(inputs, world.deps()))).reason).toBe("unknown-principal");
  expect(world.changes()).toEqual([]);
});

describe("the gate, each requirement missing in turn", () => {
  type Spoil = (world: RevokeWorld) => void | Promise<void>;
  const spoil: [string, string, Spoil][] = [
    [
      "no approval",
      "not-approved",
      (w) => {
        w.github.reviews = [];
      },
    ],
    [
      "there is no such environment",
      "missing-environment",
      (w) => {
        w.github.environment = null;
      },
    ],
    [
      "the trust policy changed since it was documented",
      "role-changed-since-documented",
      (w) => {
        w.role.trust = JSON.stringify(open);
      },
    ],
    [
      "an inline policy was added since",
      "role-changed-since-documented",
      (w) => void w.role.inline.set("more", JSON.stringify({ Statement: [] })),
    ],
    [
      "an inline policy was deleted since",
      "role-changed-since-documented",
      (w) => void w.role.inline.delete("write-audit-log"),
    ],
    [
      "the role was deleted and made again",
      "role-changed-since-documented",
      (w) => {
        w.role.id = "AROAANOTHER";
      },
    ],
  ];
  test.each(spoil)("%s: %s", async (_, reason, change) => {
    world = await RevokeWorld.start();
    await world.ready("both");
    await change(world);
    const error = await failure(run(inputs, world.deps()));
    const refused = (await world.open()).latest("gate-refused")?.data.refusals ?? [];
    expect(error.message).toContain("nothing was changed");
    expect(refused.map((one) => one.reason)).toContain(reason);
    expect(world.changes()).toEqual([]);
  });

  test.each([
    ["the role", ["cloudwatch-logs", "ecs"], "role-not-documented"],
    ["the tasks", ["cloudwatch-logs", "iam-role"], "capture-does-not-cover-new-task"],
  ] as const)("a capture without %s", async (_, sources, reason) => {
    world = await RevokeWorld.start();
    await world.declare();
    await world.preserve([...sources]);
    world.github.approve();
    expect((await failure(run(inputs, world.deps()))).reason).toBe(reason);
    expect(world.changes()).toEqual([]);
  });

  test("drift between plan and apply: stopped, with the texts that differ", async () => {
    world = await RevokeWorld.start();
    await world.declare("trust");
    world.role.trust = JSON.stringify(open);
    await world.preserve();
    world.github.approve();
    const error = await failure(run(inputs, world.deps()));
    expect(error.message).toContain("[plan-drifted]");
    expect(error.message).toContain("close-trust: from.trustPolicy was");
    expect(world.changes()).toEqual([]);
  });
});

describe("what can fail, and is loud", () => {
  test("IAM takes a minute to spread the change: waited for", async () => {
    world = await RevokeWorld.start();
    world.platform.server.iam.store.propagationMs = 60_000;
    await world.ready();
    await run(inputs, world.deps());
    expect(await world.callAs(1_800)).toBe("AccessDenied");
  });

  test("the revoked session still acts: not contained", async () => {
    world = await RevokeWorld.start({ speed: 4_000 });
    world.platform.server.iam.store.propagationMs = 10 * 3_600_000;
    await world.ready();
    const error = await failure(run(inputs, world.deps()));
    expect(error.reason).toBe("sessions-not-denied");
    expect(error.message).toContain("Not reached: stop-tasks");
    expect(error.remedy).toContain("gh workflow run undo.yml");
    expect(await world.callAs(1_800)).toBeNull();
    const record = await world.open();
    expect(record.latest("not-contained")?.data.reason).toBe("sessions-not-denied");
    expect(record.latest("contained")).toBeUndefined();
  });

  test("somebody deletes the policy while the tasks stop: not contained", async () => {
    world = await RevokeWorld.start();
    await world.ready();
    world.platform.calls.onCall(({ operation }) => {
      if (operation === "StopTask") world.role.inline.delete(POLICY);
    });
    const error = await failure(run(inputs, world.deps()));
    expect(error.reason).toBe("did-not-stay-revoked");
    expect((await world.open()).latest("contained")).toBeUndefined();
  });

  test("tasks of another service under the role are a step for people", async () => {
    world = await RevokeWorld.start();
    const { ecs } = world.platform;
    ecs.seed({
      clusters: ["aiconnectors-dev"],
      taskDefinitions: [
        { family: "batch", revision: 1, taskRoleArn: ROLE_ARN, containers: [{ name: "app", image: "x" }] },
      ],
      services: [
        {
          name: "batch",
          cluster: "aiconnectors-dev",
          taskDefinition: "batch:1",
          desiredCount: 1,
          tasks: [{ id: "1".repeat(32) }],
        },
      ],
    });
    const record = await world.declare();
    expect(record.latest("planned")?.data.plan.manual.at(-1)).toMatchObject({
      id: expect.stringMatching(/^stop-other-tasks-[0-9a-f]{8}$/),
      text: expect.stringContaining("service:batch"),
    });
  });
});
