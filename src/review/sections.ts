/** The review issue's text as people wrote it, cut into the runbook's columns. Pure. */

/** Ends what people write: nothing below it belongs to a column. */
export const END_OF_FIELDS = "<!-- firebreak:review-end -->";

export interface PlacedLine {
  text: string;
  /** The position of the column that it stands in; -1 outside of all of them, and for a column's own heading. */
  column: number;
  /** Part of a fenced block of code. */
  code: boolean;
}

/**
 * Each line with the column that it stands in. Headings inside a block of code are none; headings of other words belong to
 * the column that they stand in.
 */
export function placedLines(body: string, columns: readonly string[]): PlacedLine[] {
  let column = -1;
  let fence: string | undefined;
  return body.split(/\r\n|\r|\n/).map((text) => {
    const before = fence;
    fence = fenceAfter(text, fence);
    const code = before !== undefined || fence !== undefined;
    if (!code && text.trim() === END_OF_FIELDS) column = -1;
    const heading = code ? undefined : headingOf(text);
    const found = heading === undefined ? -1 : columns.findIndex((name) => same(name, heading));
    if (found < 0) return { text, column, code };
    column = found;
    return { text, column: -1, code };
  });
}

/** What stands below the heading of each column, in the columns' order; of two headings of one column both texts. */
export function sectionsOf(body: string, columns: readonly string[]): string[] {
  const lines = placedLines(body, columns);
  return columns.map((_, column) =>
    lines
      .filter((line) => line.column === column)
      .map(({ text }) => text)
      .join("\n")
      .trim(),
  );
}

/** The fence that is open after this line (https://spec.commonmark.org/0.31.2/#fenced-code-blocks). */
function fenceAfter(line: string, open: string | undefined): string | undefined {
  const [, run = "", rest = ""] = /^ {0,3}(`{3,}|~{3,})(.*)$/.exec(line) ?? [];
  if (run === "") return open;
  if (open === undefined) return run.startsWith("`") && rest.includes("`") ? undefined : run;
  const closes = run[0] === open[0] && run.length >= open.length && rest.trim() === "";
  return closes ? undefined : open;
}

/** The text of a heading of the second or third level, without what Markdown escapes in it. */
function headingOf(line: string): string | undefined {
  const text = /^ {0,3}#{2,3}[ \t]+(.*?)[ \t]*#*[ \t]*$/.exec(line)?.[1];
  return text
    ?.replace(/\\([!-/:-@[-`{-~])/g, "$1")
    .replace(/&lt;|&gt;|&amp;/g, (entity) => ENTITIES[entity] ?? "");
}

const ENTITIES: Record<string, string> = { "&lt;": "<", "&gt;": ">", "&amp;": "&" };

function same(column: string, heading: string): boolean {
  const plain = (text: string) =>
    text
      .normalize("NFKC")
      .replace(/[*_`:]/g, "")
      .replace(/\s+/g, " ")
      .trim()
      .toLowerCase();
  return plain(column) === plain(heading);
}
