import { createHash } from "node:crypto";
import { GetObjectCommand } from "@aws-sdk/client-s3";
import type { Clock } from "../ports.ts";
import type { Vault } from "../vault/vault.ts";
import { openLog } from "./log-lines.ts";
import { patiently } from "./patience.ts";

/** A log item that lies in the vault, hashed and counted. */
export interface ReadBack {
  versionId: string | null;
  size: number;
  sha256: string;
  collectedAt: Date;
  /** The moment that its writer noted: everything that the stream held then is in it. */
  through: string | null;
  metadata: Readonly<Record<string, string>>;
  events: number;
  newest: number | null;
}

/** The metadata entry of a log item that holds its `through`. */
export const THROUGH = "through";

/**
 * Reads back an item that an interrupted run wrote, as a stream, and shows each line to `onLine` (again from the first
 * when the reading broke off). @throws Error when it is no NDJSON in gzip.
 */
export function readBackLog(
  vault: Vault,
  clock: Clock,
  key: string,
  onLine: (line: string) => void = () => {},
): Promise<ReadBack> {
  return patiently(clock, async () => {
    const hash = createHash("sha256");
    let size = 0;
    const { versionId, collectedAt, metadata, lines } = await openLog(vault, key, (chunk) => {
      hash.update(chunk);
      size += chunk.byteLength;
    });
    let events = 0;
    let newest: number | null = null;
    for await (const some of lines) {
      events += some.length;
      for (const line of some) {
        onLine(line);
        const timestamp = Number((JSON.parse(line) as { timestamp?: unknown }).timestamp);
        newest = Math.max(newest ?? timestamp, timestamp);
      }
    }
    return {
      versionId,
      size,
      sha256: hash.digest("hex"),
      collectedAt,
      through: metadata[THROUGH] ?? null,
      metadata,
      events,
      newest,
    };
  });
}

/** The SHA-256 of any object, read as a stream. */
export async function hashObject(vault: Vault, clock: Clock, key: string): Promise<string> {
  return (await measureObject(vault, clock, key)).sha256;
}

/** Size and SHA-256 of any object, read as a stream. */
export function measureObject(
  vault: Vault,
  clock: Clock,
  key: string,
): Promise<{ size: number; sha256: string }> {
  return patiently(clock, async () => {
    const { Body } = await vault.s3.send(new GetObjectCommand({ Bucket: vault.bucket, Key: key }));
    const hash = createHash("sha256");
    let size = 0;
    for await (const chunk of Body as AsyncIterable<Buffer>) {
      hash.update(chunk);
      size += chunk.byteLength;
    }
    return { size, sha256: hash.digest("hex") };
  });
}
