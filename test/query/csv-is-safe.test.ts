import { expect, test } from "@jest/globals";
import { csvRow } from "../../src/query/csv.ts";

test.each([
  ["=HYPERLINK(1)", `"'=HYPERLINK(1)"`],
  ["+1", `"'+1"`],
  ["-1", `"'-1"`],
  ["@SUM(A1)", `"'@SUM(A1)"`],
  ["  =1", `"'  =1"`],
  ["\t=1", `"'\t=1"`],
  ["\r=1", `"'\r=1"`],
  ["\u200b=1", `"'\u200b=1"`],
  ["＝1", `"'＝1"`],
  ["\tplain", `"'\tplain"`],
])("%j is text to a spreadsheet", (value, written) => {
  expect(csvRow([value])).toBe(`${written}\r\n`);
});

test("quotes are doubled, line breaks stay inside, nothing breaks out of a cell", () => {
  expect(csvRow(['a","=1', "b\r\n=2", null, true, 1.5, "plain@example.com"])).toBe(
    `"a"",""=1","b\r\n=2",,true,1.5,"plain@example.com"\r\n`,
  );
});

test("what no file should hold is taken out", () => {
  expect(csvRow(["a\0b\ud800"])).toBe('"ab\ufffd"\r\n');
});
