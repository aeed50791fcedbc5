/** Buckets themselves: their list, location, versioning and policy. */
import type { Answer } from "../call.ts";
import { xmlAnswer } from "./answers.ts";
import { receiveText } from "./body.ts";
import type { S3Handler } from "./endpoint.ts";
import { S3Error } from "./errors.ts";
import { parsePolicy } from "./policy.ts";
import type { S3Store } from "./store.ts";

/** A bucket policy may be 20 KB. */
const POLICY_LIMIT_BYTES = 20 * 1024;

export function listBuckets(store: S3Store): Answer {
  const { accountId } = store.account;
  const buckets = store.buckets().map(({ name, createdAt }) => ({
    Name: name,
    CreationDate: new Date(createdAt).toISOString(),
  }));
  return xmlAnswer("ListAllMyBucketsResult", { Owner: { ID: accountId }, Buckets: { Bucket: buckets } });
}

const headBucket: S3Handler = ({ store }) => ({
  status: 200,
  headers: { "x-amz-bucket-region": store.account.region },
  body: null,
});

/** us-east-1 answers with an empty element, as it always has. */
const getLocation: S3Handler = ({ store: { account } }) =>
  xmlAnswer("LocationConstraint", account.region === "us-east-1" ? {} : { "#text": account.region });

const getVersioning: S3Handler = ({ bucket }) =>
  xmlAnswer("VersioningConfiguration", bucket.versioned ? { Status: "Enabled" } : {});

const getPolicy: S3Handler = ({ bucket }) => {
  if (!bucket.policy) {
    throw new S3Error("NoSuchBucketPolicy", "The bucket policy does not exist", 404, {
      details: { BucketName: bucket.name },
    });
  }
  return { status: 200, headers: { "content-type": "application/json" }, body: bucket.policy.text };
};

const putPolicy: S3Handler = async ({ bucket, request, store }) => {
  bucket.policy = parsePolicy(await receiveText(request.message, store.blobs, { limit: POLICY_LIMIT_BYTES }));
  return { status: 204, headers: {}, body: null };
};

const getLifecycle: S3Handler = ({ bucket }) => {
  if (bucket.lifecycle.length === 0) {
    throw new S3Error("NoSuchLifecycleConfiguration", "The lifecycle configuration does not exist", 404, {
      details: { BucketName: bucket.name },
    });
  }
  return xmlAnswer("LifecycleConfiguration", { Rule: bucket.lifecycle });
};

export const CONFIGURATION_HANDLERS: Readonly<Record<string, S3Handler>> = {
  HeadBucket: headBucket,
  GetBucketLocation: getLocation,
  GetBucketVersioning: getVersioning,
  GetBucketPolicy: getPolicy,
  PutBucketPolicy: putPolicy,
  GetBucketLifecycleConfiguration: getLifecycle,
};
