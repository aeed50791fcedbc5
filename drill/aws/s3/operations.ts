/**
 * Which S3 operation a request means, and what it may carry. A query parameter or an `x-amz-*` header that an
 * operation does not list here is refused, never ignored. https://docs.aws.amazon.com/AmazonS3/latest/API/API_Operations_Amazon_Simple_Storage_Service.html
 */
import type { IncomingHttpHeaders } from "node:http";
import { notImplemented } from "../errors.ts";
import { ALGORITHMS, headerName } from "./checksums.ts";

export type S3OperationName = (typeof OPERATIONS)[number]["name"];

interface Operation {
  readonly name: string;
  readonly method: string;
  readonly level: "service" | "bucket" | "object";
  /** Query parameters that make the request this operation. */
  readonly marks: readonly string[];
  /** True when the copy-source header makes it this operation. */
  readonly copy?: boolean;
  /** Query parameters it may carry besides. */
  readonly query?: readonly string[];
  /** Headers it may carry besides those that every request may. */
  readonly headers?: readonly string[];
}

const CHECKSUMS = [...ALGORITHMS.map(headerName), "x-amz-sdk-checksum-algorithm"];
const BODY = [...CHECKSUMS, "x-amz-trailer", "x-amz-decoded-content-length", "content-md5"];
const LOCK = [
  "x-amz-object-lock-mode",
  "x-amz-object-lock-retain-until-date",
  "x-amz-object-lock-legal-hold",
];
const ATTRIBUTES = [
  "cache-control",
  "content-disposition",
  "content-encoding",
  "content-language",
  "content-type",
  "expires",
  "x-amz-storage-class",
  "x-amz-server-side-encryption",
  "x-amz-server-side-encryption-aws-kms-key-id",
  "x-amz-server-side-encryption-bucket-key-enabled",
];
const READ_CONDITIONS = ["if-match", "if-none-match", "if-modified-since", "if-unmodified-since"];
const WRITE_CONDITIONS = ["if-match", "if-none-match"];
const SOURCE = [
  "x-amz-copy-source",
  "x-amz-copy-source-if-match",
  "x-amz-copy-source-if-none-match",
  "x-amz-copy-source-if-modified-since",
  "x-amz-copy-source-if-unmodified-since",
  "x-amz-source-expected-bucket-owner",
];
const READ = ["range", "x-amz-checksum-mode", ...READ_CONDITIONS];
const PAGE = ["prefix", "delimiter", "max-keys", "encoding-type"];

