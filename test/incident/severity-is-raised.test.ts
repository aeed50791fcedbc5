import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { labelsOf } from "../../src/incident/labels.ts";
import { renderIssue } from "../../src/incident/render.ts";
import { raisedTo, raiseSeverity } from "../../src/incident/severity.ts";
import { escalationSteps, factsOf } from "../../src/incident/state.ts";
import { renderReview } from "../../src/review/template.ts";
import { facts, LedgerBuilder, ownRunbook } from "../support/incident.ts";
import { type PreservePlatform, startPreservePlatform } from "../support/preserve-platform.ts";

const runbook = ownRunbook();
const raised = { from: "low" as const, to: "critical" as const, reason: "the bucket policy was changed" };
const entries = new LedgerBuilder()
  .add("declared", facts({ severity: "low" }))
  .add("severity-changed", raised).entries;

describe("what follows from the severity follows from the newest", () => {
  test("title, labels, table and timeline of the issue", () => {
    const { title, labels, body } = renderIssue(entries, runbook);
    expect(title).toMatch(/^\[Critical\]/);
    expect(labels).toContain("severity:critical");
    expect(labels).not.toContain("severity:low");
    expect(body).toContain("| Severity | **Critical**");
    expect(body).toContain("Severity **low** → **critical**");
    expect(body).toContain("Declared as **low**");
  });

  test("the steps of the escalation process and the people to tell", () => {
    const state = (id: string) => escalationSteps(entries, runbook).find((step) => step.id === id)?.state;
    expect([state("escalate"), state("review")]).toEqual(["open", "open"]);
    expect(renderIssue(entries, runbook).body).toContain("Tell **Global Security Operations");
  });

  test("the review's column", () => {
    expect(renderReview("INC-42", 42, entries, runbook, "2026-11-30")).toContain("### Severity\n\nCritical");
  });

  test("the declaration itself stays as it was", () => {
    expect(entries[0]?.data).toMatchObject({ severity: "low" });
    expect(factsOf(entries)).toMatchObject({ ...facts({ severity: "low" }), severity: "critical" });
    expect(labelsOf(factsOf(entries), "open").map(({ name }) => name)).toContain("severity:critical");
  });

  test("the people whom the severity before did not reach are named", () => {
    const { recipients, added } = raisedTo(
      runbook,
      { environment: "dev", personalData: false },
      "low",
      "critical",
    );
    expect(recipients).toHaveLength(3);
    expect(added.map(({ who }) => who)).toEqual(["Global Security Operations (GSO)"]);
    expect(raisedTo(runbook, { environment: "dev", personalData: false }, "high", "critical").added).toEqual(
      [],
    );
  });
});

describe("raising", () => {
  let platform: PreservePlatform;
  beforeEach(async () => {
    platform = await startPreservePlatform();
    await platform.declare();
  });
  afterEach(() => platform.close());

  test("is in the ledger once, with the escalation that it brings, and is announced once", async () => {
    for (let time = 0; time < 2; time += 1) {
      const record = await platform.open();
      const { recipients } = await raiseSeverity(
        platform.deps(),
        record,
        "critical",
        "the policy was changed",
      );
      expect(recipients).toHaveLength(3);
      expect(record.severity).toBe("critical");
    }
    const { entries: written, facts: declared } = await platform.open();
    expect(written.map(({ kind }) => kind)).toEqual(["declared", "severity-changed", "escalation-due"]);
    expect(written[1]?.data).toEqual({ from: "high", to: "critical", reason: "the policy was changed" });
    expect(written[2]?.key).toBe("escalation-due/critical");
    expect(declared.severity).toBe("high");
    expect(platform.comments).toHaveLength(1);
    expect(platform.comments[0]).toMatch(/from High to Critical:\*\* ` the policy was changed `/);
    expect(platform.comments[0]).toContain("globalsecops@");
  });

  test("never lowers", async () => {
    const record = await platform.open();
    await raiseSeverity(platform.deps(), record, "medium", "nothing");
    expect(record.severity).toBe("high");
    expect((await platform.open()).entries.map(({ kind }) => kind)).toEqual(["declared"]);
    expect(platform.comments).toEqual([]);
  });
});
