import { describe, expect, test } from "@jest/globals";
import { type LedgerEntry, NOTHING_TO_CONTAIN, VERDICTS } from "../../src/incident/entries.ts";
import type { Plan } from "../../src/incident/plan.ts";
import { reachedAt, STATUSES, type Status, statusHistory, statusOf } from "../../src/incident/status.ts";
import { facts, LedgerBuilder, ownRunbook } from "../support/incident.ts";
import { confirmedStep, sealedCapture } from "../support/response.ts";

const runbook = ownRunbook();
const SEVERITIES = ["critical", "high", "medium", "low"] as const;
const PEOPLE = ["it-infrastructure-manager", "AI connectors team", "global-security-operations"];
const person = { login: "oncall", name: "Olga Oncall" };

/** The same numbers for the same seed (mulberry32). */
function numbers(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let word = Math.imul(state ^ (state >>> 15), 1 | state);
    word = (word + Math.imul(word ^ (word >>> 7), 61 | word)) ^ word;
    return ((word ^ (word >>> 14)) >>> 0) % below;
  };
}

/** A ledger in which anything may follow on anything, often. */
function randomLedger(seed: number, length: number): LedgerEntry[] {
  const below = numbers(seed);
  const one = <Value>(values: readonly Value[]): Value => values[below(values.length)] as Value;
  const type = one(Object.keys(runbook.incident_types));
  const ledger = new LedgerBuilder().add("declared", facts({ type, severity: one(SEVERITIES) }));
  const mcp = () => one([undefined, undefined, "sharepoint"]);
  const manual = (runbook.incident_types[type]?.manual ?? []).map(({ id }) => id);
  const steps = [...runbook.escalation.steps.map(({ id }) => id), ...manual];
  const at = "2026-11-21T03:00:00.000Z";
  const failed = { reason: one(["rejected", "graph-refused"]), message: "no", remedy: "ask" };
  const change = { action: "scale-down", step: "scale-to-zero", target: "service" };
  const plan = (): Plan => ({
    schema: "firebreak/plan/v1",
    incident: "INC-42",
    change: one(["contain", "restore", "undo"]),
    type,
    environment: "dev",
    mcp: "servicenow",
    action: null,
    steps: [],
    manual: manual.slice(0, below(2)).map((id) => ({ id, text: id, contact: null, before: false })),
  });
  const kinds: (() => unknown)[] = [
    () =>
      ledger.add("severity-changed", {
        from: one(SEVERITIES),
        to: one(SEVERITIES),
        reason: "seen",
        ...(below(2) ? { by: person } : {}),
      }),
    () => ledger.add("personal-data-found", { awareAt: at, reason: "names", by: person }),
    () => ledger.add("mcp-joined", { mcp: "sharepoint", reason: null }),
    () =>
      ledger.add("notice-sent", {
        notice: "declared/high",
        recipient: one(PEOPLE),
        channel: "sns",
        messageId: null,
        sentAt: at,
        tries: 1,
      }),
    () => ledger.add("step-confirmed", confirmedStep(one(steps), below(2) ? {} : { verdict: one(VERDICTS) })),
    () => ledger.add("step-confirmed", confirmedStep("contain", { verdict: NOTHING_TO_CONTAIN })),
    () => ledger.add("contained", { action: "scale-down", summary: "0", details: {} }, undefined, mcp()),
    () =>
      ledger.add("restored", { action: "undo", summary: "2", rootCause: "x", details: {} }, undefined, mcp()),
    () => ledger.add("change-intended", { ...change, from: {}, to: {} }, undefined, mcp()),
    () => ledger.add("change-made", { ...change, outcome: {} }, undefined, mcp()),
    () =>
      ledger.add(
        "planned",
        {
          plan: plan(),
          sha256: "a",
          runId: 1,
          runAttempt: 1,
          approvalsBefore: 0,
          environment: { name: "e", protection: "protected" },
        },
        undefined,
        mcp(),
      ),
    () => ledger.add("plan-failed", { ...failed, runId: 1 }, undefined, mcp()),
    () => ledger.add("gate-refused", { action: "scale-down", refusals: [failed] }, undefined, mcp()),
    () => ledger.add("not-contained", { action: "scale-down", ...failed }, undefined, mcp()),
    () => ledger.add("secret-disabled", { by: "x", at, confirmedBy: "x" }),
    () =>
      ledger.add("capture-sealed", { ...sealedCapture(runbook), complete: below(2) === 0 }, undefined, mcp()),
    () =>
      ledger.add(
        "source-final",
        {
          source: one(runbook.evidence.collect),
          capture: "1",
          completedBy: "1",
          outcome: one(["complete", "expired"]),
          missing: [],
        },
        undefined,
        mcp(),
      ),
    () =>
      ledger.add("audit-trail-verified", {
        verdict: one(["intact", "intact", "tampered"]),
        policyChanged: false,
        findings: [],
        capture: null,
      }),
    () =>
      ledger.add("indicator-received", {
        indicator: "alarms/x",
        what: "x",
        reference: null,
        seenAt: at,
        reportedBy: null,
        proposed: { severity: "low", type },
        joined: below(2) === 0,
      }),
    () =>
      ledger.add("glass-broken", {
        action: "scale-down",
        reason: "it burns",
        environment: "e",
        planSha256: "a",
        approvals: [{ login: "x", environment: "e", seenAt: at }],
        skipped: [failed],
      }),
    () => ledger.add("reviewed", { record: "docs/x.md" }),
    () => ledger.add("acknowledged", { by: person, note: null, severity: "high" }),
  ];
  // Some kinds hardly ever come in some ledgers, so that these get far.
  const common = kinds.filter(() => below(3) > 0);
  while (ledger.entries.length < length) one(below(9) === 0 ? kinds : common)();
  // Every third is brought to its end.
  for (const mcp of seed % 3 === 0 ? [undefined, "sharepoint"] : []) {
    ledger.add("capture-sealed", sealedCapture(runbook), undefined, mcp);
    ledger.add("contained", { action: "scale-down", summary: "0", details: {} }, undefined, mcp);
    ledger.add("restored", { action: "undo", summary: "2", rootCause: "x", details: {} }, undefined, mcp);
    for (const step of steps) ledger.add("step-confirmed", confirmedStep(step));
    ledger.add("reviewed", { record: "docs/x.md" });
  }
  return ledger.entries;
}

