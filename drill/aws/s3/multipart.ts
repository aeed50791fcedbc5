/** Multipart uploads. https://docs.aws.amazon.com/AmazonS3/latest/userguide/mpuoverview.html */
import { randomBytes } from "node:crypto";
import type { IncomingHttpHeaders } from "node:http";
import { xmlAnswer } from "./answers.ts";
import { readAttributes, readLock } from "./attributes.ts";
import { receiveBody } from "./body.ts";
import type { MultipartUpload } from "./bucket.ts";
import {
  type ChecksumAlgorithm,
  type ChecksumType,
  DEFAULT_ALGORITHM,
  elementName,
  headerName,
  parseAlgorithm,
} from "./checksums.ts";
import { completeMultipartUpload } from "./complete.ts";
import type { S3Handler } from "./endpoint.ts";
import { invalidRequest } from "./errors.ts";
import { header, keyEncoder, pageSize } from "./request.ts";
import { findUpload, parsePartNumber } from "./uploads.ts";

const create: S3Handler = ({ bucket, key, request, context, store }) => {
  const wanted = header(request.headers, "x-amz-checksum-algorithm");
  const algorithm = wanted === undefined ? DEFAULT_ALGORITHM : parseAlgorithm(wanted);
  const upload: MultipartUpload = {
    ...readAttributes(request.headers),
    ...readLock(bucket, request.headers, context.clock.now()),
    uploadId: randomBytes(48).toString("base64url"),
    key,
    initiated: store.now(),
    initiator: context.session?.sessionArn ?? "",
    algorithm,
    checksumType: checksumType(request.headers, algorithm, wanted !== undefined),
    algorithmRequested: wanted !== undefined,
    parts: new Map(),
  };
  bucket.uploads.set(upload.uploadId, upload);
  return xmlAnswer(
    "InitiateMultipartUploadResult",
    { Bucket: bucket.name, Key: key, UploadId: upload.uploadId },
    {
      ...upload.encryption,
      ...(wanted
        ? { "x-amz-checksum-algorithm": algorithm, "x-amz-checksum-type": upload.checksumType }
        : {}),
    },
  );
};

/** Which types an algorithm may have: https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity-upload.html */
function checksumType(
  headers: IncomingHttpHeaders,
  algorithm: ChecksumAlgorithm,
  requested: boolean,
): ChecksumType {
  const wanted = header(headers, "x-amz-checksum-type");
  if (wanted !== undefined && !requested) {
    throw invalidRequest(
      "The x-amz-checksum-type header can only be used with the x-amz-checksum-algorithm header.",
    );
  }
  const type = wanted ?? (algorithm === "CRC64NVME" ? "FULL_OBJECT" : "COMPOSITE");
  const composite = type === "COMPOSITE" && algorithm !== "CRC64NVME";
  const full = type === "FULL_OBJECT" && algorithm.startsWith("CRC");
  if (composite || full) return type;
  throw invalidRequest(
    `The ${type} checksum type cannot be used with the ${algorithm.toLowerCase()} checksum algorithm.`,
  );
}

const uploadPart: S3Handler = async (call) => {
  const { request, store, bucket } = call;
  const upload = findUpload(call);
  const partNumber = parsePartNumber(request.query.get("partNumber"));
  checkPartAlgorithm(upload, request.headers);
  const { blob, md5, checksum, verified } = await receiveBody(request.message, store.blobs, {
    otherwise: upload.algorithm,
  });
  if (bucket.lock && (upload.retention || upload.legalHold) && !verified) {
    throw invalidRequest(
      "Content-MD5 OR x-amz-checksum- HTTP header is required for Put Part requests with Object Lock parameters",
    );
  }
  findUpload(call);
  upload.parts.set(partNumber, { blob, etag: md5, checksum, lastModified: store.now() });
  return {
    status: 200,
    headers: { etag: `"${md5}"`, ...upload.encryption, [headerName(checksum.algorithm)]: checksum.value },
    body: null,
  };
};

