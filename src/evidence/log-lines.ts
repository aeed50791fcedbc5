import type { Readable } from "node:stream";
import { createGunzip } from "node:zlib";
import { GetObjectCommand } from "@aws-sdk/client-s3";
import type { Vault } from "../vault/vault.ts";

const NEWLINE = 0x0a;

/** A log item as S3 hands it out. */
export interface OpenedLog {
  versionId: string | null;
  collectedAt: Date;
  metadata: Record<string, string>;
  /** The lines of NDJSON, each with its line break, some at a time. Throws when the item is no NDJSON in gzip. */
  lines: AsyncIterable<string[]>;
}

/** Opens a log item of the vault to be read once, as a stream. `onBytes` is told of the stored bytes as they come. */
export async function openLog(
  vault: Vault,
  key: string,
  onBytes: (chunk: Buffer) => void = () => {},
): Promise<OpenedLog> {
  const { Body, VersionId, Metadata, LastModified } = await vault.s3.send(
    new GetObjectCommand({ Bucket: vault.bucket, Key: key }),
  );
  const compressed = Body as Readable;
  const plain = createGunzip();
  compressed.on("data", onBytes);
  compressed.on("error", (error) => plain.destroy(error));
  plain.on("close", () => compressed.destroy());
  return {
    versionId: VersionId ?? null,
    collectedAt: LastModified ?? new Date(0),
    metadata: Metadata ?? {},
    lines: splitLines(compressed.pipe(plain)),
  };
}

async function* splitLines(chunks: AsyncIterable<Buffer>): AsyncGenerator<string[]> {
  let rest: Buffer = Buffer.alloc(0);
  for await (const chunk of chunks) {
    const bytes = rest.byteLength === 0 ? chunk : Buffer.concat([rest, chunk]);
    const lines: string[] = [];
    let start = 0;
    for (let end = bytes.indexOf(NEWLINE); end >= 0; end = bytes.indexOf(NEWLINE, start)) {
      lines.push(bytes.toString("utf8", start, end + 1));
      start = end + 1;
    }
    rest = bytes.subarray(start);
    if (lines.length > 0) yield lines;
  }
  if (rest.byteLength > 0) throw new Error("its last line is not whole");
}
