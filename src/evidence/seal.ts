import { Readable } from "node:stream";
import { PutObjectCommand } from "@aws-sdk/client-s3";
import type { Clock } from "../ports.ts";
import { hexToBase64 } from "../vault/digest.ts";
import { headObject, isTaken, type StoredObject, type Vault } from "../vault/vault.ts";
import { type CaptureManifest, manifestKey, readManifest, type SealedCapture } from "./manifest.ts";
import { manifestBytes, measureBytes } from "./manifest-bytes.ts";
import { patiently } from "./patience.ts";

/** Up to here the manifest is sent from memory, which the SDK can retry by itself; above, from a stream. */
const LARGEST_BUFFER = 4 * 1024 * 1024;

/**
 * Seals a capture: writes its manifest, in one conditional PutObject. When another run has sealed it meanwhile, that
 * seal counts and is returned.
 */
export async function seal(vault: Vault, clock: Clock, manifest: CaptureManifest): Promise<SealedCapture> {
  const { incident, capture } = manifest;
  const key = manifestKey(incident, capture);
  const { length, sha256 } = measureBytes(manifestBytes(manifest));
  const written = await patiently(clock, () => putManifestOnce(vault, key, { manifest, length, sha256 }));
  if (written.sha256 === sha256) return { capture, manifest, key, versionId: written.versionId, sha256 };
  const other = await readManifest(vault, incident, capture);
  if (!other) throw new Error(`s3://${vault.bucket}/${key} is taken and cannot be read`);
  return other;
}

/**
 * Puts the manifest unless its key is taken. Its length and SHA-256 are known beforehand, so S3 refuses whatever does
 * not arrive whole.
 * @returns what lies there then.
 */
async function putManifestOnce(
  vault: Vault,
  key: string,
  { manifest, length, sha256 }: { manifest: CaptureManifest; length: number; sha256: string },
): Promise<StoredObject> {
  const sealed = await headObject(vault, key);
  if (sealed) return sealed;
  const pieces = manifestBytes(manifest);
  const command = new PutObjectCommand({
    Bucket: vault.bucket,
    Key: key,
    Body: length > LARGEST_BUFFER ? Readable.from(pieces, { objectMode: false }) : Buffer.concat([...pieces]),
    ContentLength: length,
    ContentType: "application/json",
    ChecksumSHA256: hexToBase64(sha256),
    IfNoneMatch: "*",
    ...(vault.terms ? { Metadata: vault.terms.metadata, ...vault.terms.lock() } : {}),
  });
  try {
    await vault.s3.send(command);
  } catch (error) {
    if (!isTaken(error)) throw error;
  }
  const object = await headObject(vault, key);
  if (!object) throw new Error(`s3://${vault.bucket}/${key} was written and cannot be found`);
  return object;
}
