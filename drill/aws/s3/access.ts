/** Which permissions an S3 call needs, held against the bucket's policy. https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-with-s3-policy-actions.html */
import type { CallContext } from "../service.ts";
import type { Bucket } from "./bucket.ts";
import { accessDenied } from "./errors.ts";
import { isDenied } from "./policy.ts";
import { header, type S3Call, type S3Request } from "./request.ts";

/** Operation to the actions it needs; with a version id, the action on versions instead. */
const ACTIONS: Readonly<Record<string, readonly string[]>> = {
  HeadBucket: ["ListBucket"],
  ListObjectsV2: ["ListBucket"],
  ListObjectVersions: ["ListBucketVersions"],
  ListMultipartUploads: ["ListBucketMultipartUploads"],
  GetObjectLockConfiguration: ["GetBucketObjectLockConfiguration"],
  GetBucketLifecycleConfiguration: ["GetLifecycleConfiguration"],
  HeadObject: ["GetObject"],
  GetObjectAttributes: ["GetObject", "GetObjectAttributes"],
  CopyObject: ["PutObject"],
  CreateMultipartUpload: ["PutObject"],
  UploadPart: ["PutObject"],
  UploadPartCopy: ["PutObject"],
  CompleteMultipartUpload: ["PutObject"],
  ListParts: ["ListMultipartUploadParts"],
};

const VERSION_ACTIONS: Readonly<Record<string, string>> = {
  GetObject: "GetObjectVersion",
  GetObjectAttributes: "GetObjectVersionAttributes",
  DeleteObject: "DeleteObjectVersion",
};

/** Throws AccessDenied when the bucket's policy denies the call. */
export function checkAccess(operation: string, { bucket, key, request, context }: S3Call): void {
  const versioned = request.query.has("versionId");
  const actions = (ACTIONS[operation] ?? [operation]).map((action) =>
    versioned ? (VERSION_ACTIONS[action] ?? action) : action,
  );
  if (header(request.headers, "x-amz-bypass-governance-retention") === "true") {
    actions.push("BypassGovernanceRetention");
  }
  if (request.headers["x-amz-object-lock-mode"] !== undefined) actions.push("PutObjectRetention");
  if (request.headers["x-amz-object-lock-legal-hold"] !== undefined) actions.push("PutObjectLegalHold");
  for (const action of actions) checkAction(action, bucket, key, request, context);
}

/** Throws AccessDenied when the source's policy denies reading what is to be copied. */
export function checkSourceAccess(
  source: { bucket: Bucket; key: string; versionId: string | undefined },
  { request, context }: S3Call,
): void {
  const action = source.versionId === undefined ? "GetObject" : "GetObjectVersion";
  checkAction(action, source.bucket, source.key, request, context);
}

function checkAction(
  action: string,
  bucket: Bucket,
  key: string,
  request: S3Request,
  { session, accountId, clock }: CallContext,
): void {
  const resource = `arn:aws:s3:::${bucket.name}${key === "" ? "" : `/${key}`}`;
  const principal = { roleArn: session?.roleArn ?? "", sessionArn: session?.sessionArn ?? "", accountId };
  const conditions = {
    ...requestConditions(request, clock.now()),
    "aws:principalarn": principal.roleArn,
    "aws:principalaccount": accountId,
    // Loopback stands in for TLS: a policy that wants TLS lets the drill's requests pass.
    "aws:securetransport": "true",
  };
  if (!isDenied(bucket.policy, { action: `s3:${action}`, resource, principal, conditions })) return;
  throw accessDenied(
    `User: ${principal.sessionArn} is not authorized to perform: s3:${action} on resource: "${resource}" with an explicit deny in a resource-based policy`,
  );
}

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/amazon-s3-policy-keys.html */
function requestConditions({ headers, query }: S3Request, now: number): Record<string, string | undefined> {
  const until = header(headers, "x-amz-object-lock-retain-until-date");
  return {
    "s3:prefix": query.get("prefix"),
    "s3:versionid": query.get("versionId"),
    "s3:x-amz-server-side-encryption": header(headers, "x-amz-server-side-encryption"),
    "s3:x-amz-server-side-encryption-aws-kms-key-id": header(
      headers,
      "x-amz-server-side-encryption-aws-kms-key-id",
    ),
    "s3:x-amz-metadata-directive": header(headers, "x-amz-metadata-directive"),
    "s3:x-amz-copy-source": header(headers, "x-amz-copy-source"),
    "s3:object-lock-mode": header(headers, "x-amz-object-lock-mode"),
    "s3:object-lock-retain-until-date": until,
    "s3:object-lock-remaining-retention-days":
      until === undefined ? undefined : String(Math.floor((Date.parse(until) - now) / 86_400_000)),
    "s3:object-lock-legal-hold": header(headers, "x-amz-object-lock-legal-hold"),
    "s3:if-none-match": header(headers, "if-none-match"),
    "s3:if-match": header(headers, "if-match"),
  };
}
