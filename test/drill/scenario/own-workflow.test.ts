import { copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { type DrillEvent, type DrillOptions, runDrill } from "../../../drill/drill.ts";
import type { DrillReport } from "../../../drill/report/model.ts";
import { checkScenario } from "../../../drill/scenario/load.ts";

/** Drills of small workflows in a repository of their own. */

const WORKFLOW = ".github/workflows/own.yml";
const SCENARIO = `name: own
description: For these tests.
attacker: null
mcps: [{ name: servicenow, tasks: 1, ended_tasks: 0, log: { events_per_task: 5 }, audit: { hours: 0 } }]
dispatch:
  inputs: { severity: High, environment: dev, mcp: servicenow }
approvals: [{ by: oncall-reviewer, state: rejected, after_seconds: 0 }]
`;
const TRIGGER = "on: { workflow_dispatch: { inputs: { environment: {}, MCP: {}, extra: {} } } }\n";
const PLAIN = `${TRIGGER}jobs:
  a:
    runs-on: ubuntu-latest
    steps: [{ run: "echo '\${{ toJSON(inputs) }}'" }]
  skipped: { if: false, runs-on: ubuntu-latest, steps: [{ run: "true" }] }
`;

let folder = "";
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "drill-own-"));
  await mkdir(join(folder, "root/.github/workflows"), { recursive: true });
  await copyFile("runbook.yml", join(folder, "root/runbook.yml"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function run(workflow: string, options: Partial<DrillOptions> = {}, more = "") {
  await writeFile(join(folder, "root", WORKFLOW), workflow);
  const { scenario } = checkScenario(SCENARIO + more);
  if (!scenario) throw new Error("the scenario has mistakes");
  const events: DrillEvent[] = [];
  const { report, out } = await runDrill({
    scenario: { scenario, file: join(folder, "own.yml") },
    root: join(folder, "root"),
    out: join(folder, "out"),
    workflow: WORKFLOW,
    onEvent: (event) => events.push(event),
    ...options,
  });
  const read = (path: string) => readFile(join(out, path), "utf8");
  const written = JSON.parse(await read("report.json")) as DrillReport;
  expect(written).toEqual(report);
  return { report, read, events };
}

describe("--workflow", () => {
  test("gives the workflow what it declares of the scenario's inputs, and says what it leaves out", async () => {
    const { report, read, events } = await run(PLAIN, { inputs: { extra: "mine" } });
    expect(report.conclusion).toBe("success");
    expect(await read("logs/a.log")).toMatch(/"environment": "dev",.*"MCP": "servicenow",.*"extra": "mine"/s);
    expect(events.find(({ type }) => type === "dispatched")).toMatchObject({ leftOut: ["severity"] });
  });

  test("never leaves out what the command line gives: GitHub refuses it, and the results say so", async () => {
    const { report, read } = await run(PLAIN, { inputs: { severity: "Low" } });
    expect(report).toMatchObject({ conclusion: "refused", asExpected: false, runs: [], jobs: [] });
    const message = `GitHub refuses to dispatch ${WORKFLOW}: Unexpected inputs provided: ["severity"]`;
    expect(report.refusals).toEqual([
      {
        at: expect.any(String),
        action: "dispatch",
        reason: "dispatch-refused",
        message,
        remedy: `Give ${WORKFLOW} what it takes with --input KEY=VALUE: environment, MCP, extra.`,
      },
    ]);
    expect(await read("index.html")).toContain(message.replaceAll('"', "&quot;"));
  });

  test("says that a workflow for an existing incident has none to work on", async () => {
    const { report } = await run(
      "on: { workflow_dispatch: { inputs: { incident: { required: true } } } }\njobs: { a: { runs-on: x, steps: [{ run: x }] } }\n",
    );
    expect(report.refusals[0]?.message).toContain("Required input 'incident' not provided");
    expect(report.refusals[0]?.remedy).toMatch(
      /No incident exists yet.*'afterwards'.*'incident: \$incident'/,
    );
  });
});

test.each([
  ["push", "cannot be dispatched by hand"],
  ["workflow_dispatch", "takes no inputs: leave out --input"],
])("a workflow on %s that is refused %s", async (trigger, remedy) => {
  const jobs = "jobs: { a: { runs-on: x, steps: [{ run: x }] } }";
  const { report } = await run(`on: ${trigger}\n${jobs}\n`, { inputs: { extra: "mine" } });
  expect(report.refusals[0]?.remedy).toContain(remedy);
});

test("a job that printed nothing has no log, and the page links to none", async () => {
  const { report, read } = await run(PLAIN);
  expect(report.jobs.map(({ key, log }) => [key, log])).toEqual([
    ["a", "logs/a.log"],
    ["skipped", null],
  ]);
  expect((await read("index.html")).match(/href="logs\/[^"]*"/g)).toEqual(['href="logs/a.log"']);
});

test("a rejection without an incident is not answered with a command that needs one", async () => {
  const { report } = await run(
    `${TRIGGER}jobs: { a: { environment: containment-dev, runs-on: x, steps: [{ run: "true" }] } }\n`,
  );
  expect(report.refusals).toMatchObject([
    {
      reason: "rejected",
      remedy: expect.stringMatching(/^Settle it with oncall-reviewer, .* No incident exists/),
    },
  ]);
  expect(report.refusals[0]?.remedy).not.toContain("incident=");
});

test("--start decides when it begins, over the scenario's own", async () => {
  const { report } = await run(
    PLAIN,
    { start: "2026-11-21T03:40:00+01:00" },
    "start: 2026-01-01T00:00:00Z\n",
  );
  expect(report.scenario.start).toBe("2026-11-21T02:40:00.000Z");
  expect(report.runs[0]?.createdAt).toMatch(/^2026-11-21T02:4/);
});

test("the same seed and start seed the same world, to the byte", async () => {
  const seeded = async (start: string) => (await run(PLAIN, { start, seed: 9 })).read("seeded.json");
  const first = await seeded("2026-11-21T02:40:00Z");
  expect(await seeded("2026-11-21T02:40:00Z")).toBe(first);
  expect(await seeded("2026-11-21T02:40:01Z")).not.toBe(first);
});

describe("mistakes are named by their place in the repository", () => {
  const failure = (workflow: string) =>
    run(workflow).then(
      () => "",
      (error: Error) => error.message,
    );

  test("those of a workflow", async () => {
    expect(await failure(`${TRIGGER}jobs: { a: { runs-on: x, stepz: [] } }\n`)).toMatch(
      /^\.github\/workflows\/own\.yml:2:26: Unexpected value 'stepz'/,
    );
  });

  test("those of the runbook", async () => {
    await writeFile(join(folder, "root/runbook.yml"), "version: 1\nseverity: {}\n");
    const lines = (await failure(PLAIN)).split("\n");
    expect(lines.length).toBeGreaterThan(1);
    for (const line of lines) expect(line).toMatch(/^runbook\.yml:\d+:\d+: /);
  });

  test("those that show only while a job runs", async () => {
    const { report } = await run(
      `${TRIGGER}jobs: { a: { runs-on: x, timeout-minutes: "\${{ fromJSON(inputs.environment) }}", steps: [{ run: "true" }] } }\n`,
    );
    expect(report.jobs[0]?.annotations[0]).toMatch(/^error: \.github\/workflows\/own\.yml:2:\d+: /);
    expect(JSON.stringify(report)).not.toContain(tmpdir());
  });
});
