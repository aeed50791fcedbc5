import { describe, expect, test } from "@jest/globals";
import { processChecklist, processDeadlines } from "../../src/incident/ten-steps.ts";
import { facts, LedgerBuilder, ownRunbook } from "../support/incident.ts";
import { confirmedStep, sealedCapture } from "../support/response.ts";

const runbook = ownRunbook();
const DECLARED = "2026-11-21T03:00:00.000Z";
const declared = (changes = {}) => new LedgerBuilder().add("declared", facts(changes), DECLARED);
const lines = ({ entries }: LedgerBuilder) => processChecklist(entries, runbook).split("\n");
const line = (ledger: LedgerBuilder, number: number) => lines(ledger)[number - 1] ?? "";

describe("each of the ten steps", () => {
  test("is done, open or not applicable, and says when, by whom and why", () => {
    const ledger = declared()
      .add("capture-sealed", sealedCapture(runbook), "2026-11-21T03:20:00.000Z")
      .add("contained", { action: "scale-down", summary: "0 tasks", details: {} }, "2026-11-21T03:40:00.000Z")
      .add("step-confirmed", confirmedStep("investigate", { note: "one user, one hour" }));
    expect(lines(ledger)).toHaveLength(10);
    expect(line(ledger, 1)).toBe(
      "- [x] 1. **Detect**: Alert received, anomaly observed, or report received (2026-11-21 03:00:00 UTC, ` oncall `: [run 7001](https://github.example/acme/platform/actions/runs/7001))",
    );
    expect(line(ledger, 5)).toMatch(
      /^- \[x\] 5\. \*\*Contain\*\*: .* \(2026-11-21 03:40:00 UTC, ` oncall `: ` 0 tasks `\)$/,
    );
    expect(line(ledger, 6)).toContain(`manifest SHA-256 \` ${"c".repeat(64)} \``);
    expect(line(ledger, 7)).toContain("by ` Olga Oncall `, 2026-11-21 03:30 UTC: ` one user, one hour `");
    expect(line(ledger, 8)).toContain(
      "(open, by **2026-11-23 03:00 UTC**; once done, comment ` /confirm remediate <what was done> `)",
    );
    expect(line(ledger, 9)).toMatch(
      /^- \[x\] ~~9\. .*~~ \(not applicable: no personal data is known to be involved\)$/,
    );
    expect(line(ledger, 10)).toContain("(open, by **2026-11-27 23:00 UTC**)");
  });

  test("that telling people does is due at once, and shows whom the message reached", () => {
    const notice = {
      notice: "declared/high",
      recipient: "global-security-operations",
      channel: "ses" as const,
    };
    const ledger = declared().add("notice-intended", {
      ...notice,
      reason: "declared",
      severity: "high",
      address: "globalsecops@novonordisk.com",
    });
    expect(line(ledger, 4)).toContain(
      "(open, by **2026-11-21 03:00 UTC**, **overdue**; once done, comment ` /confirm escalate",
    );
    ledger.add("notice-sent", { ...notice, messageId: "0102", sentAt: "2026-11-21T03:01:00.000Z", tries: 1 });
    expect(line(ledger, 4)).toMatch(
      /^- \[x\] 4\. .*: global-security-operations by ses, message ` 0102 `\)$/,
    );
  });

  test("that a raised severity asks for is due from then on", () => {
    const ledger = declared({ severity: "low" });
    expect(line(ledger, 4)).toContain(
      "(not applicable: the severity is Low, and it is asked for from Medium upwards)",
    );
    const raised = { from: "low" as const, to: "high" as const, reason: "more users" };
    ledger.add("severity-changed", raised, "2026-11-21T09:15:00.000Z");
    expect(line(ledger, 4)).toContain("(open, by **2026-11-21 09:15 UTC**");
  });

  test("is overdue by the newest entry's time, never by the reader's", () => {
    const ledger = declared();
    expect(line(ledger, 5)).toContain("(open, by **2026-11-21 05:00 UTC**;");
    ledger.add(
      "acknowledged",
      { by: { login: "oncall", name: "O" }, note: null, severity: "high" },
      "2026-11-21T05:00:01.000Z",
    );
    expect(line(ledger, 5)).toContain("(open, by **2026-11-21 05:00 UTC**, **overdue**;");
  });
});

describe("the deadlines", () => {
  test("of the notification count from awareness", () => {
    const ledger = declared().add("personal-data-found", {
      awareAt: "2026-11-21T12:00:00.000Z",
      reason: "names in the log",
      by: { login: "oncall", name: "Olga Oncall" },
    });
    expect(processDeadlines(ledger.entries, runbook).get("notify")?.toISOString()).toBe(
      "2026-11-24T12:00:00.000Z",
    );
    expect(line(ledger, 9)).toContain("(open, by **2026-11-24 12:00 UTC**");
  });

  test("leave no step without an answer in this runbook", () => {
    const { entries } = declared({ personalData: true });
    expect([...processDeadlines(entries, runbook).keys()].sort()).toEqual(
      ["contain", "escalate", "investigate", "notify", "preserve", "remediate", "report", "review"].sort(),
    );
  });
});
