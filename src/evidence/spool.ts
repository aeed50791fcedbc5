import { closeSync, mkdtempSync, openSync, readSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const PIECE_BYTES = 64 * 1024;
const NEWLINE = 0x0a;

/** A spool that nobody holds any more gives its disk space back. */
const abandoned = new FinalizationRegistry<number>((file) => closeSync(file));

/**
 * Lines in a temporary file: what there is one of for every object of a capture, and would fill the memory with a
 * hundred thousand objects. The file has no name any more once it is open, so that not even a killed run leaves it
 * behind, and only its owner could ever open it.
 */
export class Spool {
  readonly #file: number;
  #waiting: string[] = [];
  #waitingLength = 0;
  #bytes = 0;

  constructor() {
    const folder = mkdtempSync(join(tmpdir(), "firebreak-"));
    this.#file = openSync(join(folder, "spool"), "wx+", 0o600);
    rmSync(folder, { recursive: true });
    abandoned.register(this, this.#file);
  }

  /** Appends a line. @throws Error when it contains a line break, or the disk is full. */
  push(line: string): void {
    if (line.includes("\n")) throw new Error("a spooled line contains a line break");
    this.#waiting.push(line, "\n");
    this.#waitingLength += line.length + 1;
    if (this.#waitingLength >= PIECE_BYTES) this.#flush();
  }

  /** The lines in the order in which they were appended. Not to be appended to meanwhile. */
  *lines(): Generator<string> {
    this.#flush();
    const piece = Buffer.allocUnsafe(PIECE_BYTES);
    let rest: Buffer = Buffer.alloc(0);
    for (let position = 0; position < this.#bytes; ) {
      const length = readSync(this.#file, piece, 0, PIECE_BYTES, position);
      if (length === 0) throw new Error("a temporary file is shorter than what was written to it");
      position += length;
      const bytes = Buffer.concat([rest, piece.subarray(0, length)]);
      let start = 0;
      for (let end = bytes.indexOf(NEWLINE); end >= 0; end = bytes.indexOf(NEWLINE, start)) {
        yield bytes.toString("utf8", start, end);
        start = end + 1;
      }
      rest = bytes.subarray(start);
    }
  }

  #flush(): void {
    const bytes = Buffer.from(this.#waiting.join(""));
    this.#waiting = [];
    this.#waitingLength = 0;
    for (let done = 0; done < bytes.byteLength; )
      done += writeSync(this.#file, bytes, done, bytes.byteLength - done, this.#bytes + done);
    this.#bytes += bytes.byteLength;
  }
}
