import type { Cell } from "./engine.ts";

/**
 * A cell of a CSV (RFC 4180), as safe as a spreadsheet lets it be: text that a spreadsheet would run as a formula gets an
 * apostrophe before it (https://owasp.org/www-community/attacks/CSV_Injection), white space before it or not.
 */
export function csvCell(value: Cell): string {
  if (value === null) return "";
  if (typeof value !== "string") return String(value);
  const harmless =
    /^[\s\p{Cc}\p{Cf}]*[=+\-@＝＋－＠]/u.test(value) || /^[\t\r\n]/.test(value) ? `'${value}` : value;
  return `"${harmless.toWellFormed().replaceAll("\0", "").replaceAll('"', '""')}"`;
}

/** One row, with its line end. */
export function csvRow(cells: readonly Cell[]): string {
  return `${cells.map(csvCell).join(",")}\r\n`;
}
