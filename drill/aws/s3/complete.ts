/** CompleteMultipartUpload: every part checked, then one object. https://docs.aws.amazon.com/AmazonS3/latest/API/API_CompleteMultipartUpload.html */
import { createHash } from "node:crypto";
import { isObject, malformedXml, parseXml } from "../xml.ts";
import { checksumElements, xmlAnswer } from "./answers.ts";
import { versionHeader } from "./attributes.ts";
import { concatenate } from "./blobs.ts";
import { receiveText } from "./body.ts";
import type { MultipartUpload, ObjectVersion, UploadedPart } from "./bucket.ts";
import { ALGORITHMS, type Checksum, compositeOf, elementName, headerName } from "./checksums.ts";
import { checkWriteConditions } from "./conditions.ts";
import type { S3Handler } from "./endpoint.ts";
import { invalidRequest, S3Error } from "./errors.ts";
import { header, type S3Call } from "./request.ts";
import { findUpload } from "./uploads.ts";

const SMALLEST_PART = 5 * 1024 * 1024;

interface ListedPart {
  partNumber: number;
  etag: string;
  /** The checksums that the client lists, by element name. */
  checksums: Readonly<Record<string, string>>;
}

export const completeMultipartUpload: S3Handler = async (call) => {
  const { store, request, bucket, key } = call;
  const upload = findUpload(call);
  const listed = readPartList(await receivePartList(call));
  const parts = listed.map((part) => matchPart(upload, part));
  checkSizes(listed, parts);
  const blob = concatenate(parts.map((part) => part.blob));
  const checksum = await objectChecksum(call, upload, parts, blob);
  checkExpectations(call, checksum, blob.size);
  findUpload(call);
  checkWriteConditions(bucket, key, request.headers);
  const { headers, metadata, storageClass, encryption, retention, legalHold } = upload;
  const version: ObjectVersion = {
    headers,
    metadata,
    storageClass,
    encryption,
    retention,
    legalHold,
    versionId: bucket.nextVersionId(),
    lastModified: store.now(),
    deleteMarker: false,
    blob,
    etag: multipartEtag(parts),
    checksum,
    parts: listed.map(({ partNumber }, index) => ({
      partNumber,
      size: parts[index]?.blob.size ?? 0,
      checksum: upload.checksumType === "COMPOSITE" ? (parts[index]?.checksum ?? null) : null,
    })),
  };
  bucket.add(key, version);
  bucket.uploads.delete(upload.uploadId);
  return xmlAnswer(
    "CompleteMultipartUploadResult",
    {
      Location: `/${bucket.name}/${key}`,
      Bucket: bucket.name,
      Key: key,
      ETag: `"${version.etag}"`,
      ...checksumElements(checksum),
    },
    { ...version.encryption, ...versionHeader(bucket, version) },
  );
};

/** Here the checksum headers are the whole object's, not the request body's. */
function receivePartList({ request, store }: S3Call): Promise<string> {
  const names = new Set(ALGORITHMS.map(headerName));
  const headers = Object.fromEntries(Object.entries(request.headers).filter(([name]) => !names.has(name)));
  return receiveText(request.message, store.blobs, { headers });
}

function readPartList(text: string): ListedPart[] {
  const { Part: part } = parseXml(text, "CompleteMultipartUpload");
  const listed = (Array.isArray(part) ? part : part === undefined ? [] : [part]).map(readPart);
  if (listed.length === 0) throw invalidRequest("You must specify at least one part");
  const ascending = listed.every(
    ({ partNumber }, index) => partNumber > (listed[index - 1]?.partNumber ?? 0),
  );
  if (ascending) return listed;
  throw new S3Error(
    "InvalidPartOrder",
    "The list of parts was not in ascending order. Parts must be ordered by part number.",
    400,
  );
}

