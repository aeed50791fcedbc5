/**
 * The aws-chunked encoding with a trailer, unsigned.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming-trailers.html
 */
import { S3Error } from "./errors.ts";

/** Longer than any chunk header or trailer line that S3 accepts. */
const LINE_LIMIT = 1024;

/** The payload of an aws-chunked body. The trailer's fields are put into `trailers` once the payload has ended. */
export async function* decodeAwsChunked(
  source: AsyncIterable<Buffer>,
  trailers: Map<string, string>,
): AsyncGenerator<Buffer, undefined> {
  const input = new ByteReader(source);
  for (;;) {
    const size = parseSize(await input.line());
    if (size === 0) break;
    yield* input.bytes(size);
    if ((await input.line()) !== "") throw malformed();
  }
  for (let line = await input.line(); line !== ""; line = await input.line()) {
    const colon = line.indexOf(":");
    if (colon <= 0) throw malformed();
    trailers.set(line.slice(0, colon).trim().toLowerCase(), line.slice(colon + 1).trim());
  }
}

function parseSize(line: string): number {
  const [digits = ""] = line.split(";");
  if (!/^[0-9a-fA-F]{1,12}$/.test(digits)) throw malformed();
  return Number.parseInt(digits, 16);
}

/** Lines and byte runs from a stream of buffers. The end of the stream reads as an empty line. */
class ByteReader {
  readonly #source: AsyncIterator<Buffer>;
  #buffer: Buffer = Buffer.alloc(0);

  constructor(source: AsyncIterable<Buffer>) {
    this.#source = source[Symbol.asyncIterator]();
  }

  async line(): Promise<string> {
    for (;;) {
      const end = this.#buffer.indexOf("\r\n");
      if (end >= 0) {
        const line = this.#buffer.subarray(0, end).toString("latin1");
        this.#buffer = this.#buffer.subarray(end + 2);
        return line;
      }
      if (this.#buffer.length > LINE_LIMIT) throw malformed();
      if (!(await this.#fill())) {
        if (this.#buffer.length > 0) throw malformed();
        return "";
      }
    }
  }

  async *bytes(size: number): AsyncGenerator<Buffer, undefined> {
    for (let left = size; left > 0; ) {
      if (this.#buffer.length === 0 && !(await this.#fill())) throw malformed();
      const chunk = this.#buffer.subarray(0, left);
      this.#buffer = this.#buffer.subarray(chunk.length);
      left -= chunk.length;
      if (chunk.length > 0) yield chunk;
    }
  }

  async #fill(): Promise<boolean> {
    const { done, value } = await this.#source.next();
    if (done) return false;
    this.#buffer = this.#buffer.length === 0 ? value : Buffer.concat([this.#buffer, value]);
    return true;
  }
}

function malformed(): S3Error {
  return new S3Error("IncompleteBody", "The request body terminated unexpectedly", 400);
}
