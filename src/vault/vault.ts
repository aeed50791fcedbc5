import { setTimeout as pause } from "node:timers/promises";
import {
  GetObjectCommand,
  HeadObjectCommand,
  PutObjectCommand,
  paginateListObjectsV2,
  type S3Client,
} from "@aws-sdk/client-s3";
import { base64ToHex, hexToBase64, sha256 } from "./digest.ts";
import type { WriteTerms } from "./terms.ts";

/**
 * The evidence bucket. Whatever is written there is written once: every write carries `If-None-Match: *`
 * (https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html) and a SHA-256 that S3 checks.
 */
export interface Vault {
  s3: S3Client;
  bucket: string;
  /** Retention and label of what is written; the bucket's defaults and no label when absent. */
  terms?: WriteTerms;
}

export interface StoredObject {
  key: string;
  versionId: string | null;
  size: number;
  /** Hexadecimal; null when S3 holds no full-object SHA-256 for it (multipart uploads). */
  sha256: string | null;
  lastModified: Date;
}

/** How often a write is tried that S3 gives up because another one to the same key was under way, and the pauses. */
const WRITE_TRIES = 6;
const FIRST_PAUSE_MS = 50;

/**
 * Writes an object unless its key is taken. When S3 gives up on it for the sake of another write to the same key
 * that then leaves nothing there (409), it is written again.
 *
 * `created: false` means that the key was there already, with whatever content: compare `sha256` where it matters.
 * A retry whose first try had got through comes back as `created: true`, since the content is the same.
 */
export async function putOnce(
  vault: Vault,
  key: string,
  body: string | Uint8Array,
  options: { contentType: string; metadata?: Record<string, string> },
): Promise<{ created: boolean; object: StoredObject }> {
  const bytes = typeof body === "string" ? Buffer.from(body, "utf8") : body;
  const digest = sha256(bytes);
  const write = new PutObjectCommand({
    Bucket: vault.bucket,
    Key: key,
    Body: bytes,
    ContentLength: bytes.byteLength,
    ContentType: options.contentType,
    ChecksumSHA256: hexToBase64(digest),
    IfNoneMatch: "*",
    Metadata: { ...vault.terms?.metadata, ...options.metadata },
    ...vault.terms?.lock(),
  });
  for (let attempt = 1; ; attempt += 1) {
    let refusal: unknown;
    let written: { VersionId?: string | undefined } | undefined;
    try {
      written = await vault.s3.send(write);
    } catch (error) {
      if (!isTaken(error) && !isConflict(error)) throw error;
      refusal = error;
    }
    const object = await headObject(vault, key).catch((error: unknown) => {
      if (!written) throw error;
      // S3 has checked the digest and said that it is written: that it may not be looked at undoes nothing.
      const versionId = written.VersionId ?? null;
      return { key, versionId, size: bytes.byteLength, sha256: digest, lastModified: new Date() };
    });
    if (object) return { created: object.sha256 === digest, object };
    if (!isConflict(refusal) || attempt === WRITE_TRIES) {
      throw new Error(`s3://${vault.bucket}/${key} was written and cannot be found`, { cause: refusal });
    }
    await pause(FIRST_PAUSE_MS * 2 ** (attempt - 1) * (0.5 + Math.random() / 2));
  }
}

/** The object's metadata, or undefined when there is none under this key. */
export async function headObject(
  vault: Vault,
  key: string,
  versionId?: string,
): Promise<StoredObject | undefined> {
  try {
    const head = await vault.s3.send(
      new HeadObjectCommand({
        Bucket: vault.bucket,
        Key: key,
        ChecksumMode: "ENABLED",
        ...(versionId ? { VersionId: versionId } : {}),
      }),
    );
    const checksum = head.ChecksumSHA256;
    return {
      key,
      versionId: head.VersionId ?? null,
      size: head.ContentLength ?? 0,
      sha256: checksum && !checksum.includes("-") ? base64ToHex(checksum) : null,
      lastModified: head.LastModified ?? new Date(0),
    };
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

/** A small object's bytes, or undefined when there is none under this key. */
export async function readObject(vault: Vault, key: string): Promise<Buffer | undefined> {
  try {
    const { Body } = await vault.s3.send(new GetObjectCommand({ Bucket: vault.bucket, Key: key }));
    return Body ? Buffer.from(await Body.transformToByteArray()) : Buffer.alloc(0);
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

/** Every key below a prefix, in the order of their UTF-8 bytes. */
export async function listKeys(vault: Vault, prefix: string): Promise<string[]> {
  const keys: string[] = [];
  for await (const page of paginateListObjectsV2(
    { client: vault.s3 },
    { Bucket: vault.bucket, Prefix: prefix },
  )) {
    for (const { Key } of page.Contents ?? []) if (Key !== undefined) keys.push(Key);
  }
  return keys;
}

/** The names of the "folders" right below a prefix, for example the captures of an incident. */
export async function listFolders(vault: Vault, prefix: string): Promise<string[]> {
  const folders: string[] = [];
  const pages = paginateListObjectsV2(
    { client: vault.s3 },
    { Bucket: vault.bucket, Prefix: prefix, Delimiter: "/" },
  );
  for await (const page of pages) {
    for (const { Prefix } of page.CommonPrefixes ?? []) {
      if (Prefix !== undefined) folders.push(Prefix.slice(prefix.length).replace(/\/$/, ""));
    }
  }
  return folders;
}

/** Whether S3 refused a conditional write because the key is taken. */
export function isTaken(error: unknown): boolean {
  return hasName(error, ["PreconditionFailed"]);
}

/**
 * Whether S3 gave up on a write because another one to the same key was under way (409): whether the key is taken is
 * not known yet, and the write has to be made again
 * (https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html).
 */
export function isConflict(error: unknown): boolean {
  return hasName(error, ["ConditionalRequestConflict", "OperationAborted"]);
}

export function isMissing(error: unknown): boolean {
  return hasName(error, ["NoSuchKey", "NotFound", "NoSuchVersion"]);
}

function hasName(error: unknown, names: readonly string[]): boolean {
  return error instanceof Error && names.includes(error.name);
}
