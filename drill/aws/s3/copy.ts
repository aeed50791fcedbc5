/** Copies on the server's side: whole objects and parts of uploads. */
import { checkSourceAccess } from "./access.ts";
import { checksumElements, xmlAnswer } from "./answers.ts";
import { readAttributes, readLock, versionHeader } from "./attributes.ts";
import { slice } from "./blobs.ts";
import { FIVE_GIB } from "./body.ts";
import type { Bucket, ObjectAttributes, ObjectVersion } from "./bucket.ts";
import { DEFAULT_ALGORITHM, elementName, parseAlgorithm } from "./checksums.ts";
import { checkSourceConditions } from "./conditions.ts";
import type { S3Handler } from "./endpoint.ts";
import { invalidArgument, invalidRequest } from "./errors.ts";
import { header, type S3Call } from "./request.ts";
import { findUpload, parsePartNumber } from "./uploads.ts";
import { addWritten, findVersion } from "./versions.ts";

interface Source {
  bucket: Bucket;
  version: ObjectVersion;
  key: string;
  /** As the request named it. */
  versionId: string | undefined;
}

/** The version that is to be copied; every check on the source is done. */
function findSource(call: S3Call): Source {
  const text = header(call.request.headers, "x-amz-copy-source") ?? "";
  const [path = "", query] = text.split(/\?(?=versionId=)/);
  const [, bucketName = "", key = ""] = /^\/?([^/]+)\/(.+)$/s.exec(decode(path, text)) ?? [];
  if (key === "") throw invalidCopySource(text);
  const versionId = query === undefined ? undefined : decode(query.slice("versionId=".length), text);
  const bucket = call.store.bucket(bucketName);
  checkSourceAccess({ bucket, key, versionId }, call);
  const version = findVersion(bucket, key, versionId);
  checkSourceConditions(version, call.request.headers);
  return { bucket, version, key, versionId };
}

const copyObject: S3Handler = async (call) => {
  const { store, request, bucket, context } = call;
  const source = findSource(call);
  checkTagging(request);
  if (source.version.blob.size > FIVE_GIB) throw tooLarge();
  const attributes = copiedAttributes(call, source);
  const lock = readLock(bucket, request.headers, context.clock.now());
  const wanted = header(request.headers, "x-amz-checksum-algorithm");
  const algorithm = wanted === undefined ? source.version.checksum?.algorithm : parseAlgorithm(wanted);
  const { blob } = source.version;
  const checksum = await store.digests.full(blob, algorithm ?? DEFAULT_ALGORITHM);
  const md5 = source.version.parts
    ? (await store.digests.of(blob, "MD5")).toString("hex")
    : source.version.etag;
  const version = addWritten(call, { ...attributes, ...lock, blob, etag: md5, checksum });
  return xmlAnswer(
    "CopyObjectResult",
    {
      LastModified: new Date(version.lastModified).toISOString(),
      ETag: `"${md5}"`,
      ...checksumElements(checksum),
    },
    { ...sourceVersionHeader(source), ...version.encryption, ...versionHeader(bucket, version) },
  );
};

/** No object here has tags: either directive gives none. */
function checkTagging({ headers }: S3Call["request"]): void {
  const directive = header(headers, "x-amz-tagging-directive") ?? "COPY";
  if (directive === "COPY" || directive === "REPLACE") return;
  throw invalidArgument("Unknown tagging directive.", "x-amz-tagging-directive", directive);
}

/** The source's own headers and metadata, or with `x-amz-metadata-directive: REPLACE` the request's. */
function copiedAttributes({ request, bucket, key }: S3Call, source: Source): ObjectAttributes {
  const own = readAttributes(request.headers);
  const directive = header(request.headers, "x-amz-metadata-directive") ?? "COPY";
  if (directive === "REPLACE") return own;
  if (directive !== "COPY")
    throw invalidArgument("Unknown metadata directive.", "x-amz-metadata-directive", directive);
  const ontoItself = source.bucket === bucket && source.key === key && source.versionId === undefined;
  const unchanged =
    own.storageClass === source.version.storageClass &&
    request.headers["x-amz-server-side-encryption"] === undefined;
  if (ontoItself && unchanged) {
    throw invalidRequest(
      "This copy request is illegal because it is trying to copy an object to itself without changing the object's metadata, storage class, website redirect location or encryption attributes.",
    );
  }
  return { ...own, headers: source.version.headers, metadata: source.version.metadata };
}

const uploadPartCopy: S3Handler = async (call) => {
  const { store, request } = call;
  const upload = findUpload(call);
  const partNumber = parsePartNumber(request.query.get("partNumber"));
  const source = findSource(call);
  const [start, end] = copyRange(
    header(request.headers, "x-amz-copy-source-range"),
    source.version.blob.size,
  );
  if (end - start > FIVE_GIB) throw tooLarge();
  const blob = slice(source.version.blob, start, end);
  const checksum = await store.digests.full(blob, upload.algorithm);
  const etag = (await store.digests.of(blob, "MD5")).toString("hex");
  const lastModified = store.now();
  upload.parts.set(partNumber, { blob, etag, checksum, lastModified });
  return xmlAnswer(
    "CopyPartResult",
    {
      LastModified: new Date(lastModified).toISOString(),
      ETag: `"${etag}"`,
      ...(upload.algorithmRequested ? { [elementName(checksum.algorithm)]: checksum.value } : {}),
    },
    sourceVersionHeader(source),
  );
};

/** `bytes=first-last`, both named; the whole source when absent. Throws InvalidArgument. */
function copyRange(text: string | undefined, size: number): [number, number] {
  if (text === undefined) return [0, size];
  const match = /^bytes=(\d+)-(\d+)$/.exec(text);
  const [start, last] = [Number(match?.[1]), Number(match?.[2])];
  if (!match || last < start) {
    throw invalidArgument(
      "The x-amz-copy-source-range value must be of the form bytes=first-last where first and last are the zero-based offsets of the first and last bytes to copy",
      "x-amz-copy-source-range",
      text,
    );
  }
  if (last < size) return [start, last + 1];
  throw invalidArgument(
    `Range specified is not valid for source object of size: ${size}`,
    "x-amz-copy-source-range",
    text,
  );
}

function sourceVersionHeader({ bucket, version }: Source): Record<string, string> {
  return bucket.versioned ? { "x-amz-copy-source-version-id": version.versionId } : {};
}

function decode(text: string, source: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw invalidCopySource(source);
  }
}

function invalidCopySource(source: string): Error {
  return invalidArgument(
    "Copy Source must mention the source bucket and key: sourcebucket/sourcekey",
    "x-amz-copy-source",
    source,
  );
}

function tooLarge(): Error {
  return invalidRequest(
    `The specified copy source is larger than the maximum allowable size for a copy source: ${FIVE_GIB}`,
  );
}

export const COPY_HANDLERS: Readonly<Record<string, S3Handler>> = {
  CopyObject: copyObject,
  UploadPartCopy: uploadPartCopy,
};
