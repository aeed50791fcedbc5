import { createHash } from "node:crypto";
import { createWriteStream } from "node:fs";
import { type Readable, Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGunzip } from "node:zlib";
import { GetObjectCommand, type S3Client } from "@aws-sdk/client-s3";
import { FirebreakError } from "../errors.ts";
import { patiently } from "../evidence/patience.ts";
import type { Clock } from "../ports.ts";
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
  /** Bytes on the disk, unpacked. */
  bytes: number;
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
    const { bucket, key, versionId } = object;
    const { Body } = await s3.send(
      new GetObjectCommand({ Bucket: bucket, Key: key, ...(versionId ? { VersionId: versionId } : {}) }),
    );
    const hash = createHash("sha256");
    let size = 0;
    const meter = new Transform({
      transform(chunk: Buffer, _encoding, done) {
        hash.update(chunk);
        size += chunk.byteLength;
        done(null, chunk);
      },
    });
    const lines = new SafeLines(fields);
    let bytes = 0;
    const limit = new Transform({
      transform(chunk: Buffer, _encoding, done) {
        bytes += chunk.byteLength;
        done(bytes > most ? tooLarge(object, most) : null, chunk);
      },
    });
    try {
      const unpacked = unpack((Body as Readable).pipe(meter));
      await pipeline(unpacked, lines, limit, createWriteStream(file, { mode: 0o600 }));
    } catch (error) {
      // A packed object that cannot be unpacked: what was sealed says whose fault it is.
      if (!(error instanceof Error && /^Z_/.test((error as Error & { code?: string }).code ?? "")))
        throw error;
      throw new Error(`${uriOf(object)} is packed and cannot be unpacked: ${error.message}`, {
        cause: error,
      });
    }
    if (object.sha256 !== null && (size !== object.size || hash.digest("hex") !== object.sha256)) {
      throw altered(object);
    }
    return { lines: lines.lines, bytes };
  });
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

function tooLarge(object: AuditObject, most: number): FirebreakError {
  return new FirebreakError(
    "too-large",
    `The audit records have more than ${most} bytes unpacked; ${uriOf(object)} was the last that was read.`,
    "Raise query.local_up_to_gigabytes in the runbook, or ask Athena.",
  );
}