const OPERATIONS = [
  { name: "ListBuckets", method: "GET", level: "service", marks: [] },
  { name: "HeadBucket", method: "HEAD", level: "bucket", marks: [] },
  { name: "GetBucketLocation", method: "GET", level: "bucket", marks: ["location"] },
  { name: "GetBucketVersioning", method: "GET", level: "bucket", marks: ["versioning"] },
  { name: "GetBucketPolicy", method: "GET", level: "bucket", marks: ["policy"] },
  { name: "PutBucketPolicy", method: "PUT", level: "bucket", marks: ["policy"], headers: BODY },
  { name: "GetBucketLifecycleConfiguration", method: "GET", level: "bucket", marks: ["lifecycle"] },
  { name: "GetObjectLockConfiguration", method: "GET", level: "bucket", marks: ["object-lock"] },
  {
    name: "ListObjectsV2",
    method: "GET",
    level: "bucket",
    marks: ["list-type"],
    query: [...PAGE, "continuation-token", "start-after", "fetch-owner"],
  },
  {
    name: "ListObjectVersions",
    method: "GET",
    level: "bucket",
    marks: ["versions"],
    query: [...PAGE, "key-marker", "version-id-marker"],
  },
  {
    name: "ListMultipartUploads",
    method: "GET",
    level: "bucket",
    marks: ["uploads"],
    query: ["prefix", "max-uploads", "key-marker", "upload-id-marker", "encoding-type"],
  },
  { name: "GetObject", method: "GET", level: "object", marks: [], query: ["versionId"], headers: READ },
  { name: "HeadObject", method: "HEAD", level: "object", marks: [], query: ["versionId"], headers: READ },
  {
    name: "PutObject",
    method: "PUT",
    level: "object",
    marks: [],
    headers: [...BODY, ...ATTRIBUTES, ...LOCK, ...WRITE_CONDITIONS],
  },
  {
    name: "CopyObject",
    method: "PUT",
    level: "object",
    marks: [],
    copy: true,
    headers: [
      ...SOURCE,
      ...ATTRIBUTES,
      ...LOCK,
      ...WRITE_CONDITIONS,
      "x-amz-checksum-algorithm",
      "x-amz-metadata-directive",
      "x-amz-tagging-directive",
    ],
  },
  {
    name: "DeleteObject",
    method: "DELETE",
    level: "object",
    marks: [],
    query: ["versionId"],
    headers: ["x-amz-bypass-governance-retention"],
  },
  {
    name: "CreateMultipartUpload",
    method: "POST",
    level: "object",
    marks: ["uploads"],
    headers: [...ATTRIBUTES, ...LOCK, "x-amz-checksum-algorithm", "x-amz-checksum-type"],
  },
  { name: "UploadPart", method: "PUT", level: "object", marks: ["uploadId", "partNumber"], headers: BODY },
  {
    name: "UploadPartCopy",
    method: "PUT",
    level: "object",
    marks: ["uploadId", "partNumber"],
    copy: true,
    headers: [...SOURCE, "x-amz-copy-source-range"],
  },
  {
    name: "CompleteMultipartUpload",
    method: "POST",
    level: "object",
    marks: ["uploadId"],
    headers: [
      ...WRITE_CONDITIONS,
      ...CHECKSUMS,
      "x-amz-checksum-type",
      "x-amz-mp-object-size",
      "content-md5",
    ],
  },
  { name: "AbortMultipartUpload", method: "DELETE", level: "object", marks: ["uploadId"] },
  {
    name: "ListParts",
    method: "GET",
    level: "object",
    marks: ["uploadId"],
    query: ["max-parts", "part-number-marker"],
  },
  {
    name: "GetObjectAttributes",
    method: "GET",
    level: "object",
    marks: ["attributes"],
    query: ["versionId"],
    headers: ["x-amz-object-attributes", "x-amz-max-parts", "x-amz-part-number-marker"],
  },
  { name: "GetObjectRetention", method: "GET", level: "object", marks: ["retention"], query: ["versionId"] },
  {
    name: "PutObjectRetention",
    method: "PUT",
    level: "object",
    marks: ["retention"],
    query: ["versionId"],
    headers: [...BODY, "x-amz-bypass-governance-retention"],
  },
  { name: "GetObjectLegalHold", method: "GET", level: "object", marks: ["legal-hold"], query: ["versionId"] },
  {
    name: "PutObjectLegalHold",
    method: "PUT",
    level: "object",
    marks: ["legal-hold"],
    query: ["versionId"],
    headers: BODY,
  },
] as const satisfies readonly Operation[];

/** Standard headers that change what S3 does; any other standard header is the transport's own affair. */
const MEANINGFUL = new Set([...ATTRIBUTES, ...READ_CONDITIONS, "range", "content-md5"]);
const ALWAYS = new Set([
  "x-amz-content-sha256",
  "x-amz-date",
  "x-amz-expected-bucket-owner",
  "x-amz-security-token",
  "x-amz-user-agent",
  // Sent by clients with any request, and without a meaning for most.
  "content-type",
]);

export interface RequestShape {
  method: string;
  level: Operation["level"];
  query: ReadonlyMap<string, string>;
  headers: IncomingHttpHeaders;
}

/** The operation that the request means; undefined when none is simulated. */
export function findOperation({ method, level, query, headers }: RequestShape): Operation | undefined {
  const copy = headers["x-amz-copy-source"] !== undefined;
  const candidates: readonly Operation[] = OPERATIONS;
  return candidates
    .filter((operation) => operation.method === method && operation.level === level)
    .filter((operation) => (operation.copy ?? false) === copy && fitsQuery(operation, query))
    .sort((a, b) => b.marks.length - a.marks.length)[0];
}

/** Every mark is there, and nothing that the operation does not know. */
function fitsQuery({ marks, query: more = [] }: Operation, query: ReadonlyMap<string, string>): boolean {
  const known = [...marks, ...more, "x-id"];
  return marks.every((mark) => query.has(mark)) && [...query.keys()].every((name) => known.includes(name));
}

/** Throws NotImplemented when the request carries a header that this operation does not simulate. */
export function refuseUnknownHeaders(operation: Operation, headers: IncomingHttpHeaders): void {
  const allowed = new Set(operation.headers ?? []);
  const takesMetadata = allowed.has("x-amz-storage-class");
  const header = Object.keys(headers).find((name) => {
    if (ALWAYS.has(name) || allowed.has(name)) return false;
    if (name.startsWith("x-amz-meta-")) return !takesMetadata;
    return name.startsWith("x-amz-") || MEANINGFUL.has(name);
  });
  if (header) throw notImplemented(`the header ${header} of s3:${operation.name}`);
}
