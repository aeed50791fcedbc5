import { expect, test } from "@jest/globals";
import { changingCalls, type DrillOutcome, drill, filesBelow, readJson } from "../support/drill.ts";

async function asExpected(scenario: string): Promise<DrillOutcome> {
  const outcome = await drill(scenario, "--approve", "oncall-reviewer");
  expect({ code: outcome.code, output: outcome.code === 0 ? "" : outcome.output }).toEqual({
    code: 0,
    output: "",
  });
  return outcome;
}

function changes(outcome: DrillOutcome): string[] {
  return changingCalls(outcome.calls, "containment").map(({ operation }) => operation);
}

interface Entry {
  kind: string;
  data: { from?: { trustPolicy?: string }; reason?: string };
}

interface RoleDocument {
  trustPolicy: string;
  inlinePolicies: { name: string; text: string }[];
}

interface RoleState {
  name: string;
  trust: string;
  inline: Record<string, string>;
}

function ledger({ out }: DrillOutcome): Entry[] {
  const folder = `${out}/evidence/incidents/INC-1/ledger`;
  return filesBelow(folder)
    .sort()
    .map((file) => readJson<Entry>(folder, file));
}

// The stolen session is used over the wire, before and after; an answer that is not the expected one fails the drill.
test("sessions are revoked and the tasks stopped: the stolen session is refused, a new one is not", async () => {
  const outcome = await asExpected("iam-role-sessions");
  expect(changes(outcome)).toEqual(["PutRolePolicy", "StopTask", "StopTask"]);
  expect(ledger(outcome).map(({ kind }) => kind)).toContain("contained");
}, 240_000);

test("the trust policy is closed as well, its former text stands in the ledger and in the capture", async () => {
  const outcome = await asExpected("iam-role-trust");
  expect(changes(outcome)).toEqual(["PutRolePolicy", "UpdateAssumeRolePolicy", "StopTask", "StopTask"]);
  const former = ledger(outcome).find(({ data }) => data.from?.trustPolicy !== undefined)?.data.from;
  const captures = `${outcome.out}/evidence/incidents/INC-1/captures`;
  const item = filesBelow(captures).find((file) => /iam-role\/.*\.json$/.test(file)) ?? "";
  expect(readJson<{ trustPolicy: string }>(captures, item).trustPolicy).toBe(former?.trustPolicy);
}, 240_000);

test("undo.yml, with an approval of its own, gives the role back byte for byte", async () => {
  const outcome = await asExpected("iam-role-undone");
  const done = changingCalls(outcome.calls, "containment").map(({ operation, job }) => `${job} ${operation}`);
  expect(done).toEqual([
    "contain PutRolePolicy",
    "contain UpdateAssumeRolePolicy",
    "contain StopTask",
    "contain StopTask",
    "undo UpdateAssumeRolePolicy",
    "undo DeleteRolePolicy",
  ]);
  const captures = `${outcome.out}/evidence/incidents/INC-1/captures`;
  const item = filesBelow(captures).find((file) => /iam-role\/.*\.json$/.test(file)) ?? "";
  const before = readJson<RoleDocument>(captures, item);
  const { roles } = readJson<{ roles: RoleState[] }>(outcome.out, "aws/state.json");
  const after = roles.find(({ name }) => name === "aiconnectors-servicenow-dev-task");
  expect(after?.trust).toBe(before.trustPolicy);
  expect(after?.inline).toEqual(
    Object.fromEntries(before.inlinePolicies.map(({ name, text }) => [name, text])),
  );
  expect(ledger(outcome).map(({ kind }) => kind)).toContain("restored");
  expect(readJson<{ approvals: unknown[] }>(outcome.out, "report.json").approvals).toHaveLength(2);
}, 240_000);

test("a role that was changed while the reviewer was asked is left alone", async () => {
  expect(changes(await asExpected("iam-role-drifted"))).toEqual([]);
}, 240_000);

test("a session that goes on to act: not contained, and no task is stopped", async () => {
  const outcome = await asExpected("iam-role-still-acts");
  expect(changes(outcome)).toEqual(["PutRolePolicy"]);
  const failed = ledger(outcome).find(({ kind }) => kind === "not-contained");
  expect(failed?.data.reason).toBe("sessions-not-denied");
}, 240_000);
