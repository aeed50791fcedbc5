import { expect, test } from "@jest/globals";
import { computePlan } from "../../src/containment/plan.ts";
import { missingSteps } from "../../src/incident/closing.ts";
import { stepsToConfirm } from "../../src/incident/manual-steps.ts";
import { renderIssue } from "../../src/incident/render.ts";
import { escalationSteps, factsOf } from "../../src/incident/state.ts";
import { resolveTarget } from "../../src/runbook/target.ts";
import { facts, LedgerBuilder, noGraph, ownRunbook } from "../support/incident.ts";

const runbook = ownRunbook();
const person = { login: "oncall", name: "Olga Oncall" };

function bySignal(changes: Parameters<typeof facts>[0] = {}): LedgerBuilder {
  return new LedgerBuilder().add("declared", facts(changes)).add("indicator-received", {
    indicator: "alarms/http-5xx-spike",
    what: "<b>@everyone</b> threshold crossed",
    reference: null,
    seenAt: "2026-11-21T02:40:00.000Z",
    reportedBy: null,
    proposed: { severity: "high", type: "service-outage" },
    joined: false,
  });
}

const assess = (ledger: LedgerBuilder) =>
  escalationSteps(ledger.entries, runbook).find(({ id }) => id === "assess")?.state;
const BANNER = "Severity and type are proposed";

test("declared by a signal, it says that nobody has judged it, and the step is open", () => {
  const ledger = bySignal();
  expect(assess(ledger)).toBe("open");
  expect(stepsToConfirm(ledger.entries, runbook).map(({ id }) => id)).toContain("assess");
  const { body } = renderIssue(ledger.entries, runbook);
  expect(body).toMatch(/- \[ \] 2\. \*\*Assess\*\*.*once done, comment ` \/confirm assess <what was done> `/);
  const missing = missingSteps(ledger.entries, runbook).find(({ id }) => id === "assess");
  expect(missing?.command).toContain(
    "confirm-step.yml -f incident=42 -f environment=dev -f mcp=servicenow -f step=assess",
  );
  expect(body).toContain(BANNER);
  expect(body.replace(/(`+) .*? \1/g, "")).not.toContain("@everyone");
});

test("a person who confirms, or changes the severity, has judged it", () => {
  const confirmed = bySignal().add("step-confirmed", {
    step: "assess",
    text: "",
    by: "Olga",
    at: "2026-11-21T03:05:00Z",
    note: "It is one.",
    confirmedBy: person,
    planSha256: null,
  });
  const changed = bySignal().add("severity-changed", {
    from: "high",
    to: "critical",
    reason: "worse",
    by: person,
  });
  for (const ledger of [confirmed, changed]) {
    expect(assess(ledger)).toBe("done");
    expect(renderIssue(ledger.entries, runbook).body).not.toContain(BANNER);
  }
});

test("a verdict of the machine's own is no judgement", () => {
  const ledger = bySignal().add("severity-changed", { from: "high", to: "critical", reason: "verdict" });
  expect(assess(ledger)).toBe("open");
  expect(renderIssue(ledger.entries, runbook).body).toContain(BANNER);
});

test("declared by a person, nothing is proposed, whatever joins", () => {
  const ledger = new LedgerBuilder().add("declared", facts()).add("indicator-received", {
    indicator: "alarms/http-5xx-spike",
    what: "again",
    reference: null,
    seenAt: "2026-11-21T02:40:00.000Z",
    reportedBy: null,
    proposed: { severity: "high", type: "service-outage" },
    joined: true,
  });
  expect(assess(ledger)).toBe("done");
  expect(renderIssue(ledger.entries, runbook).body).not.toContain(BANNER);
});

test("whom it is about, people find out: until then nothing is planned, and nothing is asked of anybody", async () => {
  for (const type of ["data-exfiltration", "iam-role-unauthorized-use"]) {
    const plan = await computePlan(
      {
        aws: () => ({}) as never,
        context: {} as never,
        graph: noGraph,
        log: {} as never,
      },
      {
        incident: "INC-42",
        change: "contain",
        facts: { type, principal: null },
        target: resolveTarget(runbook, "dev", "servicenow"),
        runbook,
        entries: [],
      },
    );
    expect(plan.steps).toEqual([]);
    expect(plan.action).toBeNull();
    if (plan.note !== undefined) expect(plan.note).toContain('principal="..."');
  }
});

test("once found, it is the incident's principal", () => {
  const ledger = bySignal({ type: "data-exfiltration" });
  expect(factsOf(ledger.entries).principal).toBeNull();
  ledger.add("principal-found", { principal: "anna.friis@example.com", by: person });
  expect(factsOf(ledger.entries).principal).toBe("anna.friis@example.com");
  expect(renderIssue(ledger.entries, runbook).body).toContain("anna.friis@example.com");
});
