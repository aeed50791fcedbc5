import { afterAll, beforeAll, expect, test } from "@jest/globals";
import type { DrillClock } from "../../drill/clock.ts";
import { type Bench, startBench } from "../support/bundle.ts";

const HOURS = 27;
const DECLARE = { severity: "High", type: "service-outage", mcp: "servicenow", summary: "5xx on every call" };

let bench: Bench;
beforeAll(async () => {
  bench = await startBench();
  await bench.job("declare", "evidence").start("open-incident", DECLARE);
});
afterAll(() => bench.close());

test("a sweep every few hours makes every source final that nobody has to be asked for", async () => {
  const clock = bench.platform.clock as DrillClock;
  const preserved = await bench.job("preserve", "evidence").start("preserve", { incident: "1" });
  expect({ code: preserved.code, output: preserved.code === 0 ? "" : preserved.output }).toEqual({
    code: 0,
    output: "",
  });
  // The run that preserved has ended meanwhile, as incident.yml does.
  bench.platform.github.host.updateRun(bench.run.id, { status: "completed", conclusion: "success" });
  const captures: string[] = [];
  let open = Number.NaN;
  for (let hours = 0; hours < HOURS && open !== 1; hours += 3) {
    await clock.skip(3 * 3_600_000);
    const { id: runId } = bench.dispatch();
    const swept = await bench.job("sweep", "evidence").start("sweep", {}, { runId });
    expect({ code: swept.code, output: swept.code === 0 ? "" : swept.output }).toEqual({
      code: 0,
      output: "",
    });
    expect(JSON.parse(swept.outputs.swept ?? "")).toEqual(["INC-1"]);
    captures.push(...JSON.parse(swept.outputs.captures ?? ""));
    open = Number(swept.outputs.open);
  }
  // What is left is the request to the identity team.
  expect(open).toBe(1);
  expect(captures.length).toBeGreaterThan(0);
  const verified = await bench.job("verify", "evidence").start("verify-evidence", { incident: "1" });
  expect({ code: verified.code, output: verified.code === 0 ? "" : verified.output }).toEqual({
    code: 0,
    output: "",
  });
  expect(verified.outputs.verdict).toBe("verified");
}, 240_000);
