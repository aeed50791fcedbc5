import { createHash } from "node:crypto";
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
  events: number;
  newest: number | null;
}

/** The metadata entry of a log item that holds its `through`. */
export const THROUGH = "through";

/** Reads back an item that an interrupted run wrote, as a stream. @throws Error when it is no NDJSON in gzip. */
export function readBackLog(vault: Vault, clock: Clock, key: string): Promise<ReadBack> {
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
      events,
      newest,
    };
  });
}
