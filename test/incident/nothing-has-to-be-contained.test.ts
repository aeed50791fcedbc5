import { describe, expect, test } from "@jest/globals";
import { missingList, missingSteps } from "../../src/incident/closing.ts";
import { deadlinesOf } from "../../src/incident/deadlines.ts";
import { type EntryData, NOTHING_TO_CONTAIN } from "../../src/incident/entries.ts";
import { manualStepsOf } from "../../src/incident/manual-steps.ts";
import { nothingToContain } from "../../src/incident/nothing-to-contain.ts";
import { renderIssue } from "../../src/incident/render.ts";
import { openTrouble } from "../../src/incident/state.ts";
import { statusOf } from "../../src/incident/status.ts";
import { deviations } from "../../src/review/deviations.ts";
import { renderLedgerPart } from "../../src/review/ledger-part.ts";
import { measuredTimes } from "../../src/review/times.ts";
import { facts, LedgerBuilder, ownRunbook } from "../support/incident.ts";
import { confirmedStep, sealedCapture } from "../support/response.ts";

const runbook = ownRunbook();
const NOTE = "a load test that nobody had announced";
const said = confirmedStep("contain", { verdict: NOTHING_TO_CONTAIN, note: NOTE });
const change = { action: "scale-down", step: "scale-to-zero", target: "servicenow", from: {}, to: {} };
const contained = { action: "scale-down", summary: "0 tasks", details: {} };
const trail = { policyChanged: false, findings: [], capture: null };
const by = { login: "oncall", name: "Olga Oncall" };
const plan: EntryData<"planned"> = {
  plan: {
    schema: "firebreak/plan/v1",
    incident: "INC-42",
    change: "contain",
    type: "service-outage",
    environment: "dev",
    mcp: "servicenow",
    action: "scale-down",
    steps: [],
    manual: [],
  },
  sha256: "a".repeat(64),
  runId: 7001,
  runAttempt: 1,
  approvalsBefore: 0,
  environment: { name: "containment-dev", protection: "protected" },
};
const signal: EntryData<"indicator-received"> = {
  indicator: "alarms/auth-failures",
  what: "5 failures",
  reference: null,
  seenAt: "2026-11-21T03:10:00.000Z",
  reportedBy: null,
  proposed: { severity: "high", type: "service-outage" },
  joined: true,
};

const begun = (changes: Parameters<typeof facts>[0] = {}) =>
  new LedgerBuilder()
    .add("declared", facts({ severity: "low", ...changes }))
    .add("capture-sealed", sealedCapture(runbook));
const rest = (ledger: LedgerBuilder) => {
  for (const step of ["report", "investigate", "remediate"])
    ledger.add("step-confirmed", confirmedStep(step));
  return ledger;
};

describe("a false alarm", () => {
  test("ends: it is open until every other step is done, and then resolved, never contained", () => {
    const ledger = begun().add("step-confirmed", said);
    expect(statusOf(ledger.entries, runbook)).toBe("open");
    rest(ledger);
    expect(statusOf(ledger.entries, runbook)).toBe("resolved");
    expect(missingSteps(ledger.entries, runbook)).toEqual([]);
    const { over, labels } = renderIssue(ledger.entries, runbook);
    expect([over, labels.includes("status:resolved")]).toEqual([true, true]);
    expect(ledger.entries.map(({ kind }) => kind)).not.toContain("contained");
  });

  test("is resolved whatever came first", () => {
    const ledger = rest(begun()).add("step-confirmed", said);
    expect(statusOf(ledger.entries, runbook)).toBe("resolved");
  });

  test("says on the issue that nothing was contained, and why: at the top, in the list, in the timeline", () => {
    const { body } = renderIssue(begun().add("step-confirmed", said).entries, runbook);
    expect(body).toContain(`> **Nothing was contained**: \` ${NOTE} \`, found by \` Olga Oncall \``);
    expect(body).toMatch(new RegExp(`- \\[x\\] 5\\. .*\\*\\*nothing was contained\\*\\*: \` ${NOTE} \``));
    expect(body).toContain(`| **Nothing to contain**, as \` Olga Oncall \` found: \` ${NOTE} \` |`);
  });

  test("says before that how to say it, in the list and to whoever closes the issue", () => {
    const { entries } = begun();
    expect(renderIssue(entries, runbook).body).toContain(
      "where nothing has to be contained, comment ` /confirm contain nothing-to-contain <what shows it> `",
    );
    expect(missingList(missingSteps(entries, runbook))).toContain(
      "-f step=contain -f verdict=nothing-to-contain",
    );
    const { entries: changed } = begun().add("change-intended", change);
    expect(renderIssue(changed, runbook).body).not.toContain("nothing-to-contain");
    expect(missingList(missingSteps(changed, runbook))).not.toContain("nothing-to-contain");
  });

  test("has no step that contains, or gives back what was contained; those that look do stay", () => {
    const steps = (type: string) =>
      manualStepsOf(begun({ type }).add("step-confirmed", said).entries, runbook).map(({ id }) => id);
    expect(steps("service-outage")).toEqual([]);
    expect(steps("client-secret-compromised")).toEqual([]);
    expect(steps("user-account-compromised")).toEqual([]);
    expect(steps("iam-role-unauthorized-use")).toEqual(["investigate-scope"]);
    expect(steps("data-exfiltration")).toContain("review-tool-calls");
    expect(steps("data-exfiltration")).not.toContain("block-account");
  });

  test("is a deviation for the review, and no missed or met target", () => {
    const ledger = begun({ severity: "high" }).add("step-confirmed", said, "2026-11-23T03:00:00.000Z");
    const times = measuredTimes(ledger.entries, runbook);
    expect(times.find(({ measure }) => measure === "contain")).toMatchObject({
      what: "nothing had to be contained",
      to: null,
      minutes: null,
      target: null,
    });
    expect(deviations(ledger.entries, runbook).join()).toContain("**Nothing to contain**");
    expect(renderLedgerPart(ledger.entries, runbook)).toContain(
      "| contain | nothing had to be contained | – | – |",
    );
  });

  test("is reminded of no containment, and a refused gate is no trouble any more", () => {
    const refused = { action: "scale-down", refusals: [{ reason: "no-capture", message: "m", remedy: "r" }] };
    const ledger = begun().add("gate-refused", refused);
    expect(openTrouble(ledger.entries)).toHaveLength(1);
    ledger.add("step-confirmed", said);
    expect(openTrouble(ledger.entries)).toEqual([]);
    const row = deadlinesOf(ledger.entries, runbook).find(({ id }) => id === "contain");
    expect(row?.done?.kind).toBe("step-confirmed");
  });
});

