/** Which actions S3's operations need. https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-with-s3-policy-actions.html */

/** Those whose actions are not named as they are. */
const ACTIONS: Readonly<Record<string, readonly string[]>> = {
  HeadBucket: ["ListBucket"],
  ListBuckets: ["ListAllMyBuckets"],
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

/**
 * What these headers of an answer need; S3 leaves them out for whoever has it not.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html#API_GetObject_ResponseSyntax
 */
export const HEADER_ACTIONS: Readonly<Record<string, string>> = {
  "x-amz-object-lock-mode": "s3:GetObjectRetention",
  "x-amz-object-lock-retain-until-date": "s3:GetObjectRetention",
  "x-amz-object-lock-legal-hold": "s3:GetObjectLegalHold",
};

/** Operations that make an object of what they get, or of a copy. */
const CREATES = new Set(["PutObject", "CopyObject", "CompleteMultipartUpload"]);

/** With the prefix `s3:`. On a version some operations need another action; what a copy reads is `s3SourceAction`'s. */
export function s3ActionsOf(operation: string, onVersion: boolean): string[] {
  return (ACTIONS[operation] ?? [operation]).map(
    (action) => `s3:${onVersion ? (VERSION_ACTIONS[action] ?? action) : action}`,
  );
}

/** What reading a copy's source needs. */
export function s3SourceAction(onVersion: boolean): string {
  return onVersion ? "s3:GetObjectVersion" : "s3:GetObject";
}

export const readsObject = (operation: string): boolean => /^(Get|Head)Object$/.test(operation);

export const isCopy = (operation: string): boolean => /Copy/.test(operation);

/** `s3:ObjectCreationOperation`: https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes-enforce.html */
export const createsObject = (operation: string): boolean => CREATES.has(operation);
