import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "@jest/globals";
import { run } from "../../../src/actions/protect-audit-logs/run.ts";
import { computePlan } from "../../../src/containment/plan.ts";
import { failure } from "../../support/gate-expect.ts";
import { inputs, SESSION, TAMPERED, TamperWorld } from "../../support/tamper-world.ts";

let tampered: TamperWorld;
afterEach(() => tampered.world.platform.close());

const OTHER = TAMPERED.replace("/x/*", "/y/*");

describe("refused before any changing call", () => {
  test("the policy was changed once more since it was planned and documented", async () => {
    tampered = await TamperWorld.start();
    await tampered.ready();
    tampered.putPolicy(OTHER);
    const error = await failure(run(inputs, tampered.world.deps()));
    const refusals = (await tampered.world.open()).latest("gate-refused")?.data.refusals ?? [];
    expect(refusals.map(({ reason }) => reason)).toEqual([
      "plan-drifted",
      "bucket-policy-changed-since-documented",
    ]);
    expect(error.message).toContain("/y/*");
    expect(tampered.changes()).toEqual([]);
  });

  test("no capture documents the policy", async () => {
    tampered = await TamperWorld.start();
    await tampered.declare();
    await tampered.verdict("tampered");
    await tampered.preserve(["cloudwatch-logs", "ecs", "iam-role"]);
    await tampered.plan();
    tampered.world.github.approve();
    const error = await failure(run(inputs, tampered.world.deps()));
    expect(error.reason).toBe("bucket-policy-not-documented");
    expect(tampered.changes()).toEqual([]);
  });

  test("the capture was made before CloudTrail named the role", async () => {
    tampered = await TamperWorld.start();
    await tampered.declare();
    await tampered.preserve();
    await tampered.verdict("tampered");
    await tampered.plan();
    tampered.world.github.approve();
    const error = await failure(run(inputs, tampered.world.deps()));
    expect(error.reason).toBe("role-not-documented");
    expect(tampered.changes()).toEqual([]);
  });

  test("a dry run changes nothing, and says what would be done", async () => {
    tampered = await TamperWorld.start();
    await tampered.ready();
    await run({ ...inputs, dryRun: true }, tampered.world.deps());
    expect(tampered.changes()).toEqual([]);
    expect(tampered.world.platform.printed.join("\n")).toContain("would Put the expected policy");
  });
});

describe("principals that Firebreak does not deny are for people, and the policy is put back all the same", () => {
  test.each([
    [
      "an IAM user",
      "arn:aws:iam::111122223333:user/team/eve",
      "--user-name eve --policy-name Firebreak-INC-42-DenyAll",
    ],
    ["the root user", "arn:aws:iam::111122223333:root", "root user of account 111122223333"],
    ["another account", "arn:aws:sts::999988887777:assumed-role/admin/eve", "of account 999988887777"],
    ["a role that is not there", "arn:aws:sts::111122223333:assumed-role/gone/eve", "IAM knows no role gone"],
    [
      "IAM Identity Center",
      "arn:aws:sts::111122223333:assumed-role/AWSReservedSSO_Admin_0123456789abcdef/eve",
      "role of IAM Identity Center",
    ],
    ["an AWS service", "cloudformation.amazonaws.com", "Find out who cloudformation.amazonaws.com is"],
  ])("%s", async (_what, principal, words) => {
    tampered = await TamperWorld.start();
    await tampered.declare();
    await tampered.verdict("tampered", [principal]);
    await tampered.preserve();
    const plan = (await tampered.plan()).latest("planned")?.data.plan;
    expect(plan?.steps.map(({ id }) => id)).toEqual(["restore-bucket-policy"]);
    expect(plan?.manual.map(({ text }) => text).join("\n")).toContain(words);
    tampered.world.github.approve();
    await run(inputs, tampered.world.deps());
    expect(tampered.changes()).toEqual(["PutBucketPolicy"]);
    expect(tampered.policy).toBe(await tampered.expected());
  });
});

describe("what does not work is not called contained", () => {
  test("somebody puts the policy back while the tasks stop", async () => {
    tampered = await TamperWorld.start();
    await tampered.ready();
    let stopped = false;
    tampered.world.platform.calls.onCall(({ operation }) => {
      if (operation !== "StopTask" || stopped) return;
      stopped = true;
      tampered.putPolicy(OTHER);
    });
    const error = await failure(run(inputs, tampered.world.deps()));
    expect(error.reason).toBe("did-not-stay-revoked");
    expect(error.message).toContain("/y/*");
    expect((await tampered.world.open()).latest("not-contained")?.data.reason).toBe("did-not-stay-revoked");
  });

  test("an expected policy that protects nothing is never put", async () => {
    tampered = await TamperWorld.start();
    await tampered.declare();
    await tampered.verdict("tampered", [SESSION]);
    const workspace = mkdtempSync(join(tmpdir(), "firebreak-policy-"));
    mkdirSync(join(workspace, "policies"));
    writeFileSync(join(workspace, "policies/audit-bucket.json"), OTHER);
    const record = await tampered.world.open();
    const { facts, target, runbook, entries } = record;
    const deps = tampered.world.deps({ workspace });
    const planning = computePlan(deps, {
      incident: "INC-42",
      change: "contain",
      facts,
      target,
      runbook,
      entries,
    });
    await expect(planning).rejects.toMatchObject({ reason: "expected-policy-open" });
  });
});
