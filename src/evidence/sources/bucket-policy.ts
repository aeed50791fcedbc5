import { sha256 } from "../../vault/digest.ts";
import { livePolicy } from "../audit-trail/live-policy.ts";
import type { SourceContext } from "../context.ts";
import { putDocument } from "../item-writer.ts";
import { patiently } from "../patience.ts";
import type { ManifestItem } from "../source-schema.ts";

/** The document's name in a capture, less `.json`. */
export const POLICY_DOCUMENT = "s3/audit-bucket-policy";

/** The audit bucket's policy as it stands; null in the document when the bucket has none. Read-only. */
export async function documentBucketPolicy(context: SourceContext): Promise<ManifestItem[]> {
  const bucket = context.target.auditBucket;
  const text = await patiently(context.clock, () => livePolicy(context.aws.s3, bucket));
  const policy = text === null ? null : (JSON.parse(text) as unknown);
  return putDocument(context, {
    source: "audit-logs",
    name: POLICY_DOCUMENT,
    uri: `s3://${bucket}?policy`,
    // The digest is of the text as S3 gave it.
    value: { bucket, policy, sha256: text === null ? null : sha256(text) },
  });
}
