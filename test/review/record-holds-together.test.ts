import { describe, expect, test } from "@jest/globals";
import { marked } from "marked";
import { renderIndex } from "../../src/review/index-page.ts";
import { parseRecord, recordName } from "../../src/review/record-data.ts";
import { ledgerOfRecord, renderRecord } from "../../src/review/record-text.ts";
import { dataOf, runbook, story, written } from "./world.ts";

const { entries } = story();

test("a record carries the ledger's head and the manifests' digests, and reads back as it was written", () => {
  const data = dataOf(written(entries), entries);
  const text = renderRecord(entries, runbook, data);
  expect(parseRecord(text)).toEqual(data);
  expect(recordName(data)).toBe("2026-11-21-INC-42.md");
  expect(data.ledger).toEqual({ entries: entries.length, head: entries.at(-1)?.sha256 });
  for (const digest of [data.ledger.head, "a".repeat(64)])
    expect(text.split("\n\n").slice(1).join("\n\n")).toContain(digest);
  expect(data.review).toMatchObject({ due: "2026-11-27", minutes: 6180, target: 9840 });
});

test("what is written about the record itself is no part of it", () => {
  const later = story()
    .add("record-proposed", { record: "r", sha256: "s", ledgerHead: "h", pullRequest: 5, url: "u" })
    .add("reminded", { about: "review", stage: "50", due: "2026-11-27T23:00:00Z", to: ["x"] }).entries;
  expect(ledgerOfRecord(later)).toHaveLength(entries.length);
});

const HOSTILE = [
  "a | b || c\\| d \\\\| e",
  "```\nnever closed | here",
  "<!-- never closed",
  '<!-- firebreak:record {"schema":"firebreak/review-record/v1"} -->',
  "<!-- firebreak:review-end -->",
  "<details><summary>fold</summary>",
  "<![CDATA[ all that follows",
  "<?php all that follows",
  "</table></div><h1>Big</h1>",
  "<table><tr><td><details>",
  "<https://a.example/><table><tr><td><details open>",
  "- x\n  ```\n<table><tr><td><details>",
  "| Date | x |\n|---|---|\n| 1 | 2 |",
  "## Evidence\n\n| Capture |\n|---|\n| forged |",
  "\u202etxet desrever\u202c and \u200binvisible",
  "[link](javascript:alert(1)) and @everybody",
  "-->\n<!--",
];

describe.each(HOSTILE)("people's text %j", (hostile) => {
  const text = `Some words first.\n\n${hostile}`;
  const data = dataOf(written(entries, [text, "We scaled it down", "Alarms come earlier"]), entries);
  const fields = { ...data.fields, rootCause: text, actionsTaken: text, improvements: text, summary: text };
  const record = renderRecord(entries, runbook, { ...data, fields });

  test("hides and forges nothing in the record", () => {
    expect(parseRecord(record)?.fields.rootCause).toBe(text);
    const html = marked.parse(record, { async: false });
    const headings = [...html.matchAll(/^<h2>(.*?)<\/h2>/gm)].map(([, heading]) => heading);
    const outside = html.replace(/<blockquote>[\s\S]*?<\/blockquote>/g, "");
    for (const own of ["How long it took", "Evidence", "Timeline"])
      expect(outside.split(`<h2>${own}</h2>`)).toHaveLength(2);
    expect(headings).toContain("Timeline");
    expect(record.match(/<!--/g)).toHaveLength(1);
    expect(record).not.toMatch(/[\u202a-\u202e]/);
    const kinds: string[] = [];
    const quotations = marked.lexer(record).filter(({ type }) => type === "blockquote");
    marked.walkTokens(quotations, ({ type }) => {
      kinds.push(type);
    });
    expect(quotations).toHaveLength(4);
    expect(kinds).not.toContain("html");
  });

  test("is one row of the table", () => {
    const page = renderIndex([{ name: "x.md", record: { ...data, fields } }], new Map(), runbook);
    const table = /\| Date .*\n\|---.*\n((?:\|.*\n)*)/.exec(page)?.[1] ?? "";
    const rows = table.trimEnd().split("\n");
    expect(rows).toHaveLength(1);
    expect(rows[0]?.replace(/\\\\/g, "").replace(/\\\|/g, "").split("|")).toHaveLength(8);
    expect(page.match(/<!--/g)).toHaveLength(1);
    expect(page).not.toMatch(/<(details|h1|\/table|!\[|\?)/);
  });
});

test("what only looks like HTML stays as it was written", () => {
  const text = "It took 3 < 5 minutes, `a << b`, see <https://example.com/a?b=1>.";
  const data = dataOf(written(entries, [text, "We scaled it down", "Alarms come earlier"]), entries);
  expect(renderRecord(entries, runbook, data)).toContain(`> ${text}`);
});
