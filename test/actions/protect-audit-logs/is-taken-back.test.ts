import { afterEach, expect, test } from "@jest/globals";
import { run } from "../../../src/actions/protect-audit-logs/run.ts";
import { movesOf } from "../../../src/containment/engine/plan-play.ts";
import { runPlay } from "../../../src/containment/engine/run-play.ts";
import { computePlan } from "../../../src/containment/plan.ts";
import { undoableSteps } from "../../../src/containment/undo.ts";
import { REGION } from "../../support/preserve-platform.ts";
import { bucket, inputs, TamperWorld } from "../../support/tamper-world.ts";

let tampered: TamperWorld;
afterEach(() => tampered.world.platform.close());

async function wayBack() {
  const record = await tampered.world.open({ runId: 7002 });
  const { facts, target, runbook, entries } = record;
  const deps = tampered.world.deps({ runId: 7002 });
  const plan = await computePlan(deps, {
    incident: record.id,
    change: "undo",
    facts,
    target,
    runbook,
    entries,
  });
  return { plan, record, deps };
}

test("the role is given back byte for byte; the policy stays, and is named", async () => {
  tampered = await TamperWorld.start();
  const before = tampered.world.state();
  await tampered.ready("both");
  await run(inputs, tampered.world.deps());
  const { plan, record, deps } = await wayBack();
  expect(plan.steps.map(({ id }) => id)).toEqual(["reopen-trust", "allow-sessions"]);
  expect(plan.remains).toEqual([
    {
      step: "restore-bucket-policy",
      target: `arn:aws:s3:::${bucket}`,
      why: expect.stringContaining("left the audit records open"),
    },
    { step: "stop-tasks", target: expect.any(String), why: expect.any(String) },
  ]);
  const pass = { capture: null as never, uncovered: async () => [] };
  const context = { deps, record, aws: deps.aws(REGION), pass };
  await runPlay(context, "undo", movesOf(undoableSteps(record.facts), plan.steps));
  expect(tampered.world.state()).toEqual(before);
  expect(tampered.policy).toBe(await tampered.expected());
});

test("a role that somebody changed since is not touched, and the diff is shown", async () => {
  tampered = await TamperWorld.start();
  await tampered.ready("both");
  await run(inputs, tampered.world.deps());
  tampered.world.role.trust = tampered.world.role.trust.replace("Deny", "Allow");
  await expect(wayBack()).rejects.toMatchObject({
    reason: "drifted",
    message: expect.stringContaining('"Allow"'),
  });
});
