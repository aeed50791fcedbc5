/**
 * HTML of which every byte from outside is escaped. Names of objects and streams were chosen by whoever wrote there,
 * perhaps by an attacker who knows that somebody will open this page.
 */

/** A piece of HTML; only this module makes one. */
export interface Html {
  readonly html: string;
}

type Part = Html | string | number | readonly Html[];

const ESCAPES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/**
 * Characters that show nothing, or that change how others are shown: control characters, line separators, direction
 * marks and overrides (https://www.unicode.org/reports/tr9/#Directional_Formatting_Characters), tags, variation marks.
 */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Co}]/gu;

/** HTML from a template: what is put in is escaped, unless it is HTML itself. */
export function html(literals: TemplateStringsArray, ...parts: Part[]): Html {
  const text = literals.map(
    (literal, index) => literal + (index < parts.length ? rendered(parts[index]) : ""),
  );
  return { html: text.join("") };
}

/**
 * A name from outside, to be read and never to be believed: unseen characters are shown as their code point, and it
 * cannot turn the direction of what stands beside it.
 * @param longest characters that are shown; the rest is counted.
 */
export function foreign(text: string, longest = 2000): Html {
  const characters = [...text.toWellFormed()];
  const shown = characters.slice(0, longest).join("");
  const more = characters.length - longest;
  const pieces = escaped(shown).replace(UNSEEN, (character) => `<i>${codePoint(character)}</i>`);
  return { html: `<bdi>${pieces}${more > 0 ? `<i>… ${more} more characters</i>` : ""}</bdi>` };
}

/** The stylesheet as it stands in the page, and the source by which a Content-Security-Policy allows it. */
export function inlineStyle(css: string, sha256Base64: string): { element: Html; source: Html } {
  return { element: { html: `<style>${css}</style>` }, source: { html: `'sha256-${sha256Base64}'` } };
}

function rendered(part: Part | undefined): string {
  if (part === undefined) return "";
  if (typeof part === "string" || typeof part === "number") return escaped(String(part));
  if ("html" in part) return part.html;
  return part.map((piece) => piece.html).join("");
}

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ESCAPES[character] ?? character);
}

function codePoint(character: string): string {
  const hex = (character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0");
  return `U+${hex}`;
}
