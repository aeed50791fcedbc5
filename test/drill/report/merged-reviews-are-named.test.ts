import { expect, test } from "@jest/globals";
import type { DrillResult } from "../../../drill/drill.ts";
import { LiveView } from "../../../drill/report/live.ts";
import { mergedReviews } from "../../../drill/report/merged.ts";

const REVIEWS = "docs/compliance/incident-reviews";

/** The last lines at the terminal of a drill in which these files were merged. */
function lastLines(...merged: string[]): string {
  const report = {
    conclusion: "success",
    asExpected: true,
    differences: [],
    refusals: [],
    incident: 1,
    review: 2,
    timings: { total: 300, untilSealed: 60, waitedForApproval: null, untilContained: null, realSeconds: 15 },
    ...mergedReviews(new Map(merged.map((path) => [path, null])), `${REVIEWS}/`),
  };
  let lines = "";
  const view = new LiveView({ write: (text) => (lines += text), colour: false });
  view.conclude({ report, out: "", secrets: [] } as unknown as DrillResult, ".drill/x");
  return lines;
}

test("the last lines name each merged record and the page with the figures", () => {
  const lines = lastLines(
    `${REVIEWS}/README.md`,
    `${REVIEWS}/2026-11-21-INC-1.md`,
    `${REVIEWS}/2026-11-22-INC-3.md`,
    "runbook.yml",
    `${REVIEWS}-other/x.md`,
  );
  const named = lines.split("\n").filter((line) => line.includes("github/merged/"));
  expect(named.map((line) => line.trim().split(/\s+/))).toEqual([
    ["Record", `.drill/x/github/merged/${REVIEWS}/2026-11-21-INC-1.md`],
    ["Record", `.drill/x/github/merged/${REVIEWS}/2026-11-22-INC-3.md`],
    ["Figures", `.drill/x/github/merged/${REVIEWS}/README.md`],
  ]);
});

test("where nothing was merged they name neither", () => {
  expect(lastLines("runbook.yml")).not.toMatch(/Record|Figures/);
});
