import { readFileSync } from "node:fs";
import { expect, test } from "@jest/globals";
import { changingCalls, type DrillOutcome, drill, filesBelow, readJson } from "../support/drill.ts";

interface Entry {
  kind: string;
  data: {
    reason?: string;
    remains?: { step: string }[];
    details?: { remains?: { step: string }[] };
    plan?: { action: string | null; note?: string; steps: { id: string; diff?: string[] }[] };
  };
}

async function asExpected(scenario: string): Promise<DrillOutcome> {
  const outcome = await drill(scenario, "--approve", "oncall-reviewer");
  expect({ code: outcome.code, output: outcome.code === 0 ? "" : outcome.output }).toEqual({
    code: 0,
    output: "",
  });
  return outcome;
}

function changes({ calls }: DrillOutcome): string[] {
  return changingCalls(calls, "containment").map(({ operation, job }) => `${job} ${operation}`);
}

function ledger({ out }: DrillOutcome): Entry[] {
  const folder = `${out}/evidence/incidents/INC-1/ledger`;
  return filesBelow(folder)
    .sort()
    .map((file) => readJson<Entry>(folder, file));
}

// What the stolen session and a deletion get before and after is part of the scenario: another answer fails the drill.
test("the verdict makes it Critical, the role is denied, the policy is the repository's to the letter; undo gives the role back", async () => {
  const outcome = await asExpected("tampering-contained");
  expect(changes(outcome)).toEqual([
    "contain-after-verdict PutRolePolicy",
    "contain-after-verdict PutBucketPolicy",
    "contain-after-verdict StopTask",
    "contain-after-verdict StopTask",
    "undo DeleteRolePolicy",
  ]);
  const entries = ledger(outcome);
  const plans = entries.flatMap(({ kind, data }) => (kind === "planned" && data.plan ? [data.plan] : []));
  expect(plans[0]).toMatchObject({
    action: null,
    note: expect.stringContaining("before there is a verdict"),
  });
  expect(plans[1]?.steps.map(({ id }) => id)).toEqual([
    "deny-sessions",
    "restore-bucket-policy",
    "stop-tasks",
  ]);
  expect(plans[1]?.steps[1]?.diff).toHaveLength(2);
  const kinds = entries.map(({ kind }) => kind);
  expect(kinds.indexOf("severity-changed")).toBeLessThan(kinds.indexOf("contained"));
  expect(kinds.filter((kind) => kind === "escalation-due")).toHaveLength(2);
  const restored = entries.find(({ kind }) => kind === "restored");
  expect(restored?.data.details?.remains?.map(({ step }) => step)).toEqual([
    "restore-bucket-policy",
    "stop-tasks",
  ]);

  const state = readJson<{
    roles: { name: string; inline: Record<string, string> }[];
    policies: Record<string, string | null>;
  }>(outcome.out, "aws/state.json");
  const expected = readFileSync(new URL("../../policies/audit-bucket.json", import.meta.url), "utf8");
  expect(state.policies["nn-aiconnectors-audit-dev"]).toBe(
    expected.replaceAll("{bucket}", "nn-aiconnectors-audit-dev"),
  );
  const role = state.roles.find(({ name }) => name === "aiconnectors-servicenow-dev-task");
  expect(Object.keys(role?.inline ?? {})).toEqual(["write-audit-log"]);
}, 360_000);

test("a policy that is changed once more while the reviewer is asked: stopped, with the diff, and nothing changed", async () => {
  expect(changes(await asExpected("tampering-drifted"))).toEqual([]);
}, 360_000);

test("an intact audit trail: nothing to contain, and nobody is asked", async () => {
  const outcome = await asExpected("tampering-intact");
  expect(changes(outcome)).toEqual([]);
  const plan = ledger(outcome).findLast(({ kind }) => kind === "planned")?.data.plan;
  expect(plan).toMatchObject({ action: null, note: expect.stringContaining("nothing to contain") });
  expect(readJson<{ approvals: unknown[] }>(outcome.out, "report.json").approvals).toEqual([]);
}, 360_000);
