import { describe, expect, test } from "@jest/globals";
import { deadlinesOf, openDeadlines } from "../../src/incident/deadlines.ts";
import type { LedgerEntry } from "../../src/incident/entries.ts";
import { stepsToConfirm } from "../../src/incident/manual-steps.ts";
import type { Runbook } from "../../src/runbook/schema.ts";
import { facts, LedgerBuilder, ownRunbook } from "../support/incident.ts";
import { confirmedStep, sealedCapture } from "../support/response.ts";

const AT = "2026-11-21T03:00:00.000Z";
const runbook = ownRunbook();
const nis2: Runbook = {
  ...runbook,
  personal_data: {
    officer: "data-protection-officer",
    gdpr_hours: 72,
    nis2: { early_warning_hours: 24, notification_hours: 72, final_report_months: 1 },
  },
};
const contained = { action: "scale-down", summary: "0 tasks", details: {} };

const find = (entries: readonly LedgerEntry[], id: string, of: Runbook = runbook) =>
  deadlinesOf(entries, of).find((one) => one.id === id);

describe("who sees to it", () => {
  test("whoever declared it, until somebody takes it", () => {
    const ledger = new LedgerBuilder().add("declared", facts(), AT);
    expect(find(ledger.entries, "contain")?.responsible).toEqual([{ login: "oncall" }]);
    ledger.add("acknowledged", { by: { login: "olga", name: "Olga" }, note: null, severity: "high" });
    expect(find(ledger.entries, "contain")?.responsible).toEqual([{ login: "olga" }]);
  });

  test("that somebody takes it: everybody who is told; the law's: the officer first", () => {
    const { entries } = new LedgerBuilder().add("declared", facts({ personalData: true }), AT);
    expect(find(entries, "acknowledge")?.responsible).toEqual([
      { contact: "it-infrastructure-manager" },
      { team: "AI connectors team" },
      { contact: "global-security-operations" },
    ]);
    expect(find(entries, "gdpr")?.responsible[0]).toEqual({ contact: "data-protection-officer" });
  });

  test("a step's contact and a source's, each before whoever leads", () => {
    const given = facts({ type: "user-account-compromised", principal: "eve@example.com" });
    const { entries } = new LedgerBuilder().add("declared", given, AT).add("evidence-requested", {
      request: "entra-sign-in",
      source: "entra-sign-in",
      capture: "7001",
      what: "sign-ins",
      of: "Identity team",
      text: "Please export",
      deadline: "2026-11-23T03:00:00.000Z",
      reference: null,
    });
    const both = [{ contact: "identity-team" }, { login: "oncall" }];
    expect(find(entries, "step/disable-account")).toMatchObject({
      responsible: both,
      due: new Date("2026-11-21T03:30:00.000Z"),
    });
    expect(find(entries, "request/entra-sign-in")).toMatchObject({ responsible: both, done: null });
  });
});