function readPart(part: unknown): ListedPart {
  if (!isObject(part) || typeof part.PartNumber !== "string" || typeof part.ETag !== "string") {
    throw malformedXml();
  }
  const checksums = Object.entries(part).filter(([name]) => name.startsWith("Checksum"));
  return {
    partNumber: Number(part.PartNumber),
    etag: part.ETag.replaceAll('"', ""),
    checksums: Object.fromEntries(checksums.map(([name, value]) => [name, String(value)])),
  };
}

function matchPart(upload: MultipartUpload, { partNumber, etag, checksums }: ListedPart): UploadedPart {
  const part = upload.parts.get(partNumber);
  const name = elementName(upload.algorithm);
  const listed = checksums[name];
  if (!part || part.etag !== etag || (listed !== undefined && listed !== part.checksum?.value)) {
    throw new S3Error(
      "InvalidPart",
      "One or more of the specified parts could not be found.  The part may not have been uploaded, or the specified entity tag may not match the part's entity tag.",
      400,
      { details: { PartNumber: String(partNumber) } },
    );
  }
  if (listed === undefined && upload.algorithmRequested && upload.checksumType === "COMPOSITE") {
    throw invalidRequest(
      `The upload was created using a ${upload.algorithm.toLowerCase()} checksum. The complete request must include the checksum for each part. It was missing for part ${partNumber} in the request.`,
    );
  }
  return part;
}

function checkSizes(listed: readonly ListedPart[], parts: readonly UploadedPart[]): void {
  const small = parts.slice(0, -1).findIndex(({ blob }) => blob.size < SMALLEST_PART);
  if (small < 0) return;
  throw new S3Error("EntityTooSmall", "Your proposed upload is smaller than the minimum allowed size", 400, {
    details: {
      PartNumber: String(listed[small]?.partNumber),
      ProposedSize: String(parts[small]?.blob.size),
      MinSizeAllowed: String(SMALLEST_PART),
    },
  });
}

async function objectChecksum(
  { store }: S3Call,
  { algorithm, checksumType }: MultipartUpload,
  parts: readonly UploadedPart[],
  blob: ObjectVersion["blob"],
): Promise<Checksum> {
  if (checksumType === "FULL_OBJECT") return store.digests.full(blob, algorithm);
  return compositeOf(
    algorithm,
    parts.map(({ checksum }) => checksum?.value ?? ""),
  );
}

/** What the client says the whole object should be. */
function checkExpectations({ request }: S3Call, checksum: Checksum, size: number): void {
  const expected = header(request.headers, headerName(checksum.algorithm));
  if (expected !== undefined && expected !== checksum.value) {
    throw new S3Error(
      "BadDigest",
      `The ${checksum.algorithm} you specified did not match the calculated checksum.`,
      400,
    );
  }
  const other = ALGORITHMS.find(
    (name) => name !== checksum.algorithm && request.headers[headerName(name)] !== undefined,
  );
  if (other) {
    throw invalidRequest(
      `Checksum Type mismatch occurred, expected checksum Type: ${checksum.algorithm.toLowerCase()}, actual checksum Type: ${other.toLowerCase()}`,
    );
  }
  const type = header(request.headers, "x-amz-checksum-type");
  if (type !== undefined && type !== checksum.type) {
    throw invalidRequest(`The checksum type of the upload is ${checksum.type}, not ${type}.`);
  }
  const objectSize = header(request.headers, "x-amz-mp-object-size");
  if (objectSize !== undefined && Number(objectSize) !== size) {
    throw invalidRequest(
      `The provided 'x-amz-mp-object-size' header value ${objectSize} does not match what was computed: ${size}`,
    );
  }
}

/** MD5 of the parts' MD5s and how many there are. */
function multipartEtag(parts: readonly UploadedPart[]): string {
  const md5 = createHash("md5");
  for (const { etag } of parts) md5.update(Buffer.from(etag, "hex"));
  return `${md5.digest("hex")}-${parts.length}`;
}
