import { Transform, type TransformCallback } from "node:stream";

const NEWLINE = 0x0a;
const RETURN = 0x0d;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
/** Longer lines are taken apart here, where depth does no harm: an audit record is a few hundred bytes long. */
const LONG_LINE = 4 * 1024;
const LONGEST_LINE = 16 * 1024 * 1024;
const LONGEST_VALUE = 4096;

/**
 * NDJSON on its way to the engine. The engine's parser recurses into nested values, and whoever wrote a record chose how
 * deep: a line of more than 4 KiB, or one that does not end as an object does, becomes a short one with nothing but the fields that are read, each at most 4,096
 * characters long. A line of more than 16 MiB, or one that is no JSON object, is replaced by an empty record.
 */
export class SafeLines extends Transform {
  readonly #fields: readonly string[];
  #rest: Buffer[] = [];
  #restLength = 0;
  #dropping = false;
  /** How many lines there were that are not empty. */
  lines = 0;

  constructor(fields: readonly string[]) {
    super();
    this.#fields = fields;
  }

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    let start = 0;
    if (this.#restLength > 0 || this.#dropping) {
      const end = chunk.indexOf(NEWLINE);
      if (end < 0) {
        this.#keep(chunk);
        done();
        return;
      }
      this.#endLine(chunk.subarray(0, end));
      start = end + 1;
    }
    start = this.#plainLines(chunk, start);
    this.#keep(chunk.subarray(start));
    done();
  }

  override _flush(done: TransformCallback): void {
    if (this.#restLength > 0 || this.#dropping) this.#endLine(Buffer.alloc(0));
    done();
  }

  /** Lines that stand in one chunk go on together. @returns where the line begins that the next chunk ends. */
  #plainLines(chunk: Buffer, start: number): number {
    let from = start;
    let lineStart = start;
    for (let end = chunk.indexOf(NEWLINE, start); end >= 0; end = chunk.indexOf(NEWLINE, lineStart)) {
      if (end - lineStart > LONG_LINE || !isFramed(chunk, lineStart, end)) {
        if (lineStart > from) this.push(chunk.subarray(from, lineStart));
        this.#pushLine(chunk.subarray(lineStart, end));
        from = end + 1;
      } else {
        this.lines += 1;
      }
      lineStart = end + 1;
    }
    if (lineStart > from) this.push(chunk.subarray(from, lineStart));
    return lineStart;
  }

  #keep(part: Buffer): void {
    if (part.byteLength === 0) return;
    if (this.#dropping) return;
    if (this.#restLength + part.byteLength > LONGEST_LINE) {
      this.#dropping = true;
      this.#rest = [];
      this.#restLength = 0;
      return;
    }
    this.#rest.push(part);
    this.#restLength += part.byteLength;
  }

  #endLine(part: Buffer): void {
    this.#keep(part);
    if (this.#dropping) this.#pushEmptyRecord();
    else this.#pushLine(Buffer.concat(this.#rest));
    this.#dropping = false;
    this.#rest = [];
    this.#restLength = 0;
  }

  #pushLine(line: Buffer): void {
    if (line.byteLength <= LONG_LINE && isFramed(line, 0, line.byteLength)) {
      this.lines += 1;
      this.push(Buffer.concat([line, Buffer.from("\n")]));
      return;
    }
    const text = line.toString("utf8").trim();
    if (text === "") return;
    const record = parseObject(text);
    if (record === undefined) {
      this.#pushEmptyRecord();
      return;
    }
    const kept = this.#fields.flatMap((field) =>
      Object.hasOwn(record, field) ? [[field, short(record[field])]] : [],
    );
    this.lines += 1;
    this.push(Buffer.from(`${JSON.stringify(Object.fromEntries(kept))}\n`));
  }

  #pushEmptyRecord(): void {
    this.lines += 1;
    this.push(Buffer.from("{}\n"));
  }
}

/**
 * Whether a line is an object by its ends. One that breaks off where a value is expected would take the next line for
 * it: DuckDB's parser reads on over the end of a line.
 */
function isFramed(bytes: Buffer, start: number, end: number): boolean {
  const last = end > start && bytes[end - 1] === RETURN ? end - 2 : end - 1;
  return last > start && bytes[start] === OPEN_BRACE && bytes[last] === CLOSE_BRACE;
}

function parseObject(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return value !== null && typeof value === "object" && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
}

function short(value: unknown): string | null {
  if (value === null || value === undefined) return null;
  if (typeof value === "object") return "(nested)";
  return String(value).slice(0, LONGEST_VALUE);
}
