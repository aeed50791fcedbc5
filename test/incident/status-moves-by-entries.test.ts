import { describe, expect, test } from "@jest/globals";
import { isOver, missingSteps } from "../../src/incident/closing.ts";
import type { EntryData, LedgerEntry } from "../../src/incident/entries.ts";
import { everyLabel } from "../../src/incident/labels.ts";
import { renderIssue } from "../../src/incident/render.ts";
import { factsOf } from "../../src/incident/state.ts";
import { reachedAt, statusHistory, statusOf } from "../../src/incident/status.ts";
import { facts, LedgerBuilder, ownRunbook } from "../support/incident.ts";
import { confirmedStep, sealedCapture } from "../support/response.ts";

const runbook = ownRunbook();
const contained = { action: "scale-down", summary: "0 tasks", details: {} };
const restored = { action: "restore-service", summary: "2 tasks", rootCause: "a leaked key", details: {} };

/** An incident in which everything but what the test is about is done. */
function allBut(...left: string[]): LedgerBuilder {
  const ledger = new LedgerBuilder().add("declared", facts());
  ledger.add("capture-sealed", sealedCapture(runbook)).add("contained", contained);
  if (!left.includes("restore")) ledger.add("restored", restored);
  for (const step of ["report", "escalate", "investigate", "remediate"])
    if (!left.includes(step)) ledger.add("step-confirmed", confirmedStep(step));
  return ledger;
}
const status = ({ entries }: { entries: readonly LedgerEntry[] }) => statusOf(entries, runbook);

describe("the status", () => {
  test("goes from open to reviewed, each time by the entry that says so", () => {
    const { entries } = allBut("remediate", "restore")
      .add("restored", restored)
      .add("step-confirmed", confirmedStep("remediate"))
      .add("reviewed", { record: "docs/compliance/incident-reviews/2026-11-21-INC-42.md" });
    const history = statusHistory(entries, runbook).map((one) => [one.status, one.by.kind]);
    expect(history).toEqual([
      ["open", "declared"],
      ["contained", "contained"],
      ["monitoring", "restored"],
      ["resolved", "step-confirmed"],
      ["reviewed", "reviewed"],
    ]);
  });

  test("is monitoring once the service is given back, or once it is remediated", () => {
    const ledger = new LedgerBuilder().add("declared", facts()).add("contained", contained);
    expect(status(ledger)).toBe("contained");
    expect(status(ledger.add("step-confirmed", confirmedStep("remediate")))).toBe("monitoring");
    const other = new LedgerBuilder().add("declared", facts()).add("contained", contained);
    expect(status(other.add("restored", restored))).toBe("monitoring");
  });

  test("remediated before it is contained is open", () => {
    const ledger = new LedgerBuilder().add("declared", facts());
    expect(status(ledger.add("step-confirmed", confirmedStep("remediate")))).toBe("open");
  });

  test("contained again after it was given back is contained, whatever was remediated", () => {
    const ledger = allBut();
    expect(status(ledger)).toBe("resolved");
    expect(status(ledger.add("contained", contained))).toBe("contained");
    expect(status(ledger.add("restored", restored))).toBe("resolved");
  });

  test.each(["report", "escalate", "investigate", "remediate"])(
    "is not resolved while %s is open",
    (step) => {
      expect(status(allBut(step))).toBe("monitoring");
      expect(missingSteps(allBut(step).entries, runbook).map(({ id }) => id)).toEqual([step, "review"]);
    },
  );

  test("is not resolved while a step of the play is open", () => {
    const { entries } = allBut("restore");
    expect(statusOf(entries, runbook)).toBe("monitoring");
    expect(missingSteps(entries, runbook).map(({ id }) => id)).toEqual(["review", "restore"]);
  });

  test("is not reviewed while something else is open, even with its record there", () => {
    const reviewed = { record: "docs/compliance/incident-reviews/2026-11-21-INC-42.md" };
    const ledger = allBut("investigate").add("reviewed", reviewed);
    expect(status(ledger)).toBe("monitoring");
    expect(status(ledger.add("step-confirmed", confirmedStep("investigate")))).toBe("reviewed");
  });

  test("is open again when an mcp joins", () => {
    const ledger = allBut().add("reviewed", { record: "docs/x.md" });
    expect(status(ledger)).toBe("reviewed");
    expect(status(ledger.add("mcp-joined", { mcp: "sharepoint", reason: null }))).toBe("open");
  });

  test("has a label of its own each", () => {
    const labels = everyLabel(runbook).map(({ name }) => name);
    for (const one of ["open", "contained", "monitoring", "resolved", "reviewed"])
      expect(labels).toContain(`status:${one}`);
    expect(labels).not.toContain("status:restored");
    expect(renderIssue(allBut().entries, runbook).labels).toContain("status:resolved");
  });
});

