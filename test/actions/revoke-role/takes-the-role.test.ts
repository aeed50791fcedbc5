import { afterEach, describe, expect, test } from "@jest/globals";
import { run } from "../../../src/actions/revoke-role/run.ts";
import { planSchema } from "../../../src/incident/plan.ts";
import { readObject } from "../../../src/vault/vault.ts";
import { inputs, LONG, POLICY, RevokeWorld, ROLE, ROLE_ARN, TASKS } from "../../support/revoke-world.ts";

let world: RevokeWorld;
afterEach(() => world.platform.close());

const CLOSED = JSON.stringify({
  Version: "2012-10-17",
  Statement: [{ Effect: "Deny", Principal: { AWS: "*" }, Action: "sts:AssumeRole" }],
});

describe("revoke-role", () => {
  test("sessions: an old one is refused from then on, a new one is not, the tasks are replaced, undo gives the same bytes", async () => {
    world = await RevokeWorld.start();
    const before = world.state();
    const attacker = world.platform.server.sessions.issue({
      roleArn: ROLE_ARN,
      ageSeconds: 1_800,
      durationSeconds: LONG,
    });
    expect(await world.callWith(attacker)).toBeNull();
    await world.ready("sessions");

    const outputs = await run(inputs, world.deps());

    expect(outputs).toMatchObject({ role: ROLE_ARN, "stopped-tasks": "2" });
    expect(world.changes()).toEqual(["PutRolePolicy", "StopTask", "StopTask"]);
    expect(await world.callWith(attacker)).toBe("AccessDenied");
    expect(await world.callAs(0)).toBeNull();
    expect(world.state().trust).toBe(before.trust);
    expect(JSON.parse(world.role.inline.get(POLICY) ?? "")).toEqual({
      Version: "2012-10-17",
      Statement: [
        {
          Effect: "Deny",
          Action: "*",
          Resource: "*",
          Condition: { DateLessThan: { "aws:TokenIssueTime": outputs["revoked-before"] } },
        },
      ],
    });
    const record = await world.open();
    const plan = record.latest("planned")?.data.plan;
    expect(planSchema.parse(plan)).toEqual(plan);
    expect(plan?.steps.every(({ effect, undo }) => effect !== "" && undo !== "")).toBe(true);
    const proofs = record.all("change-verified").map(({ data }) => data);
    expect(proofs.map(({ step }) => step)).toEqual(["deny-sessions", "stop-tasks"]);
    expect(proofs[0]?.proof.oldSession).toEqual(
      expect.arrayContaining([
        { action: "s3:GetObject", decision: "explicitDeny", by: [`role_${ROLE}_${POLICY}`] },
      ]),
    );
    expect(JSON.stringify(proofs[0]?.proof.newSession)).not.toContain("explicitDeny");
    expect(proofs[1]?.proof.stoppedTasks).toEqual(TASKS);
    expect(record.latest("contained")?.data.details).toMatchObject({
      sessionsDenied: true,
      trustClosed: false,
    });

    const undone = await world.undo("sessions");
    expect(undone.map(({ planned }) => planned.id)).toEqual(["allow-sessions"]);
    expect(world.state()).toEqual(before);
    expect(await world.callWith(attacker)).toBeNull();
  });

  test("both: the trust policy lets nobody in, its former text is in ledger and capture, undo gives the same bytes", async () => {
    world = await RevokeWorld.start();
    // As somebody may have written it: order and blanks are nobody's but theirs.
    world.role.trust = world.role.trust.replace('{"Version"', '{ "Version"');
    const before = world.state();
    await world.ready("both");

    await run(inputs, world.deps());

    expect(world.changes()).toEqual(["PutRolePolicy", "UpdateAssumeRolePolicy", "StopTask", "StopTask"]);
    expect(world.state().trust).toBe(CLOSED);
    const record = await world.open();
    const closing = record.all("change-intended").find(({ data }) => data.step === "close-trust");
    expect(closing?.data.from).toEqual({ trustPolicy: before.trust });
    const key = "incidents/INC-42/captures/7001/iam-role/aiconnectors-servicenow-dev-task.json";
    const item = JSON.parse(String(await readObject(world.platform.vault, key))) as Record<string, unknown>;
    expect(item.trustPolicy).toBe(before.trust);
    expect(item.inlinePolicies).toEqual(before.inline.map(([name, text]) => ({ name, text })));

    const undone = await world.undo("both");
    expect(undone.map(({ planned }) => planned.id)).toEqual(["reopen-trust", "allow-sessions"]);
    expect(world.state()).toEqual(before);
  });

  test("trust alone: sessions are left, and said to be", async () => {
    world = await RevokeWorld.start();
    await world.ready("trust");
    await run(inputs, world.deps());
    expect(world.changes()).toEqual(["UpdateAssumeRolePolicy", "StopTask", "StopTask"]);
    expect(await world.callAs(1_800)).toBeNull();
    expect(world.github.comments.join()).toContain("go on until they expire");
  });

  test("a role under which no task runs: nothing is stopped", async () => {
    world = await RevokeWorld.start({ principal: `arn:aws:iam::111122223333:role/deploy` });
    const trust = {
      Version: "2012-10-17",
      Statement: [{ Effect: "Allow", Principal: { AWS: "*" }, Action: "sts:AssumeRole" }],
    };
    world.platform.server.iam.store.seedRole({ name: "deploy", trust });
    await world.ready();
    await run(inputs, world.deps());
    expect(world.changes()).toEqual(["PutRolePolicy"]);
  });

  test("a dry run changes nothing and says what would be", async () => {
    world = await RevokeWorld.start();
    await world.ready();
    const before = world.platform.calls.all().length;
    await run({ ...inputs, dryRun: true }, world.deps());
    const calls = world.platform.calls.all().slice(before);
    expect(calls.filter(({ operation }) => /^(Put|Update|Delete|Stop)/.test(operation))).toEqual([]);
    expect(world.platform.summaries.join()).toContain("End every session of the role");
  });
});
