import { createHash } from "node:crypto";
import { PassThrough, type Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGunzip } from "node:zlib";

/** Reading an object once, as a stream: memory stays flat whatever its size. */

export interface Digested {
  size: number;
  /** Lower-case hexadecimal. */
  sha256: string;
  /** S3's checksum of a multipart object, `<base64>-<parts>`; null when no part size was given. */
  composite: string | null;
  /** Lines in the gunzipped content; null when it is no gzip or its last line is not whole. */
  lines: number | null;
}

/** Above 5 GiB S3 copies in parts: 1 GiB each, or as large as 10,000 parts need. */
export function partBytes(size: number): number {
  return Math.max(1024 ** 3, Math.ceil(size / 10_000));
}

/** Hashes a stream to its end. `countLines` also gunzips it; `parts` also makes the composite checksum. */
export async function digestStream(
  body: Readable,
  options: { countLines?: boolean; parts?: number } = {},
): Promise<Digested> {
  const hash = createHash("sha256");
  const parts = options.parts === undefined ? undefined : new PartHash(options.parts);
  const counter = options.countLines ? new LineCounter() : undefined;
  let size = 0;
  for await (const chunk of body as AsyncIterable<Buffer>) {
    size += chunk.byteLength;
    hash.update(chunk);
    parts?.update(chunk);
    await counter?.write(chunk);
  }
  return {
    size,
    sha256: hash.digest("hex"),
    composite: parts?.digest() ?? null,
    lines: (await counter?.end()) ?? null,
  };
}

/** A small object's bytes. @throws Error above `limit` bytes. */
export async function readAll(body: Readable, limit: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of body as AsyncIterable<Buffer>) {
    size += chunk.byteLength;
    if (size > limit) {
      body.destroy();
      throw new Error(`it is larger than ${limit} bytes`);
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

export function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity-upload.html (composite checksums) */
class PartHash {
  readonly #partBytes: number;
  readonly #whole = createHash("sha256");
  #part = createHash("sha256");
  #filled = 0;
  #parts = 0;

  constructor(bytes: number) {
    this.#partBytes = bytes;
  }

  update(chunk: Buffer): void {
    for (let start = 0; start < chunk.byteLength; ) {
      const piece = chunk.subarray(start, start + this.#partBytes - this.#filled);
      this.#part.update(piece);
      this.#filled += piece.byteLength;
      start += piece.byteLength;
      if (this.#filled === this.#partBytes) this.#close();
    }
  }

  digest(): string {
    if (this.#filled > 0) this.#close();
    return `${this.#whole.digest("base64")}-${this.#parts}`;
  }

  #close(): void {
    this.#whole.update(this.#part.digest());
    this.#part = createHash("sha256");
    this.#filled = 0;
    this.#parts += 1;
  }
}

const NEWLINE = 0x0a;

/** Counts the lines of gzipped text. */
class LineCounter {
  readonly #input = new PassThrough();
  readonly #done: Promise<number | null>;

  constructor() {
    let lines = 0;
    let last = NEWLINE;
    this.#done = pipeline(this.#input, createGunzip(), async (plain: AsyncIterable<Buffer>) => {
      for await (const chunk of plain) {
        for (let at = chunk.indexOf(NEWLINE); at >= 0; at = chunk.indexOf(NEWLINE, at + 1)) lines += 1;
        last = chunk.at(-1) ?? last;
      }
    }).then(
      () => (last === NEWLINE ? lines : null),
      () => null,
    );
  }

  async write(chunk: Buffer): Promise<void> {
    if (this.#input.destroyed || this.#input.write(chunk)) return;
    await Promise.race([new Promise((resolve) => this.#input.once("drain", resolve)), this.#done]);
  }

  async end(): Promise<number | null> {
    this.#input.end();
    return this.#done;
  }
}
