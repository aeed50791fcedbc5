import { describe, expect, test } from "@jest/globals";
import { renderMarkdown } from "../../../drill/report/markdown.ts";

const render = (source: string) => renderMarkdown(source, { serverUrl: "http://127.0.0.1:4000" }).text;

describe("Markdown from elsewhere", () => {
  test.each([
    "<script>alert(1)</script>",
    "text <img src=x onerror=alert(1)> text",
    "<svg/onload=alert(1)>",
    "<iframe src='javascript:alert(1)'></iframe>",
    "<details ontoggle=alert(1) open>x</details>",
    "<b onclick=alert(1)>x</b>",
    "<a href='javascript:alert(1)'>x</a>",
    "[x](javascript:alert(1))",
    "[x](JaVaScRiPt:alert(1))",
    "[x](data:text/html,<script>alert(1)</script>)",
    "<javascript:alert(1)>",
    "[x]\n\n[x]: vbscript:alert(1)",
    "![x](https://example.com/pixel.png)",
    '![x" onerror="alert(1)](y)',
    "`<script>alert(1)</script>`",
    "```html\n<script>alert(1)</script>\n```",
    "<style>body{display:none}</style>",
    "<!-- hidden --><script>alert(1)</script>",
    "<scr<script>ipt>alert(1)</script>",
    "| a |\n|---|\n| <img src=x onerror=alert(1)> |",
  ])("holds nothing active: %j", (source) => {
    const tags = render(source).match(/<[^>]*>/g) ?? [];
    expect(tags.join("")).not.toMatch(/<(script|img|svg|iframe|style|object|embed|form)\b/i);
    expect(tags.join("")).not.toMatch(/\son\w+\s*=|javascript:|vbscript:|data:/i);
  });

  test("hides comments, even one that never ends", () => {
    expect(render('before\n\n<!-- firebreak: {"a": 1} -->\n\nafter')).toBe("<p>before</p>\n<p>after</p>\n");
    expect(render("before\n\n<!-- firebreak")).not.toContain("firebreak");
  });

  test("keeps details, and closes what stays open", () => {
    expect(render("<details><summary>More</summary>\n\ntext\n")).toContain(
      "<details><summary>More</summary>",
    );
    expect(render("<details>\n\ntext").match(/<\/details>/g)).toHaveLength(1);
  });

  test("closes nothing that it did not open", () => {
    expect(render("text\n\n</details></details>\n\n</div></main>")).not.toMatch(/<\/(details|div|main)>/);
  });

  test("turns links into the simulated GitHub into links within the page", () => {
    expect(render("[x](http://127.0.0.1:4000/acme/platform/issues/7)")).toContain('<a href="#issue-7">x</a>');
    expect(render("[x](http://127.0.0.1:4000/acme/platform/actions/runs/12)")).toContain(
      '<a href="#run-12">x</a>',
    );
  });

  test("renders tables, task lists and alerts as GitHub does", () => {
    expect(render("| a | b |\n|---|---|\n| 1 | 2 |")).toContain("<td>1</td><td>2</td>");
    expect(render("- [x] done\n- [ ] open").match(/type="checkbox"/g)).toHaveLength(2);
    expect(render("> [!WARNING]\n> Look out.")).toMatch(
      /<div class="alert warning"><strong>Warning<\/strong><p>Look out\./,
    );
  });
});
