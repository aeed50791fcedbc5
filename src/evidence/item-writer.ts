import { createHash } from "node:crypto";
import { Readable, Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGzip } from "node:zlib";
import { Upload } from "@aws-sdk/lib-storage";
import type { Clock } from "../ports.ts";
import { sha256 } from "../vault/digest.ts";
import { headObject, putOnce, readObject, type StoredObject, type Vault } from "../vault/vault.ts";
import { itemKey } from "./keys.ts";
import { patiently } from "./patience.ts";
import type { ManifestItem } from "./source-schema.ts";

/** Writing items, each once: `If-None-Match: *` on every write, a SHA-256 of every byte. */

/** 10,000 parts of 8 MiB are 80 GiB of gzip for one stream. Two parts under way: memory does not grow with the volume. */
const PART_BYTES = 8 * 1024 * 1024;
const PARTS_AT_ONCE = 2;
const GZIP_LEVEL = 4;
const VERSIONS_OF_A_DOCUMENT = 100;

interface WriterContext {
  vault: Vault;
  clock: Clock;
  folder: string;
}

/** How bytes go into an item. */
type Form = "gzip" | "zip as it is" | "csv as it is" | "as it is";

const CONTENT_TYPES: Readonly<Record<Form, string>> = {
  gzip: "application/gzip",
  "zip as it is": "application/zip",
  "csv as it is": "text/csv",
  "as it is": "application/octet-stream",
};

export interface StreamedObject {
  versionId: string | null;
  size: number;
  sha256: string;
}

/**
 * Puts one JSON document as `<name>.json`.
 *
 * When an interrupted run has left one with other content (the world moved on), it stays, and this one becomes
 * `<name>~2.json`, and so on. @returns the items of all of them, the newest last.
 */
export async function putDocument(
  context: WriterContext,
  document: { source: string; name: string; value: unknown; uri: string },
): Promise<ManifestItem[]> {
  const items: ManifestItem[] = [];
  const bytes = Buffer.from(`${JSON.stringify(document.value, null, 2)}\n`);
  for (let number = 1; number <= VERSIONS_OF_A_DOCUMENT; number += 1) {
    const key = documentKey(context.folder, document.name, number);
    const { created, object } = await patiently(context.clock, () =>
      putOnce(context.vault, key, bytes, { contentType: "application/json" }),
    );
    items.push(await documentItem(context.vault, document, object));
    if (created) return items;
  }
  throw new Error(`${document.name} has ${VERSIONS_OF_A_DOCUMENT} documents in this capture`);
}

/** The key of a document's first, second, … version in a capture. */
export function documentKey(folder: string, name: string, number: number): string {
  return itemKey(folder, name, `${number === 1 ? "" : `~${number}`}.json`);
}

/** The item for a document that lies in the vault. */
export async function documentItem(
  vault: Vault,
  document: { source: string; uri: string },
  object: StoredObject,
): Promise<ManifestItem> {
  return {
    source: document.source,
    key: object.key,
    versionId: object.versionId,
    size: object.size,
    sha256: object.sha256 ?? sha256((await readObject(vault, object.key)) ?? Buffer.alloc(0)),
    method: "put",
    collectedAt: object.lastModified.toISOString(),
    origin: { uri: document.uri },
  };
}

/**
 * Streams lines through gzip and SHA-256 into a multipart upload. The gzip is the same for the same lines. Bytes that
 * are an archive already go in as they are.
 *
 * `lines` is called again when an attempt failed in a way that passes. lib-storage hands `IfNoneMatch` to
 * PutObject (one part) and to CompleteMultipartUpload alike, so the key is taken by whoever completes first.
 * @returns undefined when the key is taken, by another run or by an attempt of this one whose answer got lost.
 */
export async function streamItem(
  context: WriterContext,
  key: string,
  lines: () => AsyncIterable<Buffer>,
  metadata: Record<string, string>,
  form: Form = "gzip",
): Promise<StreamedObject | undefined> {
  try {
    return await patiently(context.clock, () => uploadStream(context.vault, key, lines(), metadata, form));
  } catch (error) {
    if (await headObject(context.vault, key)) return undefined;
    throw error;
  }
}

async function uploadStream(
  vault: Vault,
  key: string,
  lines: AsyncIterable<Buffer>,
  metadata: Record<string, string>,
  form: Form,
): Promise<StreamedObject> {
  const hash = createHash("sha256");
  let size = 0;
  const meter = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      hash.update(chunk);
      size += chunk.byteLength;
      done(null, chunk);
    },
  });
  const source = Readable.from(lines);
  const flow =
    form === "gzip" ? pipeline(source, createGzip({ level: GZIP_LEVEL }), meter) : pipeline(source, meter);
  const upload = new Upload({
    client: vault.s3,
    partSize: PART_BYTES,
    queueSize: PARTS_AT_ONCE,
    params: {
      Bucket: vault.bucket,
      Key: key,
      Body: meter,
      ContentType: CONTENT_TYPES[form],
      ChecksumAlgorithm: "SHA256",
      IfNoneMatch: "*",
      Metadata: { ...vault.terms?.metadata, ...metadata },
      ...vault.terms?.lock(),
    },
  });
  const [flowed, uploaded] = await Promise.allSettled([flow, upload.done()]);
  if (uploaded.status === "rejected") throw uploaded.reason;
  if (flowed.status === "rejected") throw flowed.reason;
  return { versionId: uploaded.value.VersionId ?? null, size, sha256: hash.digest("hex") };
}
