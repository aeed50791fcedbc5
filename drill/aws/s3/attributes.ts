/** What an object carries besides its bytes: read from a write's headers, given back with each read. */
import type { IncomingHttpHeaders } from "node:http";
import type { Bucket, ObjectAttributes, ObjectVersion, Retention } from "./bucket.ts";
import { headerName } from "./checksums.ts";
import { invalidArgument, invalidRequest, S3Error } from "./errors.ts";
import { header } from "./request.ts";
import { defaultRetention } from "./store.ts";

const SYSTEM_HEADERS = [
  "cache-control",
  "content-disposition",
  "content-encoding",
  "content-language",
  "content-type",
  "expires",
];
const STORAGE_CLASSES = [
  "STANDARD",
  "STANDARD_IA",
  "ONEZONE_IA",
  "INTELLIGENT_TIERING",
  "GLACIER_IR",
  "GLACIER",
  "DEEP_ARCHIVE",
];
const METADATA_LIMIT_BYTES = 2048;
const ENCRYPTION = "x-amz-server-side-encryption";

/** The attributes that a write names. Throws MetadataTooLarge, InvalidStorageClass, InvalidArgument. */
export function readAttributes(headers: IncomingHttpHeaders): ObjectAttributes {
  const system: Record<string, string> = {};
  for (const name of SYSTEM_HEADERS) {
    const value = withoutAwsChunked(name, header(headers, name));
    if (value) system[name] = value;
  }
  system["content-type"] ??= "binary/octet-stream";
  const storageClass = header(headers, "x-amz-storage-class") ?? "STANDARD";
  if (!STORAGE_CLASSES.includes(storageClass)) {
    throw new S3Error("InvalidStorageClass", "The storage class you specified is not valid", 400);
  }
  return {
    headers: system,
    metadata: readMetadata(headers),
    storageClass,
    encryption: readEncryption(headers),
  };
}

function readMetadata(headers: IncomingHttpHeaders): Record<string, string> {
  const entries = Object.keys(headers)
    .filter((name) => name.startsWith("x-amz-meta-"))
    .map((name): [string, string] => [name.slice("x-amz-meta-".length), header(headers, name) ?? ""]);
  const size = entries.reduce(
    (sum, [name, value]) => sum + Buffer.byteLength(name) + Buffer.byteLength(value),
    0,
  );
  if (size > METADATA_LIMIT_BYTES) {
    throw new S3Error(
      "MetadataTooLarge",
      "Your metadata headers exceed the maximum allowed metadata size",
      400,
    );
  }
  return Object.fromEntries(entries);
}

/** S3 encrypts everything; without a wish, with its own keys. */
function readEncryption(headers: IncomingHttpHeaders): Record<string, string> {
  const method = header(headers, ENCRYPTION) ?? "AES256";
  if (method !== "AES256" && method !== "aws:kms") {
    throw invalidArgument("The encryption method specified is not supported", ENCRYPTION, method);
  }
  const encryption: Record<string, string> = { [ENCRYPTION]: method };
  for (const detail of ["aws-kms-key-id", "bucket-key-enabled"]) {
    const value = header(headers, `${ENCRYPTION}-${detail}`);
    if (value !== undefined) encryption[`${ENCRYPTION}-${detail}`] = value;
  }
  return encryption;
}

/** The transfer's own encoding is not the object's. */
function withoutAwsChunked(name: string, value: string | undefined): string | undefined {
  if (name !== "content-encoding") return value;
  return value
    ?.split(",")
    .map((coding) => coding.trim())
    .filter((coding) => coding !== "aws-chunked")
    .join(",");
}

/** The lock that a new version gets: what the request names, else the bucket's default. */
export function readLock(
  bucket: Bucket,
  headers: IncomingHttpHeaders,
  now: number,
): { retention: Retention | null; legalHold: boolean } {
  const mode = header(headers, "x-amz-object-lock-mode");
  const until = header(headers, "x-amz-object-lock-retain-until-date");
  const hold = header(headers, "x-amz-object-lock-legal-hold");
  if (!bucket.lock) {
    if (mode === undefined && until === undefined && hold === undefined)
      return { retention: null, legalHold: false };
    throw invalidRequest("Bucket is missing Object Lock Configuration");
  }
  if ((mode === undefined) !== (until === undefined)) {
    throw invalidArgument(
      "x-amz-object-lock-retain-until-date and x-amz-object-lock-mode must both be supplied",
      "x-amz-object-lock-mode",
      mode ?? "",
    );
  }
  if (hold !== undefined && hold !== "ON" && hold !== "OFF") {
    throw invalidArgument("Legal Hold must be either of 'ON' or 'OFF'", "x-amz-object-lock-legal-hold", hold);
  }
  const retention = mode === undefined ? defaultRetention(bucket, now) : parseRetention(mode, until, now);
  return { retention, legalHold: hold === "ON" };
}

/** Throws InvalidArgument for an unknown mode and for a date that is not in the future. */
export function parseRetention(mode: string | undefined, until: string | undefined, now: number): Retention {
  if (mode !== "GOVERNANCE" && mode !== "COMPLIANCE") {
    throw invalidArgument("Unknown wormMode directive.", "x-amz-object-lock-mode", mode ?? "");
  }
  const time = Date.parse(until ?? "");
  if (Number.isNaN(time)) {
    throw invalidArgument(
      "The retain until date must be provided in ISO 8601 format",
      "x-amz-object-lock-retain-until-date",
      until ?? "",
    );
  }
  if (time <= now) {
    throw invalidArgument(
      "The retain until date must be in the future!",
      "x-amz-object-lock-retain-until-date",
      until ?? "",
    );
  }
  return { mode, until: time };
}

/** `x-amz-version-id`, where the bucket has versions. */
export function versionHeader(bucket: Bucket, version: { versionId: string }): Record<string, string> {
  return bucket.versioned ? { "x-amz-version-id": version.versionId } : {};
}

/** The headers of GetObject and HeadObject, without the length. */
export function objectHeaders(
  bucket: Bucket,
  version: ObjectVersion,
  withChecksum: boolean,
): Record<string, string> {
  const metadata = Object.entries(version.metadata).map(([name, value]) => [`x-amz-meta-${name}`, value]);
  const { checksum, retention, legalHold, storageClass } = version;
  return {
    "accept-ranges": "bytes",
    "last-modified": new Date(version.lastModified).toUTCString(),
    etag: `"${version.etag}"`,
    ...version.headers,
    ...version.encryption,
    ...versionHeader(bucket, version),
    ...Object.fromEntries(metadata),
    ...(storageClass === "STANDARD" ? {} : { "x-amz-storage-class": storageClass }),
    ...(retention && {
      "x-amz-object-lock-mode": retention.mode,
      "x-amz-object-lock-retain-until-date": new Date(retention.until).toISOString(),
    }),
    ...(legalHold ? { "x-amz-object-lock-legal-hold": "ON" } : {}),
    ...(withChecksum && checksum
      ? { [headerName(checksum.algorithm)]: checksum.value, "x-amz-checksum-type": checksum.type }
      : {}),
  };
}
