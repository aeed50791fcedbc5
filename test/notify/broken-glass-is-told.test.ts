import { readFileSync } from "node:fs";
import { describe, expect, test } from "@jest/globals";
import { parse, stringify } from "yaml";
import type { EntryData } from "../../src/incident/entries.ts";
import { dueNotices, noticeName } from "../../src/incident/notices.ts";
import { buildMessage } from "../../src/notify/message.ts";
import { plainText } from "../../src/notify/text.ts";
import { runYaml } from "../drill/runner/run-fixture.ts";
import { ClocksWorld } from "../support/clocks-world.ts";
import { facts, LedgerBuilder, ownRunbook } from "../support/incident.ts";

const runbook = ownRunbook();
const broken = (reason: string): EntryData<"glass-broken"> => ({
  action: "scale-down",
  reason: "The service crash-loops: no capture is sealed in time. See https://evil.example/x",
  environment: "break-glass-dev",
  planSha256: "a".repeat(64),
  approvals: [{ login: "security-lead", environment: "break-glass-dev", seenAt: "2026-11-21T03:20:00.000Z" }],
  skipped: [{ reason, message: "m", remedy: "r" }],
});
const declared = () => new LedgerBuilder().add("declared", facts({ severity: "critical" }));
const names = ({ entries }: LedgerBuilder) => dueNotices(entries, runbook).map((one) => noticeName(one));

describe("the notices", () => {
  test("of a broken glass concern everybody whom the runbook wants told", () => {
    const ledger = declared().add("glass-broken", broken("no-capture"));
    expect(new Set(names(ledger))).toEqual(new Set(["glass-broken/7001/critical"]));
    expect(names(ledger)).toHaveLength(names(declared()).length);
  });

  test("are one for a run, however often it names what it skips", () => {
    const ledger = declared().add("glass-broken", broken("no-capture"));
    const before = names(ledger);
    expect(names(ledger.add("glass-broken", broken("label-incomplete")))).toEqual(before);
  });

  test("are none where the glass was not broken", () => {
    const refused = { action: "scale-down", reason: "rejected", message: "m", remedy: "r" };
    expect(names(declared().add("not-contained", refused))).toEqual(names(declared()));
  });
});

test("the message says who let it, why, and what was skipped; foreign text is no link", () => {
  const { entries } = declared()
    .add("glass-broken", broken("no-capture"))
    .add("glass-broken", broken("label-incomplete"));
  const [due] = dueNotices(entries, runbook);
  if (!due) throw new Error("nobody is told");
  const text = plainText(buildMessage(entries, runbook, { notice: due, secondCopy: false }));
  expect(text).toContain(
    "The glass was broken: scale-down went on without evidence that it requires (no-capture, label-incomplete)",
  );
  expect(text).toContain("Approved in break-glass-dev by security-lead, because: The service crash-loops");
  expect(text).not.toContain("https://evil.example");
});

test("where no job told people, since its runner died, the clocks do, a quarter of an hour later and once", async () => {
  const world = new ClocksWorld("2026-11-23T09:00:00Z");
  const record = await world.declare(42, { severity: "critical" });
  await record.append(
    "acknowledged",
    { by: { login: "olga", name: "O" }, note: null, severity: "critical" },
    "ack",
  );
  world.minutes(20);
  await world.run();
  world.minutes(60);
  await (await world.open(42)).append("glass-broken", broken("no-capture"), "glass");
  const told = () => world.sent.filter(({ text }) => text.includes("The glass was broken"));
  world.minutes(10);
  await world.run({ runId: 9_001 });
  expect(told()).toEqual([]);
  world.minutes(10);
  await world.run({ runId: 9_002 });
  const first = told().length;
  expect(first).toBeGreaterThan(1);
  world.minutes(20);
  await world.run({ runId: 9_003 });
  expect(told()).toHaveLength(first);
});

describe("break-glass.yml", () => {
  interface Job {
    needs?: unknown;
    if?: string;
    environment?: unknown;
    outputs?: Record<string, string>;
    steps: { id?: string; uses?: string; run?: string }[];
  }

  /** The workflow's jobs as they depend on each other, with steps that do nothing but succeed or fail. */
  function bare(containFails: boolean): string {
    const { jobs } = parse(readFileSync(".github/workflows/break-glass.yml", "utf8")) as {
      jobs: Record<string, Job>;
    };
    const entries = Object.entries(jobs).map(([key, job]) => {
      const ids = job.steps.flatMap(({ id }) => (id === undefined ? [] : [{ id, run: "true" }]));
      const fails = key === "contain" && containFails ? [{ run: "false" }] : [];
      const plan = { action: "scale-down", "github-environment": "break-glass-dev" };
      return [
        key,
        {
          "runs-on": "ubuntu-latest",
          ...(job.needs === undefined ? {} : { needs: job.needs }),
          ...(job.if === undefined ? {} : { if: job.if }),
          ...(job.environment === undefined ? {} : { environment: job.environment }),
          ...(key === "plan" ? { outputs: plan } : job.outputs ? { outputs: job.outputs } : {}),
          steps: [...ids, ...fails, { run: "true" }],
        },
      ];
    });
    return stringify({ jobs: Object.fromEntries(entries) });
  }

  test.each([
    ["was contained", "approved", false, "success"],
    ["failed half-way", "approved", true, "success"],
    ["was rejected", "rejected", false, "skipped"],
  ] as const)("tells people where it %s: %s", async (_how, review, fails, escalate) => {
    const host = { protectedEnvironments: ["break-glass-dev"], review: async () => review };
    const run = await runYaml(bare(fails), { host, speed: 20 });
    expect(run.conclusions.escalate).toBe(escalate);
    const failed = fails || review === "rejected";
    expect(run.conclusions.contain).toBe(failed ? "failure" : "success");
    expect(run.conclusions.outcome).toBe(failed ? "success" : "skipped");
  });
});