describe("what shows it to be done", () => {
  test("contain and preserve: every mcp; one that joins has its own time", () => {
    const ledger = new LedgerBuilder()
      .add("declared", facts(), AT)
      .add("contained", contained, "2026-11-21T03:20:00.000Z")
      .add("capture-sealed", sealedCapture(runbook), "2026-11-21T03:20:00.000Z");
    expect(find(ledger.entries, "contain")?.done?.kind).toBe("contained");
    expect(find(ledger.entries, "preserve")?.done?.kind).toBe("capture-sealed");
    ledger.add("mcp-joined", { mcp: "sharepoint", reason: null }, "2026-11-22T10:00:00.000Z");
    const open = find(ledger.entries, "contain");
    expect([open?.done, open?.due.toISOString()]).toEqual([null, "2026-11-22T12:00:00.000Z"]);
    ledger.add("contained", contained, "2026-11-22T10:30:00.000Z", "sharepoint");
    const both = find(ledger.entries, "contain");
    expect([both?.done?.mcp, both?.due.toISOString()]).toEqual(["sharepoint", "2026-11-22T12:00:00.000Z"]);
  });

  test("the severity as it is now decides, counted from the declaration", () => {
    const ledger = new LedgerBuilder().add("declared", facts({ severity: "low" }), AT);
    expect(find(ledger.entries, "contain")?.due.toISOString()).toBe("2026-11-23T03:00:00.000Z");
    expect(find(ledger.entries, "review")).toBeUndefined();
    ledger.add("severity-changed", { from: "low", to: "critical", reason: "worse" });
    expect(find(ledger.entries, "contain")?.due.toISOString()).toBe("2026-11-21T04:00:00.000Z");
    expect(find(ledger.entries, "review")?.lastDay).toBe("2026-11-27");
    ledger.add("severity-changed", { from: "critical", to: "low", reason: "a false alarm" });
    expect(find(ledger.entries, "review")).toBeUndefined();
  });

  test("a review that goes down and up again counts from the first time", () => {
    const { entries } = new LedgerBuilder()
      .add("declared", facts({ severity: "medium" }), AT)
      .add("severity-changed", { from: "medium", to: "low", reason: "less" }, "2026-11-24T10:00:00.000Z")
      .add("severity-changed", { from: "low", to: "high", reason: "more" }, "2026-12-01T10:00:00.000Z");
    expect(find(entries, "review")?.lastDay).toBe("2026-11-27");
  });

  test("the law's clocks, by the step that stands for them or by their own names", () => {
    const ledger = new LedgerBuilder().add("declared", facts({ personalData: true }), AT);
    const confirmable = stepsToConfirm(ledger.entries, nis2).map(({ id }) => id);
    expect(confirmable).toEqual(
      expect.arrayContaining(["notify", "nis2/early-warning", "nis2/notification", "nis2/final-report"]),
    );
    expect(confirmable).not.toContain("gdpr");
    ledger.add("step-confirmed", confirmedStep("notify"));
    ledger.add("step-confirmed", confirmedStep("nis2/early-warning"));
    const open = openDeadlines(ledger.entries, nis2).map(({ id }) => id);
    expect(open).not.toContain("gdpr");
    expect(open).not.toContain("nis2/early-warning");
    expect(open).toEqual(expect.arrayContaining(["nis2/notification", "nis2/final-report"]));
  });

  test("without personal data the law asks for nothing", () => {
    const { entries } = new LedgerBuilder().add("declared", facts(), AT);
    expect(deadlinesOf(entries, nis2).filter(({ id }) => /gdpr|nis2/.test(id))).toEqual([]);
  });
});

describe("evidence that comes later", () => {
  const awaited = [
    {
      source: "cloudtrail",
      what: "files",
      things: 1,
      expectedBy: null,
      until: "2026-11-21T09:00:00.000Z",
    },
  ];

  test("a source that the sweep has not brought to its end is due two hours after it should have been", () => {
    const ledger = new LedgerBuilder()
      .add("declared", facts(), AT)
      .add("capture-sealed", { ...sealedCapture(runbook), awaited });
    expect(find(ledger.entries, "sweep/7001/cloudtrail")).toMatchObject({
      due: new Date("2026-11-21T11:00:00.000Z"),
      reminders: "after",
    });
    const final = {
      source: "cloudtrail",
      capture: "7001",
      completedBy: "7001",
      missing: [],
    };
    ledger.add("source-final", { ...final, outcome: "complete" });
    expect(find(ledger.entries, "sweep/7001/cloudtrail")).toBeUndefined();
  });

  test("what is to be followed up ends by itself and is nobody's deadline", () => {
    const due = { step: "old-tokens", what: "Old tokens live on", at: "2026-11-21T05:00:00.000Z" };
    const { entries } = new LedgerBuilder().add("declared", facts(), AT).add("follow-up-due", due);
    expect(find(entries, "follow-up/old-tokens")?.reminders).toBe("none");
    expect(openDeadlines(entries, runbook).map(({ id }) => id)).not.toContain("follow-up/old-tokens");
  });
});

test("a change of the severity that took no hold begins no review", () => {
  const by = { login: "olga", name: "Olga" };
  const { entries } = new LedgerBuilder()
    .add("declared", facts({ severity: "low" }), AT)
    .add("severity-changed", { from: "high", to: "critical", reason: "more", by }, "2026-11-23T03:00:00.000Z")
    .add("severity-changed", { from: "low", to: "medium", reason: "more", by }, "2026-12-07T03:00:00.000Z");
  expect(find(entries, "review")?.begun.toISOString()).toBe("2026-12-07T03:00:00.000Z");
});

test("evidence is preserved by a capture to which nothing is missing but what others were asked for", () => {
  const whole = sealedCapture(runbook);
  const [first, ...others] = whole.sources;
  if (!first) throw new Error("the runbook collects nothing");
  const lacking = (status: "partial" | "requested") => ({
    ...whole,
    complete: false,
    sources: [{ ...first, status }, ...others],
  });
  const ledger = new LedgerBuilder().add("declared", facts(), AT).add("capture-sealed", lacking("partial"));
  expect(find(ledger.entries, "preserve")?.done).toBeNull();
  ledger.add("capture-sealed", { ...lacking("requested"), capture: "7002" });
  expect(find(ledger.entries, "preserve")?.done?.sequence).toBe(3);
});
