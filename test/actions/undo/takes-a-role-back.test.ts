import { afterEach, describe, expect, test } from "@jest/globals";
import { run as revokeRole } from "../../../src/actions/revoke-role/run.ts";
import { run } from "../../../src/actions/undo/run.ts";
import { planSchema } from "../../../src/incident/plan.ts";
import { IncidentRecord } from "../../../src/incident/record.ts";
import { renderIssue } from "../../../src/incident/render.ts";
import { failure } from "../../support/gate-expect.ts";
import { runbook } from "../../support/gate-world.ts";
import { type Moment, Mortal } from "../../support/kill-client.ts";
import { inputs, POLICY, RevokeWorld, ROLE_ARN } from "../../support/revoke-world.ts";

const undoInputs = { ...inputs, reason: "The stolen credentials have expired." };
const undoRun = { runId: 7002, job: "undo" };
const CHANGING = ["PutRolePolicy", "DeleteRolePolicy", "UpdateAssumeRolePolicy", "StopTask", "PutObject"];
const counts = (_service: string, operation: string) => CHANGING.includes(operation);

let world: RevokeWorld;
afterEach(() => world.platform.close());

interface Before {
  state: ReturnType<RevokeWorld["state"]>;
  /** How many changing calls the containment made. */
  calls: number;
}

/** A role that was revoked in sessions and trust; the way back is planned and approved unless said otherwise. */
async function revoked(plan = true, speed = 400): Promise<Before> {
  world = await RevokeWorld.start({ speed });
  const state = world.state();
  await world.ready("both");
  await revokeRole(inputs, world.deps());
  if (plan) await world.planUndo(undoRun.runId);
  return { state, calls: world.changes().length };
}

const undoing = (changes = {}) => run(undoInputs, world.deps({ ...undoRun, ...changes }));
const changesSince = ({ calls }: Before) => world.changes().slice(calls);

describe("undo of a revocation", () => {
  test("gives the role back byte for byte, the last change first, and names what cannot be taken back", async () => {
    const before = await revoked();
    expect(world.state()).not.toEqual(before.state);

    expect(await undoing()).toEqual({ undone: "reopen-trust,allow-sessions", remains: "stop-tasks" });

    expect(changesSince(before)).toEqual(["UpdateAssumeRolePolicy", "DeleteRolePolicy"]);
    expect(world.state()).toEqual(before.state);
    const record = await world.open();
    const plan = record.latest("planned")?.data.plan;
    expect(planSchema.parse(plan)).toEqual(plan);
    expect(plan).toMatchObject({ change: "undo", action: "undo", manual: [] });
    expect(plan?.remains).toEqual([
      { step: "stop-tasks", target: expect.any(String), why: expect.stringContaining("does not come back") },
    ]);
    const restored = record.latest("restored");
    expect(restored?.data).toMatchObject({ action: "undo", rootCause: undoInputs.reason });
    expect(restored?.data.summary).toContain(ROLE_ARN);
    const { body } = renderIssue(record.entries, runbook);
    expect(body).toContain("cannot be taken back, because: A stopped task does not come back");
    expect(body).toContain("**MONITORING**");
  });

  test("an attempt more of the same run, and a dry run before it, change nothing", async () => {
    const before = await revoked();
    const entries = (await world.open()).entries.length;
    await run({ ...undoInputs, dryRun: true }, world.deps(undoRun));
    expect((await world.open()).entries).toHaveLength(entries);
    expect(changesSince(before)).toEqual([]);
    const first = await undoing();
    const after = changesSince(before);
    expect(await undoing({ runAttempt: 2 })).toEqual(first);
    expect(changesSince(before)).toEqual(after);
  });

  test("and another one: there is nothing to take back", async () => {
    const before = await revoked();
    await undoing();
    const after = changesSince(before);
    await world.planUndo(7003);
    expect((await world.open()).latest("plan-failed")?.data.reason).toBe("nothing-to-undo");
    expect((await failure(undoing({ runId: 7003 }))).reason).toBe("no-plan");
    expect(changesSince(before)).toEqual(after);
  });

  test("revoked anew after that: the way back leads to what was before, not to what was closed", async () => {
    const before = await revoked();
    await undoing();
    await world.readyIn(7003, "both");
    await revokeRole(inputs, world.deps({ runId: 7003 }));
    await world.planUndo(7004);
    await undoing({ runId: 7004 });
    expect(world.state()).toEqual(before.state);
  });

  test("what somebody took back by hand is left alone, and the rest is taken back", async () => {
    const before = await revoked(false);
    world.role.inline.delete(POLICY);
    await world.planUndo(undoRun.runId);
    expect(await undoing()).toMatchObject({ undone: "reopen-trust" });
    expect(changesSince(before)).toEqual(["UpdateAssumeRolePolicy"]);
    expect(world.state()).toEqual(before.state);
  });

  test("all of it taken back by hand: noted as restored, without a changing call", async () => {
    const before = await revoked(false);
    world.role.trust = before.state.trust;
    world.role.inline.delete(POLICY);
    await world.planUndo(undoRun.runId);
    const record = await world.open();
    expect(renderIssue(record.entries, runbook).body).toContain("as it was before already");
    expect(await undoing()).toEqual({ undone: "", remains: "stop-tasks" });
    expect(changesSince(before)).toEqual([]);
    expect((await world.open()).latest("restored")?.data.summary).toBe("it was as before already");
  });

  test("another incident keeps the trust policy closed: refused until that one is undone", async () => {
    const before = await revoked();
    const other = await IncidentRecord.start(world.deps(), runbook, 43, world.facts());
    const closing = { action: "revoke-role", step: "close-trust", target: ROLE_ARN };
    const closed = { trustPolicy: world.role.trust };
    await other.append("change-intended", { ...closing, from: closed, to: closed }, "close");
    const error = await failure(undoing());
    expect(error.message).toContain("[contained-elsewhere]");
    expect(error.remedy).toMatch(/undo first: .*undo\.yml -f incident=43/);
    expect(changesSince(before)).toEqual([]);
    const restored = { action: "undo", summary: "", rootCause: "", details: {} };
    await other.append("restored", restored, "restored");
    await undoing({ runAttempt: 2 });
    expect(world.state()).toEqual(before.state);
  });
});

