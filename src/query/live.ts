import { paginateListObjectsV2, type S3Client } from "@aws-sdk/client-s3";
import { auditPrefixes } from "../evidence/sources/audit-prefixes.ts";
import type { Target } from "../runbook/target.ts";
import type { AuditObject } from "./objects.ts";

/**
 * The audit bucket's objects of the days that a window touches, as they are now. No manifest vouches for them: what they
 * say is a hint, and no evidence.
 */
export async function* liveRecords(
  s3: S3Client,
  { auditBucket, auditLayout }: Pick<Target, "auditBucket" | "auditLayout">,
  window: { from: Date; to: Date },
): AsyncGenerator<AuditObject> {
  for (const prefix of auditPrefixes(auditLayout, window)) {
    for await (const page of paginateListObjectsV2({ client: s3 }, { Bucket: auditBucket, Prefix: prefix })) {
      for (const { Key: key, Size: size = 0 } of page.Contents ?? []) {
        if (key === undefined || key.endsWith("/")) continue;
        yield { bucket: auditBucket, key, versionId: null, size, sha256: null };
      }
    }
  }
}

/** The folder above all dates, for a table over it. */
export function liveFolder({
  auditBucket,
  auditLayout,
}: Pick<Target, "auditBucket" | "auditLayout">): string {
  const fixed = auditLayout.slice(0, auditLayout.indexOf("{"));
  return `s3://${auditBucket}/${fixed.slice(0, fixed.lastIndexOf("/") + 1)}`;
}
