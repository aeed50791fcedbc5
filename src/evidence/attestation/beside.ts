import type { IncidentRecord, RecordDeps } from "../../incident/record.ts";
import { sha256 } from "../../vault/digest.ts";
import { headObject, putOnce, readObject } from "../../vault/vault.ts";
import { captureFolder, type SealedCapture } from "../manifest.ts";
import { patiently } from "../patience.ts";

/** What is written beside the manifest, after it. The seal is the manifest; these say who sealed it, and when. */
export const ENVELOPE = "manifest.dsse.json";
export const PUBLIC_KEY = "manifest.pub.pem";
export const TIMESTAMP = "manifest.tsr";

export const COMPANION_NAMES: readonly string[] = [ENVELOPE, PUBLIC_KEY, TIMESTAMP];

const CONTENT_TYPES: Readonly<Record<string, string>> = {
  [ENVELOPE]: "application/vnd.dsse.envelope.v1+json",
  [PUBLIC_KEY]: "application/x-pem-file",
  [TIMESTAMP]: "application/timestamp-reply",
};

export type AttestDeps = Pick<RecordDeps, "aws" | "clock" | "log">;

export interface Work {
  deps: AttestDeps;
  record: IncidentRecord;
  sealed: SealedCapture;
  /** What `store` made sure of: these bytes lie there, and are ours. */
  stored: { key: string; size: number; sha256: string }[];
}

/** As `store`, made only when nothing is there yet. */
export async function storeOnce(
  work: Work,
  name: string,
  make: () => Promise<Buffer>,
): Promise<{ key: string; bytes: Buffer }> {
  const { deps, record, sealed } = work;
  const key = `${captureFolder(record.id, sealed.capture)}${name}`;
  const present = await patiently(deps.clock, () => headObject(record.vault, key));
  return present ? { key, bytes: await read(work, key) } : store(work, name, await make());
}

/** Writes a file of the capture, once. @returns what lies there now, which another run may have written. */
export async function store(
  work: Work,
  name: string,
  bytes: Buffer,
): Promise<{ key: string; bytes: Buffer }> {
  const { deps, record, sealed } = work;
  const key = `${captureFolder(record.id, sealed.capture)}${name}`;
  const { created } = await patiently(deps.clock, () =>
    putOnce(record.vault, key, bytes, { contentType: CONTENT_TYPES[name] ?? "application/octet-stream" }),
  );
  const present = created ? bytes : await read(work, key);
  if (present.equals(bytes)) work.stored.push({ key, size: bytes.byteLength, sha256: sha256(bytes) });
  return { key, bytes: present };
}

async function read({ deps, record }: Work, key: string): Promise<Buffer> {
  const bytes = await patiently(deps.clock, () => readObject(record.vault, key));
  if (!bytes) throw new Error(`${key} is there and cannot be read`);
  return bytes;
}

/** What lies under a name of ours is not ours. */
export function foreign(key: string, why: string): Error {
  return new Error(`something else lies at ${key}: ${why}`);
}
