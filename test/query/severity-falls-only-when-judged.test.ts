import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { InputReader } from "../../src/actions/inputs.ts";
import { readInputs } from "../../src/actions/triage/inputs.ts";
import { run } from "../../src/actions/triage/run.ts";
import { auditKey, ndjson, seedOrdinary } from "../support/audit-records.ts";
import { type PreservePlatform, startPreservePlatform, target } from "../support/preserve-platform.ts";

const HOUR_MS = 3_600_000;

let platform: PreservePlatform;
beforeEach(async () => {
  platform = await startPreservePlatform();
});
afterEach(async () => {
  await platform.close();
});

async function triage(given: Record<string, string>) {
  const all = { environment: "dev", mcp: "servicenow", "github-token": "t", ...given };
  const env = Object.entries(all).map(([name, value]) => [`INPUT_${name.toUpperCase()}`, value]);
  const outputs = await run(readInputs(new InputReader(Object.fromEntries(env))), platform.deps());
  return { outputs, said: platform.summaries.at(-1) ?? "" };
}

const call = (hoursAgo: number, more: object = {}) => ({
  timestamp: new Date(platform.clock.now() - hoursAgo * HOUR_MS).toISOString(),
  user: "ana@example.com",
  tool: "get_record",
  session: "s",
  outcome: "success",
  ...more,
});

function seed(hoursAgo: number, name: string, records: object[]): void {
  const at = platform.clock.now() - hoursAgo * HOUR_MS;
  platform.server.s3.seedObject(target.auditBucket, auditKey(at, name), ndjson(records));
}

test("records that cannot be read may be the ones that bear it out", async () => {
  seedOrdinary(platform, 31);
  seed(1, "renamed.ndjson", Array(50).fill(call(1, { timestamp: "21/11/2026 02:40", outcome: "denied" })));
  const { outputs, said } = await triage({ indicator: "audit-logs" });
  expect(outputs).toMatchObject({ "borne-out": "unknown", severity: "high" });
  expect(said).toContain("50 records could not be read");
});

test("a service that writes no records any more is not a quiet one", async () => {
  for (const day of [2, 3, 4]) seed(day * 24, "ordinary.ndjson", [call(day * 24)]);
  const { outputs, said } = await triage({ indicator: "http-5xx-spike" });
  expect(outputs).toMatchObject({ "borne-out": "unknown", severity: "high" });
  expect(said).toContain("there are no audit records of these hours");
});

test("a sign that cannot be judged for want of a baseline is not absent", async () => {
  // Hours of baseline, where the volume of 24 takes a day.
  seed(30, "before.ndjson", [call(30)]);
  seed(2, "now.ndjson", [call(2)]);
  const { outputs, said } = await triage({ indicator: "http-5xx-spike" });
  expect(outputs).toMatchObject({ "borne-out": "unknown", severity: "high" });
  expect(said).toContain("calls in 24 hours, by user could not be judged");
});
