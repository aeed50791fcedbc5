import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, test } from "@jest/globals";
import { SCENARIO_FOLDER } from "../../drill/scenario/load.ts";
import { type Bench, startBench } from "../support/bundle.ts";

const DECLARE = { severity: "High", type: "service-outage", mcp: "servicenow", summary: "5xx on every call" };

let bench: Bench | undefined;

afterEach(() => bench?.close());

/** `service-outage` on a platform with these faults. */
function withFaults(faults: string): string {
  const path = join(mkdtempSync(join(tmpdir(), "firebreak-scenario-")), "faulty.yml");
  writeFileSync(
    path,
    `${readFileSync(join(SCENARIO_FOLDER, "service-outage.yml"), "utf8")}\nfaults:\n${faults}`,
  );
  return path;
}

function issues(): {
  number: number;
  title: string;
  body: string;
  comments: unknown[];
  subIssues: number[];
}[] {
  return (bench?.platform.github.state.toIssuesJson() ?? []) as never;
}

async function ledgerKinds(): Promise<string[]> {
  const s3 = bench?.platform.aws.s3;
  const keys = s3?.currentKeys("nn-aiconnectors-vault-dev", "incidents/INC-1/ledger/") ?? [];
  const bodies = await Promise.all([...keys].map((key) => s3?.readObject("nn-aiconnectors-vault-dev", key)));
  return bodies.map((body) => String(JSON.parse(String(body)).kind));
}

test("declaring twice in one run finds the same issue and goes on", async () => {
  bench = await startBench();
  const declare = bench.job("declare", "evidence");
  const first = await declare.start("open-incident", DECLARE);
  const second = await declare.start("open-incident", DECLARE);
  expect([first.code, second.code]).toEqual([0, 0]);
  expect(second.outputs).toEqual(first.outputs);
  expect(first.outputs).toMatchObject({
    incident: "1",
    action: "scale-down",
    escalate: "true",
    review: "true",
  });
  expect(issues()).toHaveLength(1);
  expect(await ledgerKinds()).toEqual(["declared", "planned"]);
}, 60_000);

test("another run of the workflow declares another incident", async () => {
  bench = await startBench();
  const declare = bench.job("declare", "evidence");
  await declare.start("open-incident", DECLARE);
  const other = await declare.start("open-incident", DECLARE, { runId: bench.dispatch().id });
  expect(other.outputs.incident).toBe("2");
}, 60_000);

test("an issue whose answer was lost is found again, not opened twice", async () => {
  bench = await startBench(
    withFaults(
      "  - { service: github, operation: issues/create, kind: drop, rate: 1, limit: 1, lost_answer: true }\n",
    ),
  );
  const { code, outputs } = await bench.job("declare", "evidence").start("open-incident", DECLARE);
  expect([code, outputs.incident]).toEqual([0, "1"]);
  expect(issues()).toHaveLength(1);
}, 60_000);

test("the review is opened once, as a sub-issue, and low severities get none", async () => {
  bench = await startBench();
  const job = bench.job("review", "evidence");
  await job.start("open-incident", DECLARE);
  const first = await job.start("open-review-issue", { incident: "1" });
  const second = await job.start("open-review-issue", { incident: "1" });
  expect(second.outputs).toEqual(first.outputs);
  expect(first.outputs["review-issue"]).toBe("2");
  expect(issues().map(({ subIssues }) => subIssues)).toEqual([[2], []]);
  expect(issues()[0]?.comments).toHaveLength(1);
  for (const heading of [
    "### Date",
    "### Incident summary",
    "### Severity",
    "### Root cause",
    "### Actions taken",
    "### Process improvements",
  ]) {
    expect(issues()[1]?.body).toContain(heading);
  }

  const low = await job.start(
    "open-incident",
    { ...DECLARE, severity: "low" },
    { runId: bench.dispatch().id },
  );
  expect(low.outputs).toMatchObject({ incident: "3", review: "false", escalate: "false" });
  const none = await job.start("open-review-issue", { incident: "3" });
  expect([none.code, none.outputs["review-issue"]]).toEqual([0, ""]);
  expect(issues()).toHaveLength(3);
}, 60_000);

