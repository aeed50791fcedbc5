import { describe, expect, test } from "@jest/globals";
import { draftComment, notificationDraft } from "../../src/incident/notification-draft.ts";
import { dueSection, legalBanner } from "../../src/incident/obligations-banner.ts";
import { renderIssue } from "../../src/incident/render.ts";
import { facts, LedgerBuilder, ownRunbook } from "../support/incident.ts";
import { confirmedStep, sealedCapture } from "../support/response.ts";

const AT = "2026-11-21T03:00:00.000Z";
const own = ownRunbook();
const nis2 = { early_warning_hours: 24, notification_hours: 72, final_report_months: 1 };
const runbook = {
  ...own,
  personal_data: { officer: "data-protection-officer", gdpr_hours: 72, nis2 },
};
const personal = () => new LedgerBuilder().add("declared", facts({ personalData: true }), AT);

describe("the top of the issue", () => {
  test("says when each of the law's clocks runs out, in UTC and in the runbook's time zone, and how to stop it", () => {
    const banner = legalBanner(personal().entries, runbook);
    expect(banner.split("\n")).toHaveLength(6);
    expect(banner).toContain("> [!CAUTION]");
    expect(banner).toContain("known since 2026-11-21 02:40 UTC (Sat 2026-11-21 03:40, Europe/Copenhagen)");
    expect(banner).toContain("**2026-11-24 02:40 UTC** (Tue 2026-11-24 03:40, Europe/Copenhagen)");
    expect(banner).toContain("-f step=notify");
    expect(banner).toContain("-f step=nis2/early-warning");
    expect(banner).toContain("(end of Thu 2026-12-24, Europe/Copenhagen)");
    expect(banner).toContain("dataprotection@novonordisk.com");
    const { body } = renderIssue(personal().entries, runbook);
    expect(body.indexOf(banner)).toBeGreaterThan(0);
    expect(body.indexOf(banner)).toBeLessThan(body.indexOf("## Facts"));
  });

  test("calls overdue what was when the newest entry was written, and strikes out what is done", () => {
    const ledger = personal().add("step-confirmed", confirmedStep("notify"), "2026-11-22T02:39:59.999Z");
    expect(legalBanner(ledger.entries, runbook)).not.toContain("OVERDUE");
    expect(legalBanner(ledger.entries, runbook)).toContain("~~**2026-11-24 02:40 UTC**");
    ledger.add("capture-failed", { capture: "1", message: "no" }, "2026-11-22T02:40:00.000Z");
    expect(legalBanner(ledger.entries, runbook).match(/OVERDUE/g)).toHaveLength(1);
  });

  test("says nothing of the law without personal data, and lists what is due, the next first", () => {
    const { entries } = new LedgerBuilder().add("declared", facts(), AT);
    expect(legalBanner(entries, runbook)).toBe("");
    const rows = dueSection(entries, runbook).split("\n").slice(3);
    expect(rows).toEqual([
      "| Take the incident | 2026-11-21 03:30 UTC | Sat 2026-11-21 04:30 | IT Infrastructure Manager, AI connectors team, Global Security Operations |",
      "| Preserve the evidence | 2026-11-21 04:00 UTC | Sat 2026-11-21 05:00 | ` oncall ` |",
      "| Contain | 2026-11-21 05:00 UTC | Sat 2026-11-21 06:00 | ` oncall ` |",
      "| Resolve: every step but the review | 2026-11-23 03:00 UTC | Mon 2026-11-23 04:00 | ` oncall ` |",
      "| Review | 2026-11-27 23:00 UTC | end of Fri 2026-11-27 | ` oncall ` |",
    ]);
  });
});

describe("the draft of the notification", () => {
  test("holds each item of article 33(3), with what the ledger knows and what is to be written", () => {
    const ledger = personal()
      .add("capture-sealed", sealedCapture(runbook), "2026-11-21T03:20:00.000Z")
      .add(
        "contained",
        { action: "scale-down", summary: "0 tasks run", details: {} },
        "2026-11-21T03:25:00.000Z",
      )
      .add("step-confirmed", { ...confirmedStep("check-downstream/tickets"), verdict: "affected" });
    const draft = notificationDraft(ledger.entries, runbook);
    for (const item of [
      "## (a) Nature of the breach",
      "All calls fail since 02:40.",
      "Categories of data subjects, and approximately how many: (to be written)",
      "Categories of personal data records, and approximately how many: (to be written)",
      "Behind these mcps lie: Incidents and requests; Reports and their exports",
      "check-downstream/tickets, found affected",
      "## (b) Contact for data protection\n\nData Protection Officer, DPO, dataprotection@novonordisk.com",
      "## (c) Likely consequences\n\n(to be written)",
      "2026-11-21 03:25 UTC: contained. 0 tasks run",
      "2026-11-21 03:20 UTC: evidence preserved, 12 items",
      "NIS2, article 23(4)",
    ])
      expect(draft).toContain(item);
  });

  test("there is none without personal data, and what came from outside cannot leave its block", () => {
    expect(draftComment(new LedgerBuilder().add("declared", facts(), AT).entries, runbook)).toBe("");
    const description = "```\n@everyone <img src=x>\n````\n# free";
    const { entries } = new LedgerBuilder().add("declared", facts({ personalData: true, description }), AT);
    const comment = draftComment(entries, runbook);
    const fence = "`````";
    const [before = "", inside = "", after = ""] = comment.split(fence);
    expect(before).not.toContain("@everyone");
    expect(inside).toContain("@everyone");
    expect(after.trim()).toBe("");
  });
});
