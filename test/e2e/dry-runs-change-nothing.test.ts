import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { type Bench, startBench } from "../support/bundle.ts";

const DECLARE = { severity: "High", type: "service-outage", mcp: "servicenow", summary: "5xx on every call" };

let bench: Bench;

beforeAll(async () => {
  bench = await startBench();
  await bench.job("declare", "evidence").start("open-incident", DECLARE);
});

afterAll(() => bench.close());

test.each([
  ["open-incident", "evidence", DECLARE],
  ["record-plan", "evidence", { incident: "1", change: "contain" }],
  ["escalate", "evidence", { incident: "1" }],
  ["preserve", "evidence", { incident: "1" }],
  ["scale-down", "containment", { incident: "1" }],
  ["open-review-issue", "evidence", { incident: "1" }],
  ["record-review", "evidence", { incident: "1" }],
  ["verify-evidence", "evidence", {}],
  ["sweep", "evidence", {}],
  ["record-outcome", "evidence", { incident: "1", result: "failure" }],
] as const)(
  "%s",
  async (action, role, inputs) => {
    const before = bench.platform.calls.all().length;
    const { code, output, summary } = await bench
      .job("dry", role)
      .start(action, { ...inputs, "dry-run": "true" });
    expect({ code, output: code === 0 ? "" : output }).toEqual({ code: 0, output: "" });
    const calls = bench.platform.calls.all().slice(before);
    expect(calls.length).toBeGreaterThan(0);
    const reads = /^(Get|List|Describe|Head)|\/(get|list)-/;
    expect(calls.filter(({ operation }) => !reads.test(operation))).toEqual([]);
    expect(output.length + summary.length).toBeGreaterThan(20);
  },
  60_000,
);