test("escalation is recorded once, with those whose address is missing", async () => {
  bench = await startBench();
  const job = bench.job("escalate", "evidence");
  await job.start("open-incident", DECLARE);
  const first = await job.start("escalate", { incident: "1" });
  await job.start("escalate", { incident: "1" });
  expect(JSON.parse(first.outputs.recipients ?? "")).toEqual([
    { who: "IT Infrastructure Manager", address: null, missing: "name and email" },
    { who: "AI connectors team", address: "aiconnectors-alarms-dev", missing: null },
    { who: "Global Security Operations (GSO)", address: "globalsecops@novonordisk.com", missing: null },
  ]);
  expect((await ledgerKinds()).filter((kind) => kind === "escalation-due")).toHaveLength(1);
}, 60_000);

test("an incident whose ledger cannot be started says so in its issue, and is taken up by a re-run", async () => {
  bench = await startBench(
    withFaults("  - { service: s3, operation: PutObject, kind: server-error, rate: 1, limit: 10 }\n"),
  );
  const declare = bench.job("declare", "evidence");
  const { code, output } = await declare.start("open-incident", DECLARE);
  expect([code, output.includes("::error::The ledger of INC-1 could not be started")]).toEqual([1, true]);
  expect(issues()[0]?.body).toContain("The ledger of this incident could not be started");
  expect(issues()[0]?.body).toContain("globalsecops@novonordisk.com");

  const again = await declare.start("open-incident", DECLARE);
  expect([again.code, again.outputs.incident]).toEqual([0, "1"]);
  expect(await ledgerKinds()).toEqual(["declared", "planned"]);
  expect(issues()).toHaveLength(1);
  expect(issues()[0]?.body).toContain("## Facts");
}, 60_000);

test("an incident is declared even when no plan can be made, and says why", async () => {
  bench = await startBench(
    withFaults("  - { service: ecs, operation: DescribeServices, kind: server-error, rate: 1 }\n"),
  );
  const { code, outputs } = await bench.job("declare", "evidence").start("open-incident", DECLARE);
  expect([code, outputs.incident, outputs["plan-sha256"]]).toEqual([0, "1", ""]);
  expect(await ledgerKinds()).toEqual(["declared", "plan-failed"]);
  expect(issues()[0]?.body).toMatch(/\*\*Stopped:\*\*.*gh workflow run contain\.yml/);
}, 60_000);

test("an incident that is about another mcp than the caller believes is left alone", async () => {
  bench = await startBench();
  const job = bench.job("plan", "evidence");
  await job.start("open-incident", DECLARE);
  const before = await ledgerKinds();
  const { code, output } = await job.start("record-plan", {
    incident: "1",
    change: "contain",
    mcp: "sharepoint",
  });
  expect([code, output.includes("Input 'mcp' is not the one that INC-1 is about")]).toEqual([1, true]);
  expect(await ledgerKinds()).toEqual(before);
}, 60_000);

test("a change that was rejected is recorded for it, once", async () => {
  bench = await startBench();
  const { github } = bench.platform;
  const job = bench.job("outcome", "evidence");
  await job.start("open-incident", DECLARE);
  const stop = new AbortController();
  const waiting = github.host.awaitApproval(bench.run.id, "containment-dev", stop.signal);
  github.state.review(bench.run.id, "containment-dev", "oncall-reviewer", "rejected", "Not now | <b>");
  expect(await waiting).toBe("rejected");
  for (let round = 0; round < 2; round += 1) {
    const { code } = await job.start("record-outcome", { incident: "1", result: "failure" });
    expect(code).toBe(0);
  }
  expect(await ledgerKinds()).toEqual(["declared", "planned", "not-contained"]);
  expect(issues()[0]?.body).toContain("was rejected by oncall-reviewer");
  expect(issues()[0]?.comments).toHaveLength(1);
}, 60_000);
