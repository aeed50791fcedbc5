import { beforeAll, describe, expect, test } from "@jest/globals";
import { type DrillOutcome, drill, readJson } from "../support/drill.ts";

/** What people do between dispatches, over days: with workflows of the scenario's own, and none of Firebreak's actions. */

interface Report {
  conclusion: string;
  runs: { title: string; workflow: string; actor: string; conclusion: string; createdAt: string }[];
}

let outcome: DrillOutcome;
let report: Report;
beforeAll(async () => {
  outcome = await drill("people-between-runs");
  report = readJson<Report>(outcome.out, "report.json");
}, 300_000);

const watched = () => report.runs.filter(({ workflow }) => workflow.endsWith("watch.yml"));

describe("people act between runs", () => {
  test("as the scenario expects", () => {
    expect([outcome.code, outcome.output]).toEqual([0, expect.stringContaining("as the scenario expects")]);
  });

  test("each thing that happens starts the workflow once, as whoever did it", () => {
    expect(watched().map(({ actor, conclusion }) => `${actor} ${conclusion}`)).toEqual([
      "oncall-engineer success",
      "github-actions[bot] success",
      "visitor success",
      "visitor success",
      "oncall-engineer success",
      "oncall-reviewer success",
      "oncall-engineer success",
    ]);
  });

  test("at its moment, days later", () => {
    const merged = watched()[5]?.createdAt ?? "";
    expect(merged.slice(0, 13)).toBe("2026-11-25T08");
  });

  test("the workflows of the repository's own checks are left out", () => {
    expect(report.runs.filter(({ workflow }) => workflow.endsWith("ci.yml"))).toEqual([]);
  });

  test("what a GITHUB_TOKEN does starts nothing: the issue and the pull request that a job opened", () => {
    const calls = outcome.calls
      .filter(({ service }) => service === "github")
      .map(({ operation }) => operation);
    expect(calls).toEqual(expect.arrayContaining(["issues/create", "pulls/create", "git/create-ref"]));
    const opened = watched().filter(({ actor }) => actor === "github-actions[bot]");
    expect(opened).toHaveLength(1);
  });
});
