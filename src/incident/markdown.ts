/**
 * Untrusted text in GitHub's Markdown. Code is the one place where GitHub links no mention, issue number, commit or
 * address and reads no HTML, so that is where untrusted text goes
 * (https://github.github.com/gfm/#code-spans, https://github.github.com/gfm/#fenced-code-blocks).
 */

/** Characters that show nothing, reorder what is around them, or end a line: written out as `U+200B`. */
const INVISIBLE = /[\p{Cc}\p{Cf}\p{Co}\p{Cn}\p{Zl}\p{Zp}]/gu;

/** Untrusted text as one line of code, safe in a paragraph, a list and a table cell. */
export function codeSpan(value: string, limit = 300): string {
  const line = escapePipes(visible(shorten(value.replace(/[\r\n\t]+/g, " ").trim(), limit)));
  if (line === "") return "–";
  const fence = "`".repeat(longestRun(line) + 1);
  return `${fence} ${line} ${fence}`;
}

/** Untrusted text as a block of code, its lines kept. */
export function codeBlock(value: string, limit = 12_000): string {
  const lines = shorten(value, limit)
    .split(/\r\n|\r|\n/)
    .map((line) => visible(line.replaceAll("\t", "    ")));
  const fence = "`".repeat(Math.max(3, longestRun(lines.join("\n")) + 1));
  return [`${fence}text`, ...lines, fence].join("\n");
}

/** Untrusted text for an issue's title, which GitHub shows as plain text except for code in backticks. */
export function plainTitle(value: string, limit: number): string {
  return shorten(visible(value.replace(/[\r\n\t]+/g, " ").trim()).replaceAll("`", "'"), limit);
}

/** A trusted value (a name from the runbook, an ARN, a digest) as text: what Markdown would read as markup is escaped. */
export function escapeMarkdown(value: string): string {
  return value
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replace(/([\\`*_{}[\]#|~])/g, "\\$1");
}

/** JSON inside an HTML comment: nothing in it can end the comment. */
export function jsonComment(marker: string, value: unknown): string {
  const json = JSON.stringify(value).replace(/[<>&]/g, (character) => {
    return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
  });
  return `<!-- ${marker} ${json.replaceAll("--", "-\\u002d")} -->`;
}

/** Shortens to `limit` characters, never inside one, and says so. */
export function shorten(value: string, limit: number): string {
  const characters = value.length > limit ? [...value] : undefined;
  if (!characters || characters.length <= limit) return value;
  return `${characters.slice(0, Math.max(limit - 1, 0)).join("")}…`;
}

function visible(value: string): string {
  return value.replace(INVISIBLE, (character) => {
    return `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0")}`;
  });
}

/**
 * A table cell ends at a pipe, even inside code, unless an odd number of backslashes stands before it; a pipe that
 * comes with an odd number of its own is shown with one more.
 */
function escapePipes(value: string): string {
  return value.replace(
    /(\\*)\|/g,
    (_match, slashes: string) => `${slashes}${slashes.length % 2 === 1 ? "\\" : ""}\\|`,
  );
}

function longestRun(value: string): number {
  return Math.max(0, ...(value.match(/`+/g) ?? []).map((run) => run.length));
}
