import { UpdateAssumeRolePolicyCommand } from "@aws-sdk/client-iam";
import { afterEach, describe, expect, test } from "@jest/globals";
import { run } from "../../../src/actions/revoke-role/run.ts";
import { failure } from "../../support/gate-expect.ts";
import { inputs, POLICY, RevokeWorld } from "../../support/revoke-world.ts";

let world: RevokeWorld;
afterEach(() => world.platform.close());

const open = {
  Version: "2012-10-17",
  Statement: [{ Effect: "Allow", Principal: { AWS: "*" }, Action: "sts:AssumeRole" }],
};

describe("undo", () => {
  test("of a policy that somebody else changed since: refused, with the diff and three ways on", async () => {
    world = await RevokeWorld.start();
    await world.ready();
    await run(inputs, world.deps());
    world.role.inline.set(POLICY, (world.role.inline.get(POLICY) ?? "").replace('"Deny"', '"Allow"'));
    const before = world.changes().length;
    const error = await failure(world.undo("sessions"));
    expect(error.reason).toBe("drifted");
    expect(error.message).toMatch(/-\s+"Effect": "Deny",\n\+\s+"Effect": "Allow",/);
    expect(error.remedy).toMatch(/1\. .*undo\.yml[\s\S]*2\. .*delete-role-policy[\s\S]*3\. .*contain\.yml/);
    expect(world.changes()).toHaveLength(before);
  });

  test("of a trust policy that somebody else changed since: refused, with the diff", async () => {
    world = await RevokeWorld.start();
    await world.ready("trust");
    await run(inputs, world.deps());
    world.role.trust = JSON.stringify(open);
    const before = world.changes().length;
    const error = await failure(world.undo("trust"));
    expect(error.reason).toBe("drifted");
    expect(error.message).toContain('+       "Effect": "Allow"');
    expect(error.remedy).toContain("update-assume-role-policy");
    expect(world.changes()).toHaveLength(before);
  });

  test("of what somebody took back by hand: nothing is left to do", async () => {
    world = await RevokeWorld.start();
    await world.ready();
    await run(inputs, world.deps());
    world.role.inline.delete(POLICY);
    expect(await world.undo("sessions")).toEqual([]);
  });

  test("after a second revocation: the trust policy is the one from before the first", async () => {
    world = await RevokeWorld.start();
    const before = world.state();
    await world.ready("both");
    await run(inputs, world.deps());
    await world.readyIn(7003, "both");
    await run(inputs, world.deps({ runId: 7003 }));
    // Closed already: not written again. The sessions that were begun in between are ended, too.
    expect(world.changes().filter((one) => one === "UpdateAssumeRolePolicy")).toHaveLength(1);
    expect(world.changes().filter((one) => one === "PutRolePolicy")).toHaveLength(2);
    await world.undo("both");
    expect(world.state()).toEqual(before);
  });

  test("where IAM gives a trust policy back in an order of its own: closed, shown, and opened again", async () => {
    world = await RevokeWorld.start();
    world.role.trust = JSON.stringify({
      Version: "2012-10-17",
      Statement: [
        {
          Effect: "Allow",
          Principal: { Service: ["ecs-tasks.amazonaws.com", "ec2.amazonaws.com"] },
          Action: "sts:AssumeRole",
        },
      ],
    });
    // https://github.com/aws-controllers-k8s/community/issues/2875
    world.wrap = (aws) => {
      const send = async (command: object) => {
        const answer = await aws.iam.send(command as never);
        if (command instanceof UpdateAssumeRolePolicyCommand) world.role.trust = reordered(world.role.trust);
        return answer;
      };
      return { ...aws, iam: { send } as never };
    };
    await world.ready("trust");
    await run(inputs, world.deps());
    expect(world.role.trust).toContain('"Deny"');
    await world.undo("trust");
    expect(world.role.trust).toContain('["ec2.amazonaws.com","ecs-tasks.amazonaws.com"]');
  });
});

/** As IAM stores it: the same, with its members and lists the other way round. */
function reordered(text: string): string {
  const { Version, Statement } = JSON.parse(text) as {
    Version: string;
    Statement: Record<string, unknown>[];
  };
  const turned = Statement.map((statement) =>
    Object.fromEntries(
      Object.entries(statement)
        .reverse()
        .map(([name, value]) => [
          name,
          name === "Principal"
            ? Object.fromEntries(
                Object.entries(value as object).map(([kind, names]) => [
                  kind,
                  Array.isArray(names) ? names.toReversed() : names,
                ]),
              )
            : value,
        ]),
    ),
  );
  return JSON.stringify({ Statement: turned, Version });
}