describe("drift", () => {
  const opened = JSON.stringify({
    Version: "2012-10-17",
    Statement: [{ Effect: "Allow", Principal: { AWS: "*" }, Action: "sts:AssumeRole" }],
  });
  const drifts: [string, () => void, RegExp, RegExp][] = [
    [
      "of the trust policy",
      () => {
        world.role.trust = opened;
      },
      /-\s+"Effect": "Deny"[\s\S]*\+\s+"Effect": "Allow"/,
      /1\. .*undo\.yml[\s\S]*2\. .*update-assume-role-policy[\s\S]*3\. .*contain\.yml/,
    ],
    [
      "of the inline policy",
      () =>
        void world.role.inline.set(
          POLICY,
          (world.role.inline.get(POLICY) ?? "").replace('"Deny"', '"Allow"'),
        ),
      /-\s+"Effect": "Deny",\n\+\s+"Effect": "Allow",/,
      /1\. .*undo\.yml[\s\S]*2\. .*delete-role-policy[\s\S]*3\. .*contain\.yml/,
    ],
  ];

  test.each(drifts)(
    "%s before the plan: no plan, with the diff and three ways on",
    async (_, change, diff, ways) => {
      const before = await revoked(false);
      change();
      await world.planUndo(undoRun.runId);
      const failed = (await world.open()).latest("plan-failed")?.data;
      expect(failed?.reason).toBe("drifted");
      expect(failed?.message).toMatch(diff);
      expect(failed?.remedy).toMatch(ways);
      await failure(undoing());
      expect(changesSince(before)).toEqual([]);
    },
  );

  test.each(drifts)(
    "%s after the approval: refused without a changing call",
    async (_, change, diff, ways) => {
      const before = await revoked();
      change();
      const error = await failure(undoing());
      expect(error.message).toContain("nothing was changed");
      expect(error.message).toMatch(diff);
      expect(error.remedy).toMatch(ways);
      const refused = (await world.open()).latest("gate-refused")?.data.refusals ?? [];
      expect(refused.map(({ reason }) => reason)).toEqual(["drifted"]);
      expect(changesSince(before)).toEqual([]);
    },
  );

  test("put back as it was left: the same run goes on", async () => {
    const before = await revoked();
    const closed = world.role.trust;
    world.role.trust = opened;
    await failure(undoing());
    world.role.trust = closed;
    await undoing({ runAttempt: 2 });
    expect(world.state()).toEqual(before.state);
  });
});

describe("the gate of undo, each requirement missing in turn", () => {
  const spoil: [string, string, () => void][] = [
    [
      "no approval of this run",
      "not-approved",
      () => {
        world.github.reviews = [];
      },
    ],
    [
      "there is no such environment",
      "missing-environment",
      () => {
        world.github.environment = null;
      },
    ],
  ];
  test.each(spoil)("%s: %s", async (_, reason, change) => {
    const before = await revoked();
    change();
    const error = await failure(undoing());
    expect(error.message).toContain(`[${reason}]`);
    expect(error.remedy).not.toContain("contain.yml");
    expect(changesSince(before)).toEqual([]);
  });

  test("the plan of a containment is none for it", async () => {
    const before = await revoked(false);
    await world.readyIn(undoRun.runId, "both");
    const error = await failure(undoing());
    expect(error.message).toContain("[plan-mismatch]");
    expect(changesSince(before)).toEqual([]);
  });
});

describe("undo, killed and run again", () => {
  test("before and after every changing call: taken back once, chain intact, byte-identical", async () => {
    const first = await revoked(true, 1_500);
    const whole = new Mortal(null, counts);
    world.wrap = whole.wrap;
    await undoing();
    const once = changesSince(first);
    expect(whole.calls.length).toBeGreaterThan(8);
    for (let call = 1; call <= whole.calls.length; call += 1) {
      for (const moment of ["before", "after"] as Moment[]) {
        await world.platform.close();
        const before = await revoked(true, 1_500);
        world.wrap = new Mortal({ call, moment }, counts).wrap;
        const where = `${whole.calls[call - 1]} (${call}), ${moment}`;
        await expect(undoing()).rejects.toThrow();
        world.wrap = (aws) => aws;
        await undoing({ runAttempt: 2 });
        expect([where, changesSince(before)]).toEqual([where, once]);
        expect([where, world.state()]).toEqual([where, before.state]);
        // Opening it checks the chain.
        expect((await world.open()).all("restored")).toHaveLength(1);
      }
    }
  }, 240_000);
});
