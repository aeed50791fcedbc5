import { describe, expect, test } from "@jest/globals";
import { openFollowUps } from "../../src/incident/follow-ups.ts";
import { stepsToConfirm } from "../../src/incident/manual-steps.ts";
import { renderIssue } from "../../src/incident/render.ts";
import { facts, LedgerBuilder, ownRunbook } from "../support/incident.ts";

const runbook = ownRunbook();
const STEP = "old-tokens-servicenow-7001";
const due = { step: STEP, what: "Tokens of the `old` secret may be in use", at: "2026-11-21T04:33:00.000Z" };

function ledger(): LedgerBuilder {
  return new LedgerBuilder().add("declared", facts()).add("follow-up-due", due);
}

describe("a follow-up that is due", () => {
  test("stands at the top of the issue with its clock time and the command that settles it", () => {
    const { body } = renderIssue(ledger().entries, runbook);
    const [line] = openFollowUps(ledger().entries);
    expect(line).toContain("Until **2026-11-21 04:33 UTC**");
    expect(line).toContain(
      `gh workflow run confirm-step.yml -f incident=42 -f environment=dev -f mcp=servicenow -f step=${STEP}`,
    );
    expect(body).toContain(line);
    expect(body.indexOf(line ?? "")).toBeLessThan(body.indexOf("## Facts"));
  });

  test("is gone once it is confirmed", () => {
    const by = { login: "oncall", name: "Olga Oncall" };
    const confirmed = {
      ...{ step: STEP, text: due.what, by: "Olga", at: "2026-11-21T03:30:00.000Z", note: "none seen" },
      ...{ confirmedBy: by, planSha256: null },
    };
    const entries = ledger().add("step-confirmed", confirmed).entries;
    expect(openFollowUps(entries)).toEqual([]);
    expect(stepsToConfirm(entries, runbook).find(({ id }) => id === STEP)?.by?.kind).toBe("step-confirmed");
  });

  test("is gone once its moment has passed, by the ledger's own time", () => {
    const reviewed = { record: "docs/review.md" };
    expect(
      openFollowUps(ledger().add("reviewed", reviewed, "2026-11-21T04:32:59.000Z").entries),
    ).toHaveLength(1);
    expect(openFollowUps(ledger().add("reviewed", reviewed, "2026-11-21T04:33:00.000Z").entries)).toEqual([]);
  });

  test("can be confirmed by its own name", () => {
    const step = stepsToConfirm(ledger().entries, runbook).find(({ id }) => id === STEP);
    expect(step).toMatchObject({ text: due.what, doneWhen: null, by: undefined, verdicts: [] });
  });
});
