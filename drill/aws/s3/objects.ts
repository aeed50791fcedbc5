/** Objects one at a time: put, get, head, attributes, delete. */
import type { Answer } from "../call.ts";
import { notImplemented } from "../errors.ts";
import type { XmlObject } from "../xml.ts";
import { checksumElements, xmlAnswer } from "./answers.ts";
import { objectHeaders, readAttributes, readLock, versionHeader } from "./attributes.ts";
import { receiveBody } from "./body.ts";
import type { ObjectVersion } from "./bucket.ts";
import { elementName, headerName } from "./checksums.ts";
import { checkReadConditions } from "./conditions.ts";
import type { S3Handler } from "./endpoint.ts";
import { invalidArgument, invalidRequest, S3Error } from "./errors.ts";
import { checkNotLocked } from "./lock.ts";
import { header, type S3Call } from "./request.ts";
import { addWritten, findVersion, resourceName } from "./versions.ts";

const putObject: S3Handler = async (call) => {
  const { store, request, bucket, context } = call;
  const attributes = readAttributes(request.headers);
  const lock = readLock(bucket, request.headers, context.clock.now());
  const { blob, md5, checksum, verified } = await receiveBody(request.message, store.blobs);
  if ((lock.retention || lock.legalHold) && !verified) {
    throw invalidRequest(
      "Content-MD5 OR x-amz-checksum- HTTP header is required for Put Object requests with Object Lock parameters",
    );
  }
  const version = addWritten(call, { ...attributes, ...lock, blob, etag: md5, checksum });
  return {
    status: 200,
    headers: {
      etag: `"${md5}"`,
      ...version.encryption,
      ...versionHeader(bucket, version),
      [headerName(checksum.algorithm)]: checksum.value,
      "x-amz-checksum-type": checksum.type,
    },
    body: null,
  };
};

const getObject: S3Handler = (call) => {
  const { store, request, bucket, key, context } = call;
  const { version, range, headers } = describeRead(call);
  const [start, end] = range ?? [0, version.blob.size];
  const principal = context.session?.roleArn ?? "anonymous";
  async function* body(): AsyncGenerator<Buffer, undefined> {
    for await (const chunk of store.blobs.read(version.blob, start, end)) {
      store.countBytesOut(principal, bucket.name, "GetObject", chunk.length);
      yield chunk;
    }
  }
  context.log(resourceName(bucket, key, request.query.get("versionId")));
  return { status: range ? 206 : 200, headers, body: end > start ? body() : null };
};

const headObject: S3Handler = (call) => {
  const { range, headers } = describeRead(call);
  return { status: range ? 206 : 200, headers, body: null };
};

interface Read {
  version: ObjectVersion;
  /** From, up to and not including; null for the whole object. */
  range: [number, number] | null;
  headers: Record<string, string>;
}

function describeRead({ request, bucket, key }: S3Call): Read {
  const version = findVersion(bucket, key, request.query.get("versionId"));
  checkReadConditions(version, request.headers);
  const { size } = version.blob;
  const range = parseRange(header(request.headers, "range"), size);
  const withChecksum =
    range === null && header(request.headers, "x-amz-checksum-mode")?.toUpperCase() === "ENABLED";
  const [start, end] = range ?? [0, size];
  return {
    version,
    range,
    headers: {
      ...objectHeaders(bucket, version, withChecksum),
      "content-length": String(end - start),
      ...(range ? { "content-range": `bytes ${start}-${end - 1}/${size}` } : {}),
    },
  };
}

