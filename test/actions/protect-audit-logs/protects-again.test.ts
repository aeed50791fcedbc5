import { afterEach, describe, expect, test } from "@jest/globals";
import { run } from "../../../src/actions/protect-audit-logs/run.ts";
import { planSchema } from "../../../src/incident/plan.ts";
import { renderPlan } from "../../../src/incident/render.ts";
import { ROLE_ARN, TASKS } from "../../support/revoke-world.ts";
import { bucket, inputs, SESSION, TAMPERED, TamperWorld } from "../../support/tamper-world.ts";

let tampered: TamperWorld;
afterEach(() => tampered.world.platform.close());

describe("a tampered audit trail is contained", () => {
  test("the role is denied, the policy is the repository's to the letter, the tasks are stopped", async () => {
    tampered = await TamperWorld.start();
    await tampered.ready();
    const outputs = await run(inputs, tampered.world.deps());

    expect(outputs).toMatchObject({ role: ROLE_ARN, "stopped-tasks": "2" });
    expect(tampered.changes()).toEqual(["PutRolePolicy", "PutBucketPolicy", "StopTask", "StopTask"]);
    expect(tampered.policy).toBe(await tampered.expected());
    expect(await tampered.world.callAs(1_800)).toBe("AccessDenied");
    const record = await tampered.world.open();
    const proofs = record.all("change-verified").map(({ data }) => data);
    expect(proofs.map(({ step }) => step)).toEqual(["deny-sessions", "restore-bucket-policy", "stop-tasks"]);
    expect(proofs[1]?.proof.deletion).toEqual([
      { action: "s3:DeleteObject", decision: "explicitDeny" },
      { action: "s3:DeleteObjectVersion", decision: "explicitDeny" },
    ]);
    const put = record.all("change-intended").find(({ data }) => data.step === "restore-bucket-policy");
    expect(put?.data.from).toEqual({ policy: TAMPERED });
    expect(record.latest("contained")?.data).toMatchObject({
      action: "protect-audit-logs",
      details: { taken: { stoppedTasks: TASKS }, policy: { bucket, sha256: outputs["policy-sha256"] } },
    });
    // The job run again has nothing left to do.
    expect(await run(inputs, tampered.world.deps({ runAttempt: 2 }))).toEqual(outputs);
    expect(tampered.changes()).toHaveLength(4);
  });

  test("the plan shows the policy statement by statement, and that it is not put back", async () => {
    tampered = await TamperWorld.start();
    await tampered.ready("both");
    const plan = (await tampered.world.open()).latest("planned")?.data;
    expect(planSchema.parse(plan?.plan)).toEqual(plan?.plan);
    expect(plan?.plan.steps.map(({ id }) => id)).toEqual([
      "deny-sessions",
      "close-trust",
      "restore-bucket-policy",
      "stop-tasks",
    ]);
    const step = plan?.plan.steps[2];
    expect(step?.diff).toEqual([
      expect.stringMatching(/^- DenyDeletion: .*s3:deleteobject"\].*\/x\/\*/),
      expect.stringMatching(/^\+ DenyDeletion: .*s3:deleteobjectversion/),
    ]);
    expect(step?.undo).toMatch(/^None: /);
    const shown = plan ? renderPlan(plan.plan, plan.sha256) : "";
    expect(shown).toContain("What ` restore-bucket-policy ` changes:");
    expect(shown).toContain(step?.diff?.[1] ?? "?");
  });

  test("a bucket without any policy gets the expected one", async () => {
    tampered = await TamperWorld.start();
    tampered.putPolicy(null);
    await tampered.ready();
    await run(inputs, tampered.world.deps());
    expect(tampered.policy).toBe(await tampered.expected());
  });

  test("a policy that is as expected by now is left, whatever its order and spelling", async () => {
    tampered = await TamperWorld.start();
    const put = JSON.stringify({
      Statement: [
        {
          Resource: [`arn:aws:s3:::${bucket}/*`],
          Action: ["S3:DeleteObjectVersion", "s3:DeleteObject"],
          Principal: { AWS: "*" },
          Effect: "Deny",
        },
      ],
      Version: "2012-10-17",
    });
    tampered.putPolicy(put);
    await tampered.ready();
    await run(inputs, tampered.world.deps());
    expect(tampered.changes()).toEqual(["PutRolePolicy", "StopTask", "StopTask"]);
    expect(tampered.policy).toBe(put);
  });

  test("whom the incident was declared with counts before whom CloudTrail names", async () => {
    const deploy = "arn:aws:iam::111122223333:role/deploy";
    tampered = await TamperWorld.start({ principal: deploy });
    const trust = { Version: "2012-10-17", Statement: [] };
    tampered.world.platform.server.iam.store.seedRole({ name: "deploy", trust });
    await tampered.ready();
    const plan = (await tampered.world.open()).latest("planned")?.data.plan;
    expect(plan?.steps.map(({ target }) => target)).toEqual([deploy, `arn:aws:s3:::${bucket}`]);
    expect(plan?.manual.find(({ id }) => id.startsWith("deny-other-"))?.text).toContain(SESSION);
  });
});

describe("where there is nothing to contain, the plan says so and changes nothing", () => {
  test.each([
    [
      "no verdict yet",
      null,
      /before there is a verdict.*verify-audit-trail\.yml -f incident=42 -f environment=dev/,
    ],
    ["intact", "intact" as const, /the audit trail is intact. There is nothing to contain/],
    ["unclear", "unclear" as const, /unclear. Nothing shows/],
  ])("%s", async (_what, verdict, note) => {
    tampered = await TamperWorld.start();
    await tampered.declare();
    if (verdict) await tampered.verdict(verdict, []);
    const plan = (await tampered.plan()).latest("planned")?.data.plan;
    expect(plan).toMatchObject({ action: null, steps: [], note: expect.stringMatching(note) });
    expect(plan?.manual.map(({ id }) => id)).toEqual(["confirm-no-deletion", "check-bucket-policy"]);
    expect(plan ? renderPlan(plan, "0") : "").toMatch(/verdict|Verdict/);
  });

  test("an action that is started all the same is refused, and changes nothing", async () => {
    tampered = await TamperWorld.start();
    await tampered.declare();
    await tampered.verdict("intact", []);
    await tampered.preserve();
    await tampered.plan();
    tampered.world.github.approve();
    await expect(run(inputs, tampered.world.deps())).rejects.toMatchObject({ reason: "plan-mismatch" });
    expect(tampered.changes()).toEqual([]);
  });
});
