import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { parse } from "yaml";
import { InputReader } from "../../src/actions/inputs.ts";
import { readInputs } from "../../src/actions/triage/inputs.ts";
import { run } from "../../src/actions/triage/run.ts";
import { detectionRows } from "../../src/query/detection.ts";
import { attackOf, auditKey, ndjson, seedOrdinary } from "../support/audit-records.ts";
import {
  type PreservePlatform,
  runbook,
  startPreservePlatform,
  target,
} from "../support/preserve-platform.ts";

const rows = detectionRows(runbook);
const ids = rows.map(({ id }) => id);

const triage = (platform: PreservePlatform, given: Record<string, string>) => {
  const all = { environment: "dev", mcp: "servicenow", "github-token": "t", ...given };
  const env = Object.entries(all).map(([name, value]) => [`INPUT_${name.toUpperCase()}`, value]);
  return run(readInputs(new InputReader(Object.fromEntries(env))), platform.deps());
};
const writes = (platform: PreservePlatform) =>
  platform.operations().filter((operation) => !/^(Get|List|Head|Describe)/.test(operation));

test("four alarms, five manual sources, three external; the workflow offers them all", () => {
  expect(rows.map(({ channel }) => channel)).toEqual([
    ...Array(4).fill("alarm"),
    ...Array(5).fill("manual"),
    ...Array(3).fill("external"),
  ]);
  const workflow = parse(readFileSync(".github/workflows/triage.yml", "utf8")) as {
    on: { workflow_dispatch: { inputs: { indicator: { options: string[] } } } };
  };
  expect(workflow.on.workflow_dispatch.inputs.indicator.options).toEqual(ids);
});

describe("under attack", () => {
  let platform: PreservePlatform;
  beforeAll(async () => {
    platform = await startPreservePlatform();
    seedOrdinary(platform, 31);
    const now = platform.clock.now();
    const body = ndjson(["eve@example.com", "mal@example.com"].flatMap((user) => attackOf(user, 60, now)));
    platform.server.s3.seedObject(target.auditBucket, auditKey(now, "attack.ndjson"), body);
  });
  afterAll(() => platform.close());

  test.each(rows.map((row) => [row.id, row] as const))("%s", async (indicator, row) => {
    const outputs = await triage(platform, { indicator });
    const said = platform.summaries.at(-1) ?? "";
    expect(outputs["borne-out"]).toBe(row.rule?.ask.length === 0 ? "unknown" : "true");
    expect([outputs.severity, outputs.type]).toEqual([row.rule?.severity, row.rule?.type]);
    expect(Object.keys(runbook.incident_types)).toContain(outputs.type);
    for (const word of row.indicators) expect(said.replaceAll("\\", "")).toContain(word.replaceAll("\\", ""));
    expect(said).toContain("gh workflow run incident.yml");
    // Nothing that a record says gets into the command.
    expect(outputs.command).not.toMatch(/eve@|mal@/);
    if (row.rule?.ask.length) expect(said).toContain("it is no evidence");
    expect(writes(platform)).toEqual([]);
  });

  test("a question besides: the calls of one user", async () => {
    await triage(platform, { indicator: "Auth failures", question: "user", value: "eve@example.com" });
    expect(platform.summaries.at(-1)).toContain("**The calls, newest first**: 60");
  });

  test("a row that there is not is refused by name", async () => {
    await expect(triage(platform, { indicator: "smoke" })).rejects.toThrow(/'indicator' is no row.*"smoke"/);
  });
});

test("on a quiet month the severity falls; without any record it does not", async () => {
  const platform = await startPreservePlatform();
  try {
    const empty = await triage(platform, { indicator: "audit-logs" });
    expect(empty).toMatchObject({ "borne-out": "unknown", severity: "high" });
    seedOrdinary(platform, 31);
    // Long enough to hold a working day.
    const quiet = await triage(platform, { indicator: "audit-logs", hours: "96" });
    expect(quiet).toMatchObject({ "borne-out": "false", severity: "low" });
  } finally {
    await platform.close();
  }
});

test("an attack by one user is the lesser one where the runbook says so", async () => {
  const platform = await startPreservePlatform();
  try {
    seedOrdinary(platform, 31);
    const now = platform.clock.now();
    const body = ndjson([...attackOf("eve@example.com", 60, now), ...attackOf("ana@example.com", 2, now)]);
    platform.server.s3.seedObject(target.auditBucket, auditKey(now, "one.ndjson"), body);
    const single = await triage(platform, { indicator: "error-rate" });
    expect(single).toMatchObject({ "borne-out": "true", severity: "medium" });
    // Without the one, the other would still be a spike.
    const more = ndjson(attackOf("mal@example.com", 50, now));
    platform.server.s3.seedObject(target.auditBucket, auditKey(now, "two.ndjson"), more);
    expect(await triage(platform, { indicator: "error-rate" })).toMatchObject({ severity: "high" });
  } finally {
    await platform.close();
  }
});
