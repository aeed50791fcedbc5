import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import type { Call, DrillOutcome } from "../support/drill.ts";
import { drill, filesBelow, readJson, sha256File } from "../support/drill.ts";

interface Entry {
  kind: string;
  data: Record<string, unknown>;
}

interface User {
  userPrincipalName: string;
  accountEnabled: boolean;
  signInSessionsValidFromDateTime: string;
}

const USER = "svc-reporting@example.com";

async function asExpected(scenario: string): Promise<DrillOutcome> {
  const outcome = await drill(scenario, "--approve", "oncall-reviewer");
  expect({ code: outcome.code, output: outcome.code === 0 ? "" : outcome.output }).toEqual({
    code: 0,
    output: "",
  });
  return outcome;
}

function ledger({ out }: DrillOutcome): Entry[] {
  const folder = `${out}/evidence/incidents/INC-1/ledger`;
  return filesBelow(folder)
    .sort()
    .map((file) => readJson<Entry>(folder, file));
}

/** What was changed in the tenant, by job; worked out from Graph's operations. */
function changes({ calls }: DrillOutcome): string[] {
  const changing = ({ service, operation, status }: Call) =>
    service === "entra" && /^users\/(update|revoke)/.test(operation) && status < 300;
  return calls.filter(changing).map(({ job, operation }) => `${job} ${operation}`);
}

function users({ out }: DrillOutcome): User[] {
  return readJson<User[]>(out, "entra/users.json");
}

function issue({ out }: DrillOutcome): { body: string; labels: string[]; comments: { body: string }[] } {
  const issues = readJson<{ number: number; body: string; labels: string[]; comments: { body: string }[] }[]>(
    out,
    "github/issues.json",
  );
  const [first] = issues.sort((a, b) => a.number - b.number);
  if (!first) throw new Error("there is no issue");
  return first;
}

/** The CSV files that the query left, in the capture whose manifest lists them with their digests. */
function answers({ out }: DrillOutcome): Record<string, string[]> {
  const captures = join(out, "evidence/incidents/INC-1/captures");
  const files = filesBelow(captures).filter((file) => /\/query\/[^/]+\.csv$/.test(file));
  const tables: Record<string, string[]> = {};
  for (const file of files) {
    const manifest = readJson<{ items: { key: string; sha256: string }[]; supplements?: object }>(
      captures,
      file.split("/")[0] ?? "",
      "manifest.json",
    );
    const item = manifest.items.find(({ key }) => key.endsWith(file));
    expect([item?.sha256, manifest.supplements === undefined]).toEqual([sha256File(captures, file), false]);
    const [, ...rows] = readFileSync(join(captures, file), "utf8").trim().split("\n");
    tables[file.split("/").at(-1) ?? ""] = rows;
  }
  return tables;
}

// The user's stolen session and a new sign-in are tried in the tenant, before, after, and after the way back; an answer
// that is not the expected one fails the drill.
test("a user is blocked, proved so, asked after, and given the account back", async () => {
  const outcome = await asExpected("user-blocked");
  expect(changes(outcome)).toEqual([
    "contain users/update",
    "contain users/revokeSignInSessions",
    "undo users/update",
  ]);
  const entries = ledger(outcome);
  const proofs = entries.filter(({ kind }) => kind === "change-verified").map(({ data }) => data.step);
  expect(proofs).toEqual(["disable-account", "revoke-sign-in-sessions", "enable-account"]);
  expect(entries.map(({ kind }) => kind)).toContain("restored");
  // All that can be taken back is as it was; sessions that were ended stay ended.
  const planned = entries.find(({ kind }) => kind === "planned")?.data.plan as {
    steps: { from: Record<string, unknown> }[];
  };
  const now = users(outcome).find(({ userPrincipalName }) => userPrincipalName === USER);
  expect(planned.steps[0]?.from).toMatchObject({ userPrincipalName: USER, accountEnabled: true });
  expect(now?.accountEnabled).toBe(true);
  const others = users(outcome).filter(({ userPrincipalName }) => userPrincipalName !== USER);
  const untouched = new Set(
    others.map((one) => `${one.accountEnabled} ${one.signInSessionsValidFromDateTime}`),
  );
  expect(untouched.size).toBe(1);
  expect(answers(outcome)["calls.csv"]?.every((row) => row.includes(USER))).toBe(true);
  expect(issue(outcome).labels).toContain("status:monitoring");
}, 400_000);

