import { createHash } from "node:crypto";
import { createWriteStream } from "node:fs";
import type { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGunzip } from "node:zlib";
import { GetObjectCommand, type S3Client } from "@aws-sdk/client-s3";
import { FirebreakError } from "../errors.ts";
import { patiently } from "../evidence/patience.ts";
import type { Clock } from "../ports.ts";
import { tooLarge } from "./hand-over.ts";
import { SafeLines } from "./lines.ts";

/** An object with audit records. */
export interface AuditObject {
  bucket: string;
  key: string;
  versionId: string | null;
  size: number;
  /** What its manifest says of it, hexadecimal; null for an object that no manifest vouches for. */
  sha256: string | null;
}

export interface StagedObject {
  lines: number;
  /** Unpacked. */
  bytes: number;
  /** Why nothing of it can be read; null when it could be. */
  unreadable: string | null;
}

const GZIP = Buffer.from([0x1f, 0x8b]);

/**
 * Streams an object into a file, unpacked, and compares size and SHA-256 with what its manifest says. Nothing has read
 * a record of it before that.
 * @param most how many bytes it may have unpacked.
 * @throws FirebreakError `evidence-altered` when it is not what was sealed, `too-large`.
 */
export function stageObject(
  { s3, clock }: { s3: S3Client; clock: Clock },
  object: AuditObject,
  file: string,
  fields: readonly string[],
  most: number,
): Promise<StagedObject> {
  return patiently(clock, async () => {
    const meter = new Meter();
    const lines = new SafeLines(fields);
    let bytes = 0;
    const limited = async function* (unpacked: AsyncIterable<Buffer>) {
      for await (const chunk of unpacked) {
        bytes += chunk.byteLength;
        if (bytes > most) throw tooLarge();
        yield chunk;
      }
    };
    try {
      const unpacked = unpack(meter.through(await bodyOf(s3, object)));
      await pipeline(limited(unpacked), lines, createWriteStream(file, { mode: 0o600 }));
    } catch (error) {
      if (isMissing(error)) return nothing("is not there");
      if (!isBrokenPacking(error)) throw error;
      // Broken when it was sealed, or since? Whoever can write one audit record must not be able to stop every answer.
      const whole = new Meter();
      for await (const _chunk of whole.through(await bodyOf(s3, object)));
      whole.check(object);
      return nothing(`is packed and cannot be unpacked: ${error.message}`);
    }
    meter.check(object);
    return { lines: lines.lines, bytes, unreadable: null };
  });
}

function nothing(unreadable: string): StagedObject {
  return { lines: 0, bytes: 0, unreadable };
}

async function bodyOf(s3: S3Client, { bucket, key, versionId }: AuditObject): Promise<AsyncIterable<Buffer>> {
  const { Body } = await s3.send(
    new GetObjectCommand({ Bucket: bucket, Key: key, ...(versionId ? { VersionId: versionId } : {}) }),
  );
  return Body as Readable;
}

/** Size and SHA-256 of what goes through. */
class Meter {
  readonly #hash = createHash("sha256");
  #size = 0;

  async *through(source: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    for await (const chunk of source) {
      this.#hash.update(chunk);
      this.#size += chunk.byteLength;
      yield chunk;
    }
  }

  /** @throws FirebreakError `evidence-altered` when a manifest says otherwise. */
  check(object: AuditObject): void {
    if (object.sha256 === null) return;
    if (this.#size !== object.size || this.#hash.digest("hex") !== object.sha256) throw altered(object);
  }
}

/** https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html#ErrorCodeList */
function isMissing(error: unknown): boolean {
  return ["NoSuchKey", "NoSuchVersion"].includes((error as Error).name);
}

/** https://nodejs.org/api/errors.html#errorcode: zlib's begin with `Z_`. */
function isBrokenPacking(error: unknown): error is Error {
  const { code } = error as { code?: unknown };
  return typeof code === "string" && code.startsWith("Z_");
}

/** As it is, or out of gzip where it begins as gzip does. */
async function* unpack(source: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const chunks = source[Symbol.asyncIterator]();
  let head: Buffer = Buffer.alloc(0);
  while (head.byteLength < GZIP.byteLength) {
    const { value, done } = await chunks.next();
    if (done) break;
    head = Buffer.concat([head, value]);
  }
  const all = async function* () {
    yield head;
    for (let next = await chunks.next(); !next.done; next = await chunks.next()) yield next.value;
  };
  if (head.subarray(0, GZIP.byteLength).equals(GZIP)) {
    const gunzip = createGunzip();
    const flow = pipeline(all, gunzip);
    flow.catch(() => {});
    yield* gunzip as AsyncIterable<Buffer>;
    await flow;
  } else yield* all();
}

export function uriOf({ bucket, key }: Pick<AuditObject, "bucket" | "key">): string {
  return `s3://${bucket}/${key}`;
}

function altered(object: AuditObject): FirebreakError {
  return new FirebreakError(
    "evidence-altered",
    `${uriOf(object)} is not what was sealed: its size or SHA-256 differs from the manifest's. No answer is given.`,
    "Run verify.yml. The vault keeps every version: compare them, and treat this as audit log tampering.",
  );
}
