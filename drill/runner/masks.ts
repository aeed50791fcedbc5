/**
 * Masking of secrets in everything that leaves a job, as the runner does it: the value itself, each of its lines,
 * and its usual encodings become `***`.
 */
export class Masker {
  readonly #values = new Set<string>();

  /** Adds a value to hide. Blank values are ignored, for everything would match them. */
  add(value: string): void {
    for (const text of [value, ...value.split(/\r?\n/)]) {
      if (text.trim() === "") continue;
      for (const form of encodings(text)) this.#values.add(form);
    }
  }

  mask(text: string): string {
    const ranges = this.#ranges(text);
    if (ranges.length === 0) return text;
    let result = "";
    let position = 0;
    for (const [start, end] of ranges) {
      result += `${text.slice(position, start)}***`;
      position = end;
    }
    return result + text.slice(position);
  }

  holdsSecret(text: string): boolean {
    return this.#ranges(text).length > 0;
  }

  /** Where masked values occur, merged where they overlap or touch, in order. */
  #ranges(text: string): [number, number][] {
    const found: [number, number][] = [];
    for (const value of this.#values) {
      for (let at = text.indexOf(value); at !== -1; at = text.indexOf(value, at + 1)) {
        found.push([at, at + value.length]);
      }
    }
    found.sort((left, right) => left[0] - right[0]);
    const merged: [number, number][] = [];
    for (const range of found) {
      const last = merged.at(-1);
      if (last && range[0] <= last[1]) last[1] = Math.max(last[1], range[1]);
      else merged.push(range);
    }
    return merged;
  }
}

/** Shorter values would hide ordinary text when encoded. */
const MIN_ENCODED_LENGTH = 6;

function encodings(text: string): string[] {
  if (text.length < MIN_ENCODED_LENGTH) return [text];
  return [
    text,
    text.trim(),
    JSON.stringify(text).slice(1, -1),
    encodeURIComponent(text),
    ...[0, 1, 2].map((shift) => base64Core(text, shift)),
  ].filter((form) => form.length > 0);
}

/** The part of the value's base64 that does not depend on what stands before and after it. */
function base64Core(text: string, shift: number): string {
  const encoded = Buffer.from("\0".repeat(shift) + text, "utf8")
    .toString("base64")
    .replace(/=+$/, "");
  const start = shift === 0 ? 0 : shift + 1;
  const complete = (Buffer.byteLength(text) + shift) % 3 === 0;
  const core = encoded.slice(start, complete ? undefined : -1);
  return core.length >= MIN_ENCODED_LENGTH ? core : "";
}
