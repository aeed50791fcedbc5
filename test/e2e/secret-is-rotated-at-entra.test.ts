import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import { runDrill } from "../../drill/drill.ts";
import { loadScenario } from "../../drill/scenario/load.ts";
import { type Call, drillFolder, filesBelow, readJson } from "../support/drill.ts";

const PARAMETER = "/aiconnectors/dev/servicenow/azure-client-secret";
const NAME = "aiconnectors-servicenow-dev";

interface Entry {
  kind: string;
  data: { step?: string; reason?: string; message?: string; at?: string; proof?: Record<string, unknown> };
}

interface State {
  services: {
    name: string;
    tasks: { id: string; lastStatus: string; startedAt: string; secretVersions: Record<string, number> }[];
  }[];
  parameters: { name: string; versions: { version: number; modifiedAt: string }[] }[];
}

interface Application {
  displayName: string;
  passwordCredentials: { keyId: string; displayName: string }[];
}

interface Issue {
  title: string;
  body: string;
}

interface Outcome {
  out: string;
  printed: string;
  secrets: readonly string[];
  conclusion: string;
  asExpected: boolean;
}

async function run(scenario: string): Promise<Outcome> {
  const out = drillFolder();
  let printed = "";
  const { report, secrets } = await runDrill({
    scenario: await loadScenario(scenario),
    root: join(import.meta.dirname, "../.."),
    out,
    onEvent: (event) => {
      printed += `${JSON.stringify(event)}\n`;
    },
  });
  expect({ scenario, differences: report.differences }).toEqual({ scenario, differences: [] });
  return { out, printed, secrets, conclusion: report.conclusion, asExpected: report.asExpected };
}

function ledger({ out }: Outcome): Entry[] {
  const folder = join(out, "evidence/incidents/INC-1/ledger");
  return filesBelow(folder)
    .sort()
    .map((file) => readJson<Entry>(folder, file));
}

/** What the approved job changed in the tenant and in AWS, in the order in which it did. */
function changes({ out }: Outcome): string[] {
  const calls = readFileSync(join(out, "calls.ndjson"), "utf8")
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as Call);
  const writes = /^(applications\/(add|remove)|PutParameter|UpdateService|StopTask|RegisterScalableTarget)/;
  return calls
    .filter(({ job, operation, status }) => job === "contain" && writes.test(operation) && status < 300)
    .map(({ operation }) => operation);
}

function credentials({ out }: Outcome): Application["passwordCredentials"] {
  const applications = readJson<Application[]>(out, "entra/applications.json");
  return applications.find(({ displayName }) => displayName === NAME)?.passwordCredentials ?? [];
}

function issue({ out }: Outcome): Issue {
  const folder = join(out, "github");
  const file = filesBelow(folder).find((name) => /issues?.*\.json$/.test(name)) ?? "";
  const found = readJson<Issue | Issue[]>(folder, file);
  const issues = Array.isArray(found) ? found : [found];
  return issues.find(({ title }) => title.startsWith("[Critical]")) ?? { title: "", body: "" };
}

test("the old secret is removed, refused; the new one is made, accepted, and held by every task", async () => {
  const outcome = await run("entra-secret-rotated");
  expect(changes(outcome)).toEqual([
    "applications/removePassword",
    "applications/addPassword",
    "PutParameter",
    "UpdateService",
  ]);
  const entries = ledger(outcome);
  const proofs = entries.filter(({ kind }) => kind === "change-verified").map(({ data }) => data);
  expect(proofs.map(({ step }) => step)).toEqual(["remove-credential", "create-credential", "redeploy"]);
  expect(proofs[0]?.proof?.refusedWith).toBe("AADSTS7000215");
  expect(entries.map(({ kind }) => kind)).toEqual(expect.arrayContaining(["contained", "follow-up-due"]));
  expect(entries.map(({ kind }) => kind)).not.toContain("secret-disabled");

  const names = credentials(outcome).map(({ displayName }) => displayName);
  expect(names).toEqual(["terraform", "load tests", expect.stringMatching(/^firebreak INC-1 run \d+$/)]);
  const removed = proofs[0]?.proof?.keyId;
  expect(credentials(outcome).map(({ keyId }) => keyId)).not.toContain(removed);

  const state = readJson<State>(outcome.out, "aws/state.json");
  const newest = state.parameters.find(({ name }) => name === PARAMETER)?.versions.at(-1);
  expect(newest?.version).toBe(3);
  const tasks = state.services.find(({ name }) => name === NAME)?.tasks ?? [];
  const running = tasks.filter(({ lastStatus }) => lastStatus === "RUNNING");
  expect(running).toHaveLength(2);
  for (const { startedAt, secretVersions } of running) {
    expect(Date.parse(startedAt)).toBeGreaterThan(Date.parse(newest?.modifiedAt ?? ""));
    expect(secretVersions[PARAMETER]).toBe(3);
  }

  const { body } = issue(outcome);
  expect(body).toContain("**CONTAINED**");
  expect(body).toMatch(/- Until \*\*[\d :-]+ UTC\*\*: Tokens that were issued to servicenow/);

  expect(outcome.secrets.length).toBeGreaterThanOrEqual(4);
  for (const secret of outcome.secrets) {
    expect(outcome.printed).not.toContain(secret);
    for (const file of filesBelow(outcome.out))
      if (readFileSync(join(outcome.out, file)).includes(secret))
        throw new Error(`a secret stands in ${file}`);
  }
}, 300_000);

test("an old secret that is still accepted: not contained, loudly, and no new one is made", async () => {
  const outcome = await run("old-secret-still-works");
  expect(changes(outcome)).toEqual(["applications/removePassword"]);
  const failed = ledger(outcome).find(({ kind }) => kind === "not-contained");
  expect(failed?.data.reason).toBe("old-secret-still-works");
  expect(ledger(outcome).map(({ kind }) => kind)).not.toContain("contained");
  expect(issue(outcome).body).toContain("**Stopped:**");
  expect(issue(outcome).body).toContain("**OPEN**");
}, 300_000);

test("a task of the old deployment that survives: not contained, and named", async () => {
  const outcome = await run("old-task-survives");
  const failed = ledger(outcome).find(({ kind }) => kind === "not-contained");
  expect(failed?.data.reason).toBe("deployment-stuck");
  expect(ledger(outcome).map(({ kind }) => kind)).not.toContain("contained");
  const state = readJson<State>(outcome.out, "aws/state.json");
  const tasks = state.services.find(({ name }) => name === NAME)?.tasks ?? [];
  const old = tasks.filter(({ lastStatus, secretVersions }) => {
    return lastStatus !== "STOPPED" && secretVersions[PARAMETER] !== 3;
  });
  expect(old).toHaveLength(1);
  expect(failed?.data.message).toContain(`still run, with the old secret: ${old[0]?.id}`);
}, 300_000);