test("an account that somebody else had a hand in since is not enabled, and the diff is shown", async () => {
  const outcome = await asExpected("user-blocked-drifted");
  expect(changes(outcome)).toEqual(["contain users/update", "contain users/revokeSignInSessions"]);
  const why = ledger(outcome).findLast(({ kind }) => kind === "plan-failed")?.data;
  expect(why).toMatchObject({
    reason: "drifted",
    message: expect.stringMatching(/signInSessionsValidFromDateTime was \S+Z, is \S+Z/),
    remedy: expect.stringMatching(/1\. [\s\S]*2\. [\s\S]*3\. .*contain\.yml/),
  });
  expect(users(outcome).find(({ userPrincipalName }) => userPrincipalName === USER)?.accountEnabled).toBe(
    false,
  );
  expect(issue(outcome).body).toContain("signInSessionsValidFromDateTime");
}, 400_000);

test("suspected exfiltration: blocked, the blast radius known, each data source with its owner's verdict", async () => {
  const outcome = await asExpected("exfiltration-contained");
  expect(changes(outcome)).toEqual(["contain users/update", "contain users/revokeSignInSessions"]);
  const confirmed = ledger(outcome).filter(({ kind }) => kind === "step-confirmed");
  expect(confirmed.map(({ data }) => [data.step, data.verdict, data.by])).toEqual([
    ["check-downstream/tickets", "clean", "Ida Holm, owner of the ticket data"],
    ["check-downstream/reports", "affected", "Per Lund, owner of the reports"],
    ["review-tool-calls", undefined, "Freja Lund"],
  ]);
  const { body, comments } = issue(outcome);
  expect(body).toContain("` check-downstream/reports ` found **affected**");
  expect(body.slice(0, body.indexOf("## Facts"))).not.toContain("check-downstream/tickets -f verdict");
  // The attacker's 120 records, and no one else's.
  const calls = answers(outcome)["calls.csv"] ?? [];
  expect(calls).toHaveLength(120);
  expect(calls.every((row) => row.includes(USER))).toBe(true);
  const said = comments.map((one) => one.body).find((text) => text.includes("Audit records of capture"));
  expect(said).toContain("export_report");
}, 400_000);

test("where the tenant leaves users to people, the confirmation contains the incident", async () => {
  const outcome = await asExpected("user-account-confirmed");
  expect(changes(outcome)).toEqual([]);
  const entries = ledger(outcome);
  const plan = entries.find(({ kind }) => kind === "planned")?.data.plan as {
    action: string | null;
    manual: Record<string, unknown>[];
  };
  expect(plan.action).toBeNull();
  expect(plan.manual[0]).toMatchObject({
    id: "disable-account",
    contact: "identity-team",
    reach:
      "Azure AD / NN IT (Identity team): not in the runbook yet: ServiceNow ticket for emergency token revocation",
    servicenowCategory: "Emergency token revocation",
    deadlineMinutes: 30,
  });
  const { data } = entries.find(({ kind }) => kind === "step-confirmed") ?? { data: {} };
  expect(data).toMatchObject({ by: "Ida Holm, identity team", confirmedBy: { login: "oncall-engineer" } });
  expect(entries.find(({ kind }) => kind === "contained")?.data.action).toBe("by-hand");
  expect(Object.keys(answers(outcome)).sort()).toEqual(["calls.csv", "summary.csv"]);
}, 400_000);