/** Parts of an upload with an algorithm of the client's choice must carry that checksum. */
function checkPartAlgorithm(upload: MultipartUpload, headers: IncomingHttpHeaders): void {
  const names = [...Object.keys(headers), ...(header(headers, "x-amz-trailer") ?? "").split(",")];
  const found = names
    .map((name) => /^x-amz-checksum-(\w+)$/.exec(name.trim())?.[1])
    .find((algorithm) => algorithm !== undefined);
  if (found === upload.algorithm.toLowerCase()) return;
  if (found === undefined && !upload.algorithmRequested) return;
  throw invalidRequest(
    `Checksum Type mismatch occurred, expected checksum Type: ${upload.algorithm.toLowerCase()}, actual checksum Type: ${found ?? "null"}`,
  );
}

const abort: S3Handler = (call) => {
  call.bucket.uploads.delete(findUpload(call).uploadId);
  return { status: 204, headers: {}, body: null };
};

const listParts: S3Handler = (call) => {
  const { request, bucket, key } = call;
  const upload = findUpload(call);
  const limit = pageSize(request.query, "max-parts");
  const marker = pageSize(request.query, "part-number-marker", 10_000);
  const after = [...upload.parts.entries()]
    .filter(([number]) => !request.query.has("part-number-marker") || number > marker)
    .sort(([a], [b]) => a - b);
  const page = after.slice(0, limit);
  return xmlAnswer("ListPartsResult", {
    Bucket: bucket.name,
    Key: key,
    UploadId: upload.uploadId,
    PartNumberMarker: request.query.has("part-number-marker") ? marker : 0,
    NextPartNumberMarker: page.at(-1)?.[0] ?? 0,
    MaxParts: limit,
    IsTruncated: after.length > page.length,
    ...(upload.algorithmRequested
      ? { ChecksumAlgorithm: upload.algorithm, ChecksumType: upload.checksumType }
      : {}),
    StorageClass: upload.storageClass,
    Part: page.map(([number, part]) => ({
      PartNumber: number,
      LastModified: new Date(part.lastModified).toISOString(),
      ETag: `"${part.etag}"`,
      Size: part.blob.size,
      ...(part.checksum ? { [elementName(part.checksum.algorithm)]: part.checksum.value } : {}),
    })),
  });
};

const listUploads: S3Handler = ({ bucket, request: { query } }) => {
  const [limit, encode] = [pageSize(query, "max-uploads"), keyEncoder(query)];
  const [prefix, keyMarker] = [query.get("prefix") ?? "", query.get("key-marker") ?? ""];
  const idMarker = query.get("upload-id-marker") ?? "";
  const after = [...bucket.uploads.values()]
    .filter(({ key }) => key.startsWith(prefix))
    .filter(
      ({ key, uploadId }) => key > keyMarker || (key === keyMarker && idMarker !== "" && uploadId > idMarker),
    )
    .sort((a, b) => (a.key === b.key ? (a.uploadId < b.uploadId ? -1 : 1) : a.key < b.key ? -1 : 1));
  const page = after.slice(0, limit);
  const last = page.at(-1);
  const truncated = after.length > page.length;
  return xmlAnswer("ListMultipartUploadsResult", {
    Bucket: bucket.name,
    Prefix: encode(prefix),
    KeyMarker: encode(keyMarker),
    UploadIdMarker: idMarker,
    NextKeyMarker: truncated && last ? encode(last.key) : undefined,
    NextUploadIdMarker: truncated ? last?.uploadId : undefined,
    MaxUploads: limit,
    IsTruncated: truncated,
    EncodingType: query.get("encoding-type"),
    Upload: page.map((upload) => ({
      Key: encode(upload.key),
      UploadId: upload.uploadId,
      Initiator: { ID: upload.initiator },
      StorageClass: upload.storageClass,
      Initiated: new Date(upload.initiated).toISOString(),
    })),
  });
};

export const MULTIPART_HANDLERS: Readonly<Record<string, S3Handler>> = {
  CreateMultipartUpload: create,
  UploadPart: uploadPart,
  CompleteMultipartUpload: completeMultipartUpload,
  AbortMultipartUpload: abort,
  ListParts: listParts,
  ListMultipartUploads: listUploads,
};
