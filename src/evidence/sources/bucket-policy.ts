import { GetBucketPolicyCommand } from "@aws-sdk/client-s3";
import { sha256 } from "../../vault/digest.ts";
import type { SourceContext } from "../context.ts";
import { putDocument } from "../item-writer.ts";
import { patiently } from "../patience.ts";
import type { ManifestItem } from "../source-schema.ts";

/** The audit bucket's policy as it stands, `s3/audit-bucket-policy.json`; null in it when the bucket has none. Read-only. */
export async function documentBucketPolicy(context: SourceContext): Promise<ManifestItem[]> {
  const bucket = context.target.auditBucket;
  const text = await patiently(context.clock, () => readPolicy(context, bucket));
  const policy = text === null ? null : (JSON.parse(text) as unknown);
  return putDocument(context, {
    source: "audit-logs",
    name: "s3/audit-bucket-policy",
    uri: `s3://${bucket}?policy`,
    // The digest is of the text as S3 gave it.
    value: { bucket, policy, sha256: text === null ? null : sha256(text) },
  });
}

async function readPolicy({ aws }: SourceContext, Bucket: string): Promise<string | null> {
  try {
    return (await aws.s3.send(new GetBucketPolicyCommand({ Bucket }))).Policy ?? null;
  } catch (error) {
    if (error instanceof Error && error.name === "NoSuchBucketPolicy") return null;
    throw error;
  }
}
