/** One line of text from elsewhere for a terminal: nothing in it can steer the terminal or reorder what is shown. */
export function printable(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, (character) => (character === "\t" ? "  " : ""));
}