/** Null for the whole object: no range asked for, or one that HTTP says to ignore. Throws InvalidRange. */
function parseRange(text: string | undefined, size: number): [number, number] | null {
  const match = /^bytes=(\d*)-(\d*)$/.exec(text ?? "");
  if (text?.includes(",")) throw notImplemented("a request for several ranges");
  if (!match || (match[1] === "" && match[2] === "")) return null;
  const suffix = match[1] === "";
  const start = suffix ? Math.max(0, size - Number(match[2])) : Number(match[1]);
  const end = suffix || match[2] === "" ? size : Math.min(size, Number(match[2]) + 1);
  if (!suffix && match[2] !== "" && Number(match[2]) < start) return null;
  if (start < end) return [start, end];
  throw new S3Error("InvalidRange", "The requested range is not satisfiable", 416, {
    headers: { "content-range": `bytes */${size}` },
    details: { RangeRequested: text ?? "", ActualObjectSize: String(size) },
  });
}

const ATTRIBUTE_NAMES = ["ETag", "Checksum", "ObjectParts", "StorageClass", "ObjectSize"];

const getObjectAttributes: S3Handler = ({ request, bucket, key }): Answer => {
  const version = findVersion(bucket, key, request.query.get("versionId"));
  const wanted = (header(request.headers, "x-amz-object-attributes") ?? "")
    .split(",")
    .map((name) => name.trim());
  const wrong = wanted.find((name) => !ATTRIBUTE_NAMES.includes(name));
  if (wrong !== undefined)
    throw invalidArgument("Invalid attribute name specified.", "x-amz-object-attributes", wrong);
  const { checksum } = version;
  const content: Record<string, XmlObject[string]> = {};
  if (wanted.includes("ETag")) content.ETag = version.etag;
  if (wanted.includes("Checksum") && checksum) content.Checksum = checksumElements(checksum);
  if (wanted.includes("ObjectParts") && version.parts)
    content.ObjectParts = partElements(version, request.headers);
  if (wanted.includes("StorageClass")) content.StorageClass = version.storageClass;
  if (wanted.includes("ObjectSize")) content.ObjectSize = version.blob.size;
  return xmlAnswer("GetObjectAttributesResponse", content, {
    "last-modified": new Date(version.lastModified).toUTCString(),
    ...versionHeader(bucket, version),
  });
};

function partElements(version: ObjectVersion, headers: S3Call["request"]["headers"]): XmlObject {
  const parts = version.parts ?? [];
  const limit = Math.min(1000, Number(header(headers, "x-amz-max-parts") ?? 1000));
  const marker = Number(header(headers, "x-amz-part-number-marker") ?? 0);
  const after = parts.filter(({ partNumber }) => partNumber > marker);
  const page = after.slice(0, limit);
  return {
    PartsCount: parts.length,
    PartNumberMarker: marker,
    MaxParts: limit,
    IsTruncated: after.length > page.length,
    NextPartNumberMarker: page.at(-1)?.partNumber ?? 0,
    Part: page.map(({ partNumber, size, checksum }) => ({
      PartNumber: partNumber,
      Size: size,
      ...(checksum ? { [elementName(checksum.algorithm)]: checksum.value } : {}),
    })),
  };
}

const deleteObject: S3Handler = ({ store, request, bucket, key, context }) => {
  const versionId = request.query.get("versionId");
  if (versionId !== undefined) {
    const version = bucket.versions(key).find((candidate) => candidate.versionId === versionId);
    context.log(resourceName(bucket, key, versionId));
    if (version) checkNotLocked(version, request.headers, context.clock.now());
    bucket.remove(key, versionId);
    const marker: Record<string, string> = version?.deleteMarker ? { "x-amz-delete-marker": "true" } : {};
    return { status: 204, headers: { "x-amz-version-id": versionId, ...marker }, body: null };
  }
  if (!bucket.versioned) {
    bucket.remove(key, "null");
    return { status: 204, headers: {}, body: null };
  }
  const marker = store.seedDeleteMarker(bucket.name, key);
  return {
    status: 204,
    headers: { "x-amz-delete-marker": "true", "x-amz-version-id": marker.versionId },
    body: null,
  };
};

export const OBJECT_HANDLERS: Readonly<Record<string, S3Handler>> = {
  PutObject: putObject,
  GetObject: getObject,
  HeadObject: headObject,
  GetObjectAttributes: getObjectAttributes,
  DeleteObject: deleteObject,
};
