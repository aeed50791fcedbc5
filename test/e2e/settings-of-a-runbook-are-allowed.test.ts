import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { parseDocument } from "yaml";
import type { CallRecord } from "../../drill/contracts.ts";
import { type DrillOutcome, drill, readJson } from "../support/drill.ts";

/** What the shipped runbook leaves out or has no occasion for, on the stacks that this asks for. */

const ROOT = join(import.meta.dirname, "../..");
const DAYS = 400;
const folder = mkdtempSync(join(tmpdir(), "firebreak-settings-"));
let outcome: DrillOutcome;

/** The shipped outage, with a runbook that has a retention of its own and copies in batches. */
function scenario(): string {
  const runbook = parseDocument(readFileSync(join(ROOT, "runbook.yml"), "utf8"));
  runbook.setIn(["evidence", "retention"], { mode: "COMPLIANCE", days: DAYS, legal_hold: true });
  runbook.setIn(["evidence", "batch_copy", "above_objects"], 5);
  const outage = parseDocument(readFileSync(join(ROOT, "drill/scenarios/service-outage.yml"), "utf8"));
  outage.set("name", "settings-of-a-runbook");
  const inputs = { incident: "$incident", environment: "dev" };
  outage.set("afterwards", [{ workflow: ".github/workflows/verify.yml", inputs }]);
  outage.setIn(["expect", "jobs", "verify"], "success");
  outage.set("files", { "runbook.yml": String(runbook) });
  const file = join(folder, "scenario.yml");
  writeFileSync(file, String(outage));
  return file;
}

beforeAll(async () => {
  outcome = await drill(scenario(), "--approve", "oncall-reviewer");
}, 300_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const by = (role: string, calls: readonly CallRecord[]) =>
  calls.filter(({ principal }) => principal.endsWith(`role/firebreak-${role}-dev`));

test("the incident is preserved, contained and verified", () => {
  expect(outcome.output).toContain("success, as the scenario expects");
  expect(outcome.code).toBe(0);
});

test("S3 copied the audit records in a batch, under its own role", () => {
  expect(by("evidence", outcome.calls).map(({ operation }) => operation)).toContain("CreateJob");
  const copies = by("batch-copy", outcome.calls).filter(({ operation }) => operation === "CopyObject");
  expect(copies.length).toBeGreaterThan(5);
  expect(copies.filter(({ error }) => error !== null)).toEqual([]);
});

test("every role set the runbook's retention and legal hold on what it wrote", () => {
  for (const role of ["evidence", "containment", "batch-copy"]) {
    const actions = by(role, outcome.calls).flatMap(({ needs = [] }) => needs.map(({ action }) => action));
    expect(actions).toEqual(expect.arrayContaining(["s3:PutObjectRetention", "s3:PutObjectLegalHold"]));
  }
});

test("the verifier saw the legal hold", () => {
  const verify = by("evidence", outcome.calls).filter(({ job }) => job === "verify");
  const actions = verify.flatMap(({ needs = [] }) => needs.map(({ action }) => action));
  expect(actions).toEqual(expect.arrayContaining(["s3:GetObjectRetention", "s3:GetObjectLegalHold"]));
});

test("nobody was refused, and the capture is as complete as the others", () => {
  expect(outcome.calls.filter(({ error }) => error?.startsWith("AccessDenied"))).toEqual([]);
  const captures = join(outcome.out, "evidence/incidents/INC-1/captures");
  const manifests = readdirSync(captures).map((capture) =>
    readJson<{ sources: { source: string; status: string }[] }>(captures, capture, "manifest.json"),
  );
  const [status] = manifests.flatMap(({ sources }) =>
    sources.filter(({ source }) => source === "audit-logs").map((one) => one.status),
  );
  expect(status).toBe("complete");
});
