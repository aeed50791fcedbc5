/** Whether people have written something, or only left what stood there. Pure. */

/** What stands in a field until somebody writes. */
export const TO_BE_WRITTEN = "_To be written._";

/** Said instead of something, once or several times. */
const NOTHING_SAID = [
  "to be written",
  "to be (done|defined|determined|decided|discussed|confirmed|announced|added|completed|filled( in)?)",
  "work in progress",
  "not (applicable|available|known|yet)",
  "nothing( yet| to (add|say|report))?",
  "none( yet)?",
  "no( comment)?",
  "see (above|below)",
  "as above",
  "same( as above)?",
  "fill( me)? in",
  "lorem ipsum.*",
  "place ?holder",
  "unknown",
  "pending",
  "later",
  "n ?a",
  "tb[acd]",
  "to ?do",
  "wip",
  "x+",
];
const PLACEHOLDER = new RegExp(`^(?:(?:${NOTHING_SAID.join("|")})(?: |$))+$`);

/** More than a word: at least two different ones, in whatever script, and no placeholder. */
export function saysSomething(markdown: string): boolean {
  const lines = visibleText(markdown)
    .split("\n")
    .map(wordsOf)
    .filter((words) => words.length > 0 && !PLACEHOLDER.test(words.join(" ")));
  const words = lines.flat().filter((word) => /\p{L}/u.test(word));
  return new Set(words).size >= 2 && words.join("").length >= 4;
}

/** Without what nobody sees: comments of HTML, tags, the addresses of links and pictures, what Firebreak put there. */
function visibleText(markdown: string): string {
  return markdown
    .replaceAll(TO_BE_WRITTEN, "")
    .replace(/<!--[\s\S]*?(-->|$)/g, " ")
    .replace(/!\[[^\]]*\]\([^)]*\)/g, " ")
    .replace(/\]\([^)]*\)/g, "]")
    .replace(/<\/?[a-zA-Z][^>]*>/g, " ")
    .replace(/^[ \t>]*(?:[-*+]|\d{1,9}[.)])[ \t]+\[[ xX]\]/gm, " ")
    .replace(/^ {0,3}#{1,6}[ \t].*$/gm, " ")
    .replace(/https?:\/\/\S+/g, " ")
    .replace(/[\p{Cc}\p{Cf}]/gu, (character) => (character === "\n" ? "\n" : ""));
}

const segments = new Intl.Segmenter("en", { granularity: "word" });

/** Also of scripts that put no blanks between words (https://unicode.org/reports/tr29/#Word_Boundaries). */
function wordsOf(line: string): string[] {
  const found = [...segments.segment(line.normalize("NFKC").toLowerCase())];
  return found.filter(({ isWordLike }) => isWordLike).map(({ segment }) => segment);
}
