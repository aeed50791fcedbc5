/** Which permissions an S3 call needs, held against what the caller's role allows and what the bucket's policy denies. */
import {
  createsObject,
  HEADER_ACTIONS,
  readsObject,
  s3ActionsOf,
  s3SourceAction,
} from "../access/s3-actions.ts";
import type { Answer } from "../call.ts";
import type { AwsError } from "../errors.ts";
import type { CallContext } from "../service.ts";
import type { Bucket } from "./bucket.ts";
import { accessDenied } from "./errors.ts";
import { isDenied } from "./policy.ts";
import { header, type S3Call, type S3Request } from "./request.ts";

/** Throws AccessDenied when the caller's role does not allow the call, or the bucket's policy denies it. */
export function checkAccess(operation: string, { bucket, key, request, context }: S3Call): void {
  const actions = s3ActionsOf(operation, request.query.has("versionId"));
  if (header(request.headers, "x-amz-bypass-governance-retention") === "true") {
    actions.push("s3:BypassGovernanceRetention");
  }
  if (request.headers["x-amz-object-lock-mode"] !== undefined) actions.push("s3:PutObjectRetention");
  if (request.headers["x-amz-object-lock-legal-hold"] !== undefined) actions.push("s3:PutObjectLegalHold");
  const creates = { "s3:objectcreationoperation": String(createsObject(operation)) };
  for (const action of actions) checkAction(action, bucket, key, request, context, creates);
}

/**
 * Whoever may not list the bucket is not told that an object is missing: throws AccessDenied in place of that error.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html
 */
export function hideMissing(operation: string, error: AwsError, { bucket, request, context }: S3Call): void {
  if (readsObject(operation) && error.httpStatus === 404)
    checkAction("s3:ListBucket", bucket, "", request, context);
}

/** An answer without the headers that the caller may not see. */
export function hideHeaders(operation: string, answer: Answer, { bucket, key, context }: S3Call): Answer {
  if (!readsObject(operation)) return answer;
  const resource = `arn:aws:s3:::${bucket.name}/${key}`;
  const shown = Object.entries(answer.headers).filter(([name]) => {
    const action = HEADER_ACTIONS[name];
    return action === undefined || context.permissions.has({ action, resource, context: {} });
  });
  return { ...answer, headers: Object.fromEntries(shown) };
}

/** Throws AccessDenied when reading what is to be copied is not allowed, or denied by its bucket's policy. */
export function checkSourceAccess(
  source: { bucket: Bucket; key: string; versionId: string | undefined },
  { request, context }: S3Call,
): void {
  checkAction(s3SourceAction(source.versionId !== undefined), source.bucket, source.key, request, context);
}

function checkAction(
  action: string,
  bucket: Bucket,
  key: string,
  request: S3Request,
  { session, accountId, clock, permissions }: CallContext,
  more: Readonly<Record<string, string>> = {},
): void {
  const resource = `arn:aws:s3:::${bucket.name}${key === "" ? "" : `/${key}`}`;
  const principal = { roleArn: session?.roleArn ?? "", sessionArn: session?.sessionArn ?? "", accountId };
  const carried = { ...requestConditions(request, clock.now()), ...more };
  permissions.require({ action, resource, context: carried });
  const conditions = {
    ...carried,
    "aws:principalarn": principal.roleArn,
    "aws:principalaccount": accountId,
    // Loopback stands in for TLS: a policy that wants TLS lets the drill's requests pass.
    "aws:securetransport": "true",
  };
  if (!isDenied(bucket.policy, { action, resource, principal, conditions })) return;
  throw accessDenied(
    `User: ${principal.sessionArn} is not authorized to perform: ${action} on resource: "${resource}" with an explicit deny in a resource-based policy`,
  );
}

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/amazon-s3-policy-keys.html */
function requestConditions({ headers, query }: S3Request, now: number): Record<string, string> {
  const until = header(headers, "x-amz-object-lock-retain-until-date");
  const keys = {
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
  return Object.fromEntries(
    Object.entries(keys).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
}
