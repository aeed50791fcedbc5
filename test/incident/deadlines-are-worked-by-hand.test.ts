import { expect, test } from "@jest/globals";
import { deadlinesOf } from "../../src/incident/deadlines.ts";
import type { LedgerEntry } from "../../src/incident/entries.ts";
import type { Runbook, SeverityId } from "../../src/runbook/schema.ts";
import { CASES, type Case } from "../support/deadline-cases.ts";
import { facts, LedgerBuilder, ownRunbook } from "../support/incident.ts";

const by = { login: "oncall", name: "Olga Oncall" };

test("there are at least 60 of them", () => {
  expect(CASES.length).toBeGreaterThanOrEqual(60);
});

test.each(CASES)("%s, %s, %s, %s: %s (%s)", (...one) => {
  const [, timeZone, holidays, obligation, due] = one;
  const id = obligation.split(" ")[0] === "improvement" ? "improvement/77" : obligation.split(" ")[0];
  const found = deadlinesOf(ledgerOf(one), runbookOf(timeZone, holidays)).filter((each) => each.id === id);
  expect(found.map((each) => each.due)).toEqual([new Date(due)]);
});

function runbookOf(timeZone: string, holidays: string): Runbook {
  const own = ownRunbook();
  const [country = "", ...extra] = holidays.split(" +");
  const nis2 = { early_warning_hours: 24, notification_hours: 72, final_report_months: 1 };
  return {
    ...own,
    time_zone: timeZone,
    review: { ...own.review, business_days: 5, holidays: { country, extra } },
    personal_data: { officer: "data-protection-officer", gdpr_hours: 72, nis2 },
  };
}

function ledgerOf([moment, , , obligation]: Case): LedgerEntry[] {
  const [id, how] = obligation.split(" ");
  const ledger = new LedgerBuilder();
  const severity = (["critical", "high", "medium", "low"] as const).find((one) => one === how) ?? "high";
  const declare = (at: string, given: SeverityId, personalData = false) =>
    ledger.add("declared", facts({ severity: given, personalData, detectedAt: at }), at);
  if (id === "improvement") {
    const url = "https://github.example/acme/platform/issues/77";
    const opened = { improvement: "a", text: "Alarm earlier", issue: 77, url, owner: null, due: moment };
    return declare("2026-01-05T10:00:00Z", "low").add("improvement-opened", opened).entries;
  }
  if (how === "raised") {
    const raised = { from: "low", to: "medium", reason: "worse than it looked", by } as const;
    return declare("2026-11-09T10:00:00Z", "low").add("severity-changed", raised, moment).entries;
  }
  if (how === "later") {
    const found = { awareAt: moment, reason: "names in the logs", by };
    return declare("2026-11-02T10:00:00Z", "low").add("personal-data-found", found).entries;
  }
  if (id === "nis2/final-report" && how === undefined) {
    const submitted = {
      step: "nis2/notification",
      text: "",
      by: "DPO",
      at: moment,
      note: "sent",
      confirmedBy: by,
      planSha256: null,
    };
    const aware = new Date(Date.parse(moment) - 86_400_000).toISOString();
    return declare(aware, "high", true).add("step-confirmed", submitted, moment).entries;
  }
  return declare(moment, severity, id === "gdpr" || id?.startsWith("nis2/")).entries;
}
