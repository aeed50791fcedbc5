import { createHash } from "node:crypto";
import type { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGunzip } from "node:zlib";
import { GetObjectCommand } from "@aws-sdk/client-s3";
import type { Aws, Clock } from "../../ports.ts";
import { patiently } from "../patience.ts";

/** Reading a trail's files where they lie. They are untrusted: a small one may unpack to any size. */

/** Where a file can be read: in the trail's bucket, or as a copy in the vault. */
export interface ReadFrom {
  s3: Aws["s3"];
  bucket: string;
  key: string;
  versionId?: string | undefined;
  /** Refuses any other content. */
  etag?: string | undefined;
}

export interface Unpacked {
  /** Of the uncompressed content, as digest files state it. */
  sha256: string;
  /** Null when it is larger than `keep`. */
  content: Buffer | null;
  metadata: Readonly<Record<string, string>>;
}

/**
 * Reads and unpacks one gzip file, hashing what comes out; memory holds at most `keep` bytes of it.
 * @throws Error when it is no gzip, or has changed or gone since it was listed.
 */
export function unpack(clock: Clock, from: ReadFrom, keep: number): Promise<Unpacked> {
  const get = new GetObjectCommand({
    Bucket: from.bucket,
    Key: from.key,
    ...(from.versionId === undefined ? {} : { VersionId: from.versionId }),
    ...(from.etag === undefined ? {} : { IfMatch: from.etag }),
  });
  return patiently(clock, async () => {
    const { Body, Metadata = {} } = await from.s3.send(get);
    const hash = createHash("sha256");
    let kept: Buffer[] | null = [];
    let size = 0;
    await pipeline(Body as Readable, createGunzip(), async (chunks: AsyncIterable<Buffer>) => {
      for await (const chunk of chunks) {
        hash.update(chunk);
        size += chunk.byteLength;
        if (size > keep) kept = null;
        else kept?.push(chunk);
      }
    });
    return { sha256: hash.digest("hex"), content: kept && Buffer.concat(kept), metadata: Metadata };
  });
}
