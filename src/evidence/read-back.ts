import { createHash } from "node:crypto";
import type { Readable } from "node:stream";
import { createGunzip } from "node:zlib";
import { GetObjectCommand } from "@aws-sdk/client-s3";
import type { Clock } from "../ports.ts";
import type { Vault } from "../vault/vault.ts";
import { patiently } from "./patience.ts";

/** A log item that lies in the vault, hashed and counted. */
export interface ReadBack {
  versionId: string | null;
  size: number;
  sha256: string;
  collectedAt: Date;
  /** The moment that its writer noted: everything logged until then is in it. */
  through: string | null;
  events: number;
  newest: number | null;
  /** The lines of the newest millisecond: where a continuation has to begin. */
  newestLines: string[];
}

/** The metadata entry of a log item that holds its `through`. */
export const THROUGH = "through";

const NEWLINE = 0x0a;

/** Reads back an item that an interrupted run wrote, as a stream. @throws Error when it is no NDJSON in gzip. */
export function readBackLog(vault: Vault, clock: Clock, key: string): Promise<ReadBack> {
  return patiently(clock, async () => {
    const { Body, VersionId, Metadata, LastModified } = await vault.s3.send(
      new GetObjectCommand({ Bucket: vault.bucket, Key: key }),
    );
    const hash = createHash("sha256");
    let size = 0;
    const compressed = Body as Readable;
    const plain = createGunzip();
    compressed.on("data", (chunk: Buffer) => {
      hash.update(chunk);
      size += chunk.byteLength;
    });
    compressed.on("error", (error) => plain.destroy(error));
    const counted = await countLines(compressed.pipe(plain));
    return {
      ...counted,
      versionId: VersionId ?? null,
      size,
      sha256: hash.digest("hex"),
      collectedAt: LastModified ?? new Date(0),
      through: Metadata?.[THROUGH] ?? null,
    };
  });
}

async function countLines(
  chunks: AsyncIterable<Buffer>,
): Promise<Pick<ReadBack, "events" | "newest" | "newestLines">> {
  const counted: Pick<ReadBack, "events" | "newest" | "newestLines"> = {
    events: 0,
    newest: null,
    newestLines: [],
  };
  let rest: Buffer = Buffer.alloc(0);
  for await (const chunk of chunks) {
    const bytes = rest.byteLength === 0 ? chunk : Buffer.concat([rest, chunk]);
    let start = 0;
    for (let end = bytes.indexOf(NEWLINE); end >= 0; end = bytes.indexOf(NEWLINE, start)) {
      takeLine(counted, bytes.toString("utf8", start, end + 1));
      start = end + 1;
    }
    rest = bytes.subarray(start);
  }
  if (rest.byteLength > 0) throw new Error("its last line is not whole");
  return counted;
}

function takeLine(counted: Pick<ReadBack, "events" | "newest" | "newestLines">, line: string): void {
  const timestamp = Number((JSON.parse(line) as { timestamp?: unknown }).timestamp);
  counted.events += 1;
  if (counted.newest === null || timestamp > counted.newest) {
    counted.newest = timestamp;
    counted.newestLines = [line];
  } else if (timestamp === counted.newest) {
    counted.newestLines.push(line);
  }
}