/** What the history is: the status of every beginning of the ledger. */
function byEveryBeginning(entries: readonly LedgerEntry[]): { status: Status; by: LedgerEntry }[] {
  const all = entries.map((by, index) => ({ status: statusOf(entries.slice(0, index + 1), runbook), by }));
  return all.filter(({ status }, index) => status !== all[index - 1]?.status);
}

const shown = (history: readonly { status: Status; by: LedgerEntry }[]) =>
  history.map(({ status, by }) => `${by.sequence} ${by.kind} ${status}`);

describe("the history of the status", () => {
  test("is that of every beginning of the ledger, for 300 random ledgers", () => {
    const reached = new Set<Status>();
    for (let seed = 1; seed <= 300; seed += 1) {
      const entries = randomLedger(seed, 20 + (seed % 60));
      const expected = byEveryBeginning(entries);
      expect([seed, shown(statusHistory(entries, runbook))]).toEqual([seed, shown(expected)]);
      for (const { status } of expected) reached.add(status);
    }
    expect([...reached].sort()).toEqual([...STATUSES].sort());
  });

  test("of 5,000 entries takes less than a second, and twice as many take about twice as long", () => {
    const took = (length: number) => {
      const entries = randomLedger(7, length);
      // The processor's time, since other work of the machine plays no part in it.
      const begun = process.cpuUsage();
      reachedAt(entries, runbook, "resolved");
      return process.cpuUsage(begun).user / 1000;
    };
    took(500);
    const short = took(5_000);
    expect(short).toBeLessThan(1_000);
    expect(took(10_000)).toBeLessThan(Math.max(4 * short, 200));
  });
});
