import { describe, expect, test } from "@jest/globals";
import { readReview } from "../../src/review/fields.ts";
import { renderReview } from "../../src/review/template.ts";
import { saysSomething } from "../../src/review/written.ts";
import { DUE, runbook, story, written } from "./world.ts";

const { entries } = story();

describe("a review", () => {
  test("as it is opened lacks what people have to write", () => {
    const { missing } = readReview(renderReview("INC-42", 42, entries, runbook, DUE), entries, runbook);
    expect(missing.map((one) => one.split(":")[0])).toEqual([
      "Root cause",
      "Actions taken",
      "Process improvements",
    ]);
  });

  test("that is written lacks nothing, and gives the words under each heading", () => {
    const { fields, missing } = readReview(written(entries), entries, runbook);
    expect(missing).toEqual([]);
    expect(fields).toMatchObject({
      date: "2026-11-21",
      severity: "High",
      rootCause: "A client in a loop",
      actionsTaken: "We scaled it down",
      improvements: "Alarms that come earlier",
    });
  });

  test("may have headings of its own, and blocks of code with any heading in them", () => {
    const cause = "### What the logs say\n\n```md\n### Actions taken\n```\nThe client looped.";
    const { fields, missing } = readReview(
      written(entries, [cause, "We did much", "We do more"]),
      entries,
      runbook,
    );
    expect(missing).toEqual([]);
    expect(fields).toMatchObject({ rootCause: cause, actionsTaken: "We did much" });
  });

  test("in Windows' line ends, with other dashes of heading and case, is read the same", () => {
    const body = written(entries).replace("### Root cause", "## root  cause ##").replaceAll("\n", "\r\n");
    expect(readReview(body, entries, runbook).missing).toEqual([]);
  });

  test("takes date and severity from the ledger, and refuses a severity that the incident never had", () => {
    const other = written(entries).replace("\nHigh\n", "\nLow\n");
    expect(readReview(other, entries, runbook).missing.join()).toContain("the ledger says High");
    const raised = story().add("severity-changed", { from: "high", to: "critical", reason: "worse" }).entries;
    const { fields, missing } = readReview(written(entries), raised, runbook);
    expect([fields.severity, missing]).toEqual(["Critical", []]);
  });

  test("without its headings lacks everything", () => {
    expect(readReview("All is well that ends well.", entries, runbook).missing).toHaveLength(6);
  });
});

test.each([
  "",
  "-",
  "…",
  "???",
  "n/a",
  "N / A",
  "TBD",
  "tbd tbd",
  "- [ ] todo",
  "TODO: TBC",
  "_To be written._",
  "To be determined",
  "see above",
  "None.",
  "nothing",
  "Not applicable",
  "word",
  "done",
  "one one one",
  "<!-- a long hidden comment of many words -->",
  "![a picture of words](https://example.com/two/words.png)",
  "https://example.com/a/b/c",
  "### A heading only, with words",
  "\u200b \u200d",
  "xxx",
  "1 2 3",
  "**TBD**",
  "> n/a",
  "tbd\n\ntbd\n\n- n/a",
])("%j says nothing", (text) => {
  expect(saysSomething(text)).toBe(false);
});

test.each([
  "Client looped",
  "We scaled down the service.",
  "设置连接限制",
  "Genstartede tjenesten",
  "TBD\nWe found the client.",
  "- [ ] Limit connections",
  "No improvements: every control worked as it was meant to",
  "`kubectl delete` was run",
  "Нашли причину",
])("%j says something", (text) => {
  expect(saysSomething(text)).toBe(true);
});
