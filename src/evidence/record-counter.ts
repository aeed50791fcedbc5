const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPENING = new Set([0x7b, 0x5b]);
const CLOSING = new Set([0x7d, 0x5d]);
const BRACE = 0x7b;
const BRACKET = 0x5b;
const WHITE = new Set([0x20, 0x09, 0x0a, 0x0d]);
const BYTE_ORDER_MARK = [0xef, 0xbb, 0xbf];

/**
 * Counts the records of a file that is a JSON array of objects, or JSON objects one after the other, as the bytes pass
 * by. Nothing of it is kept or understood: a rough count for people, of a file that anybody may have written.
 */
export class RecordCounter {
  #position = 0;
  #depth = 0;
  #inArray = false;
  #inString = false;
  #escaped = false;
  #records = 0;
  #isJson = true;

  add(bytes: Uint8Array): void {
    for (const byte of bytes) {
      if (!this.#isJson) return;
      this.#step(byte);
      this.#position += 1;
    }
  }

  /** Null when the bytes so far are no such file. */
  count(): number | null {
    const whole = this.#depth === 0 && !this.#inString && (this.#records > 0 || this.#inArray);
    return this.#isJson && whole ? this.#records : null;
  }

  #step(byte: number): void {
    if (this.#inString) {
      if (this.#escaped) this.#escaped = false;
      else if (byte === BACKSLASH) this.#escaped = true;
      else if (byte === QUOTE) this.#inString = false;
      return;
    }
    if (this.#depth === 0 && !OPENING.has(byte)) {
      // Only white space stands between records, and perhaps a mark before the first.
      this.#isJson = WHITE.has(byte) || BYTE_ORDER_MARK[this.#position] === byte;
      return;
    }
    if (byte === QUOTE) this.#inString = true;
    else if (OPENING.has(byte)) this.#open(byte);
    else if (CLOSING.has(byte)) this.#depth -= 1;
  }

  #open(byte: number): void {
    if (this.#depth === 0) {
      if (this.#inArray) this.#isJson = false;
      this.#inArray = byte === BRACKET;
    }
    if (byte === BRACE && this.#depth === (this.#inArray ? 1 : 0)) this.#records += 1;
    this.#depth += 1;
  }
}