describe("nobody can say so", () => {
  test.each([
    ["once a change was begun", begun().add("change-intended", change)],
    [
      "once a change of another mcp was begun",
      begun()
        .add("mcp-joined", { mcp: "sharepoint", reason: null })
        .add("change-intended", change, undefined, "sharepoint"),
    ],
    [
      "once the secret was disabled",
      begun().add("secret-disabled", { by: "x", at: signal.seenAt, confirmedBy: "x" }),
    ],
    [
      "once the audit trail was tampered with",
      begun().add("audit-trail-verified", { ...trail, verdict: "tampered" }),
    ],
    [
      "once a data source was found affected",
      begun().add("step-confirmed", confirmedStep("check-downstream/tickets", { verdict: "affected" })),
    ],
    ["once it is contained", begun().add("contained", contained)],
  ])("%s", (_when, ledger) => {
    ledger.add("step-confirmed", said);
    expect(nothingToContain(ledger.entries)).toBeUndefined();
    expect(renderIssue(ledger.entries, runbook).body).not.toContain("> **Nothing was contained**");
    expect(statusOf(rest(ledger).entries, runbook)).not.toBe("resolved");
  });

  test("but again once the change was taken back", () => {
    const restored = { action: "undo", summary: "2 tasks", rootCause: "x", details: {} };
    const ledger = begun().add("change-intended", change).add("restored", restored);
    expect(nothingToContain(ledger.add("step-confirmed", said).entries)).toBeDefined();
  });
});

describe("it counts no longer", () => {
  test.each([
    ["when somebody plans to contain", begun().add("step-confirmed", said).add("planned", plan)],
    ["when a change is begun", begun().add("step-confirmed", said).add("change-intended", change)],
    [
      "when an mcp joins",
      begun().add("step-confirmed", said).add("mcp-joined", { mcp: "sharepoint", reason: null }),
    ],
    ["when the same is seen again", begun().add("step-confirmed", said).add("indicator-received", signal)],
    [
      "when the severity rises",
      begun()
        .add("step-confirmed", said)
        .add("severity-changed", { from: "low", to: "high", reason: "it is real", by }),
    ],
    [
      "when the audit trail turns out to be tampered with",
      begun()
        .add("step-confirmed", said)
        .add("audit-trail-verified", { ...trail, verdict: "tampered" }),
    ],
  ])("%s", (_when, ledger) => {
    expect(nothingToContain(ledger.entries)).toBeUndefined();
    expect(statusOf(rest(ledger).entries, runbook)).toBe("open");
    expect(missingSteps(ledger.entries, runbook).map(({ id }) => id)).toContain("contain");
  });

  test("but does when the severity falls, or a plan is to give back", () => {
    const ledger = begun({ severity: "high" })
      .add("step-confirmed", said)
      .add("severity-changed", { from: "high", to: "low", reason: "a load test", by })
      .add("planned", { ...plan, plan: { ...plan.plan, change: "restore" } });
    expect(nothingToContain(ledger.entries)?.data.note).toBe(NOTE);
  });
});

test("of several mcps it is about those that were not contained", () => {
  const ledger = begun().add("mcp-joined", { mcp: "sharepoint", reason: null });
  ledger.add("capture-sealed", sealedCapture(runbook), undefined, "sharepoint");
  ledger.add("contained", contained, undefined, "sharepoint").add("step-confirmed", said);
  expect(renderIssue(ledger.entries, runbook).body).toContain("1 with nothing to contain, 1 contained");
  expect(statusOf(ledger.entries, runbook)).toBe("contained");
});
