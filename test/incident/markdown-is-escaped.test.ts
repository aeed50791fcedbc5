import { describe, expect, test } from "@jest/globals";
import { marked } from "marked";
import { codeBlock, codeSpan, jsonComment, plainTitle, shorten } from "../../src/incident/markdown.ts";

const hostile = [
  "<script>alert(1)</script>",
  "<img src=x onerror=alert(1)>",
  "`code` and ``more`` and ```fence```",
  "a | b | c",
  "@everyone please look #1 GH-2 https://evil.example",
  "[click](javascript:alert(1))",
  "--> <!-- -->",
  "line one\nline two\r\n# heading",
  "\u202Egnp.exe\u200B\u0000\u0007",
  "$(rm -rf /) ; `id` && echo ${{ secrets.X }}",
  "```\n</details>\n```",
  "~~~ \\` \\| trailing\\",
  "`",
  "``",
  " `x` ",
];

describe("untrusted text in a table", () => {
  test.each(hostile)("stays one cell of code: %j", (text) => {
    const html = String(marked.parse(`| a | b |\n|---|---|\n| ${codeSpan(text)} | next |`, { gfm: true }));
    const cells = [...html.matchAll(/<td>(.*?)<\/td>/gs)].map((match) => match[1] ?? "");
    expect(cells).toHaveLength(2);
    expect(cells[1]).toBe("next");
    expect(cells[0]).toMatch(/^<code>[^<]*<\/code>$/s);
    expect(html).not.toMatch(/<script|<img|<a /);
  });
});

describe("untrusted text as a block", () => {
  test.each(hostile)("never leaves its fence: %j", (text) => {
    const html = String(marked.parse(`before\n\n${codeBlock(text)}\n\nafter`, { gfm: true }));
    expect(html.match(/<pre>/g)).toHaveLength(1);
    expect(html).toMatch(/<p>after<\/p>\s*$/);
    expect(html).not.toMatch(/<script|<img|<a |<h1/);
  });
});

test("JSON in a comment cannot end the comment, and reads back", () => {
  const value = { text: "--> <script> --- -- \\u002d -", list: ["-->"] };
  const comment = jsonComment("marker", value);
  expect(comment.indexOf("-->")).toBe(comment.length - 3);
  expect(comment.slice(4, -3)).not.toContain("--");
  expect(JSON.parse(comment.slice("<!-- marker ".length, -" -->".length))).toEqual(value);
});

test("invisible and reordering characters are written out", () => {
  expect(codeSpan("a\u202Eb\u200Bc\u0000")).toBe("` aU+202EbU+200BcU+0000 `");
  expect(plainTitle("x\u2066`y`\nz", 100)).toBe("xU+2066'y' z");
});

test("shortening never cuts a character in half", () => {
  expect(shorten("🔥🔥🔥🔥", 3)).toBe("🔥🔥…");
  expect(shorten("🔥🔥🔥", 3)).toBe("🔥🔥🔥");
});
