import { expect, test } from "@jest/globals";
import { renderIssue } from "../../src/incident/render.ts";
import { facts, LedgerBuilder, ownRunbook } from "../support/incident.ts";

const DECLARED = "2026-11-21T03:00:00.000Z";
const started = { capture: "7001", sources: [], from: DECLARED, to: DECLARED };

/** The line of the issue's top on the account that has to be disabled within 30 minutes, once something was entered. */
function line(at: string): string {
  const given = facts({ type: "user-account-compromised", principal: "eve@example.com" });
  const { entries } = new LedgerBuilder()
    .add("declared", given, DECLARED)
    .add("capture-started", started, at);
  const { body } = renderIssue(entries, ownRunbook());
  const top = body.slice(0, body.indexOf("## Facts"));
  return top.split("\n").find((one) => one.startsWith("- By hand")) ?? "";
}

test("a manual step that is open has its deadline, and is overdue once something is entered after it", () => {
  expect(line("2026-11-21T03:30:00.000Z")).toMatch(/^- By hand, until \*\*2026-11-21 03:30 UTC\*\*:/);
  expect(line("2026-11-21T03:30:00.001Z")).toMatch(
    /^- By hand, until \*\*2026-11-21 03:30 UTC\*\*, \*\*overdue\*\*:/,
  );
});
