import { expect, test } from "@jest/globals";
import { askForReview } from "../../../drill/report/ask.ts";
import { plainText } from "../../../drill/report/plain-text.ts";

test("a table's rows become blocks, comments and tags go, nothing steers the terminal", () => {
  const markdown = [
    "## Plan <!-- marker -->",
    "",
    "| Change | From |",
    "|---|---|",
    "| Scale `svc` down | ` a: 1 `<br>` b: 2 ` |",
    "",
    "- one\u001b[2J",
    "- [two](https://example.com)",
  ].join("\n");
  expect(plainText(markdown).split("\n")).toEqual([
    "Plan",
    "",
    "  Change  Scale svc down",
    "  From    a: 1, b: 2",
    "",
    "- one[2J",
    "- two (https://example.com)",
  ]);
});

const request = {
  runId: 1,
  title: "Incident: High",
  environment: "containment-dev",
  workflow: ".github/workflows/incident.yml",
  reviewers: ["oncall-reviewer", "second"],
  summaries: [{ job: "declare", markdown: "**Plan**" }],
};

test.each([
  [["", "y", "go"], { login: "oncall-reviewer", state: "approved", comment: "go" }],
  [["second", "yes", ""], { login: "second", state: "approved", comment: "" }],
  [["", "", ""], { login: "oncall-reviewer", state: "rejected", comment: "" }],
  [["", "yep", ""], { login: "oncall-reviewer", state: "rejected", comment: "" }],
])("answers %j are the review %j", async (answers, expected) => {
  const shown: string[] = [];
  const left = [...answers];
  const lines = { question: async () => left.shift() ?? "" };
  const review = await askForReview(request, lines, (text) => shown.push(text), new AbortController().signal);
  expect(review).toEqual(expected);
  expect(shown.join("")).toContain("Review pending deployment: containment-dev");
  expect(shown.join("")).toContain("Plan");
});
