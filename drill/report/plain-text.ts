/** Markdown as text for a terminal. */
import { lexer, type Token, type Tokens } from "marked";
import { printable } from "./printable.ts";

/** Headings, paragraphs, lists and code as lines; a table's row as a block, a line for each cell under its heading. */
export function plainText(markdown: string): string {
  return lexer(markdown, { gfm: true })
    .flatMap(block)
    .map((line) => printable(line).trimEnd())
    .filter((line, index, all) => line !== "" || all[index - 1] !== "")
    .join("\n")
    .trim();
}

function block(token: Token): string[] {
  switch (token.type) {
    case "heading":
      return ["", inline(token.tokens), ""];
    case "paragraph":
    case "text":
      return inline(token.tokens ?? [token]).split("\n");
    case "list":
      return [
        ...(token as Tokens.List).items.map((item) => `- ${item.tokens.flatMap(block).join(" ").trim()}`),
        "",
      ];
    case "table":
      return table(token as Tokens.Table);
    case "code":
      return [...token.text.split("\n").map((line: string) => `    ${line}`), ""];
    case "blockquote":
      return (token.tokens ?? []).flatMap(block).map((line) => `  ${line}`);
    case "space":
      return [""];
    case "html":
      return withoutTags(token.text).split("\n");
    default:
      return [];
  }
}

function table({ header, rows }: Tokens.Table): string[] {
  const width = Math.max(0, ...header.map(({ text }) => text.length));
  return rows.flatMap((row) => [
    ...row.map(
      (cell, column) => `  ${(header[column]?.text ?? "").padEnd(width)}  ${inline(cell.tokens).trim()}`,
    ),
    "",
  ]);
}

function inline(tokens: readonly Token[] = []): string {
  return tokens
    .map((token) => {
      if (token.type === "br") return "\n";
      if (token.type === "html") return /^<br/i.test(token.raw) ? ", " : withoutTags(token.raw);
      if (token.type === "codespan" || token.type === "escape") return token.text;
      if (token.type === "link") return `${inline(token.tokens)} (${token.href})`;
      return "tokens" in token && token.tokens
        ? inline(token.tokens)
        : "text" in token
          ? token.text
          : token.raw;
    })
    .join("");
}

function withoutTags(text: string): string {
  return text.replace(/<!--[\s\S]*?(?:-->|$)/g, "").replace(/<\/?[A-Za-z][^>]*>/g, "");
}