describe("the moment of a status", () => {
  test("is that of the entry since which it has been so without a step back", () => {
    const ledger = allBut();
    const at = (one: Parameters<typeof reachedAt>[2]) => reachedAt(ledger.entries, runbook, one)?.sequence;
    expect([at("open"), at("contained"), at("monitoring"), at("resolved")]).toEqual([1, 3, 4, 8]);
    expect(at("reviewed")).toBeUndefined();
    ledger.add("mcp-joined", { mcp: "sharepoint", reason: null });
    expect([at("contained"), at("resolved")]).toEqual([undefined, undefined]);
    ledger.add("contained", contained, undefined, "sharepoint");
    expect(at("contained")).toBe(10);
  });
});

describe("an incident is over", () => {
  test("when every step that applies is done, the review among them", () => {
    const ledger = allBut();
    expect(isOver(ledger.entries, runbook)).toBe(false);
    expect(renderIssue(ledger.entries, runbook).over).toBe(false);
    ledger.add("reviewed", { record: "docs/x.md" });
    expect(isOver(ledger.entries, runbook)).toBe(true);
    expect(renderIssue(ledger.entries, runbook).over).toBe(true);
  });

  test("without a review where none is asked for", () => {
    const low = allBut("escalate").entries.map((entry) =>
      entry.kind === "declared" ? { ...entry, data: facts({ severity: "low" }) } : entry,
    );
    expect(statusOf(low, runbook)).toBe("resolved");
    expect(isOver(low, runbook)).toBe(true);
  });

  test("not before the law's reports are sent, where no step stands for them", () => {
    const nis2 = { early_warning_hours: 24, notification_hours: 72, final_report_months: 1 };
    const strict = {
      ...runbook,
      personal_data: { officer: "data-protection-officer", gdpr_hours: 72, nis2 },
    };
    const found: EntryData<"personal-data-found"> = {
      awareAt: "2026-11-21T04:00:00.000Z",
      reason: "names in the log",
      by: { login: "oncall", name: "Olga Oncall" },
    };
    const ledger = allBut().add("reviewed", { record: "docs/x.md" }).add("personal-data-found", found);
    expect(missingSteps(ledger.entries, strict).map(({ id }) => id)).toEqual([
      "notify",
      "nis2/early-warning",
      "nis2/notification",
      "nis2/final-report",
    ]);
  });
});

describe("what changes at the same moment", () => {
  test("changes once: the second goes from a severity that is no longer so", () => {
    const ledger = new LedgerBuilder()
      .add("declared", facts({ severity: "high" }))
      .add("severity-changed", { from: "high", to: "critical", reason: "exfiltration confirmed" })
      .add("severity-changed", { from: "high", to: "medium", reason: "looked harmless" });
    expect(factsOf(ledger.entries).severity).toBe("critical");
    ledger.add("severity-changed", { from: "critical", to: "low", reason: "a drill after all" });
    expect(factsOf(ledger.entries).severity).toBe("low");
  });
});
