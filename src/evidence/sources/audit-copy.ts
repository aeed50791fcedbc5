import {
  type CompletedPart,
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateMultipartUploadCommand,
  HeadObjectCommand,
  UploadPartCopyCommand,
} from "@aws-sdk/client-s3";
import { base64ToHex } from "../../vault/digest.ts";
import { headObject, isTaken } from "../../vault/vault.ts";
import type { SourceContext } from "../context.ts";
import type { AdaptiveLimit } from "../limit.ts";
import type { ManifestItem } from "../manifest.ts";
import { patiently } from "../patience.ts";
import type { AuditVersion } from "./audit-versions.ts";

/**
 * Copying inside S3: no byte of the audit bucket passes through the runner, and S3 computes the SHA-256
 * (https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html). A copy keeps the metadata of its source,
 * which is evidence too; CopyObject could add a label only by replacing it.
 */

const LARGEST_COPY = 5 * 1024 ** 3;
const PART_BYTES = 1024 ** 3;
const MOST_PARTS = 10_000;

interface Copied {
  versionId: string | null;
  sha256: string | null;
  collectedAt: Date;
  composite?: string;
}

/** Copies one version to `destination`, unless it is there already. @throws Error when what is there differs in size. */
export async function copyVersion(
  context: SourceContext,
  version: AuditVersion,
  destination: string,
  limit: AdaptiveLimit,
): Promise<ManifestItem> {
  const copied =
    (context.present.has(destination) ? await existing(context, version, destination) : undefined) ??
    (await copyAnew(context, version, destination, limit));
  const bucket = context.target.auditBucket;
  return {
    source: "audit-logs",
    key: destination,
    versionId: copied.versionId,
    size: version.size,
    sha256: copied.sha256,
    method: "copy",
    collectedAt: copied.collectedAt.toISOString(),
    origin: {
      uri: `s3://${bucket}/${version.key}`,
      versionId: version.versionId,
      lastModified: version.lastModified.toISOString(),
      etag: version.etag,
    },
    ...(copied.composite ? { detail: { compositeSha256: copied.composite } } : {}),
  };
}

async function copyAnew(
  context: SourceContext,
  version: AuditVersion,
  destination: string,
  limit: AdaptiveLimit,
): Promise<Copied> {
  try {
    return await patiently(
      context.clock,
      () =>
        version.size > LARGEST_COPY
          ? copyInParts(context, version, destination)
          : copyWhole(context, version, destination, limit),
      () => limit.slowDown(),
    );
  } catch (error) {
    // Taken by another run, or by a try of this one whose answer got lost.
    const found = isTaken(error) ? await existing(context, version, destination) : undefined;
    if (found) return found;
    throw error;
  }
}

async function copyWhole(
  context: SourceContext,
  version: AuditVersion,
  destination: string,
  limit: AdaptiveLimit,
): Promise<Copied> {
  const { CopyObjectResult, VersionId, $metadata } = await context.aws.s3.send(
    new CopyObjectCommand({
      Bucket: context.vault.bucket,
      Key: destination,
      ...copySource(context, version),
      ChecksumAlgorithm: "SHA256",
      IfNoneMatch: "*",
      ...context.vault.terms?.lock(),
    }),
  );
  if (($metadata.attempts ?? 1) > 1) limit.slowDown();
  const checksum = CopyObjectResult?.ChecksumSHA256;
  if (!checksum) throw new Error("S3 copied it and gave no SHA-256");
  return { versionId: VersionId ?? null, sha256: base64ToHex(checksum), collectedAt: context.clock.now() };
}

/** Above 5 GiB: part by part. The checksum of the whole is then composite, a hash of the parts' hashes. */
async function copyInParts(
  context: SourceContext,
  version: AuditVersion,
  destination: string,
): Promise<Copied> {
  const where = { Bucket: context.vault.bucket, Key: destination };
  const { s3 } = context.aws;
  const { UploadId } = await s3.send(
    new CreateMultipartUploadCommand({
      ...where,
      ChecksumAlgorithm: "SHA256",
      Metadata: { ...context.vault.terms?.metadata },
      ...context.vault.terms?.lock(),
    }),
  );
  const partBytes = Math.max(PART_BYTES, Math.ceil(version.size / MOST_PARTS));
  const Parts: CompletedPart[] = [];
  for (let start = 0; start < version.size; start += partBytes) {
    const PartNumber = Parts.length + 1;
    const CopySourceRange = `bytes=${start}-${Math.min(start + partBytes, version.size) - 1}`;
    const part = new UploadPartCopyCommand({
      ...where,
      UploadId,
      PartNumber,
      CopySourceRange,
      ...copySource(context, version),
    });
    const { CopyPartResult } = await patiently(context.clock, () => s3.send(part));
    Parts.push({ PartNumber, ETag: CopyPartResult?.ETag, ChecksumSHA256: CopyPartResult?.ChecksumSHA256 });
  }
  const done = await s3.send(
    new CompleteMultipartUploadCommand({ ...where, UploadId, MultipartUpload: { Parts }, IfNoneMatch: "*" }),
  );
  return {
    versionId: done.VersionId ?? null,
    sha256: null,
    composite: done.ChecksumSHA256 ?? "none",
    collectedAt: context.clock.now(),
  };
}

function copySource(context: SourceContext, version: AuditVersion) {
  const key = version.key.split("/").map(encodeURIComponent).join("/");
  return {
    CopySource: `${context.target.auditBucket}/${key}?versionId=${encodeURIComponent(version.versionId)}`,
    CopySourceIfMatch: version.etag,
  };
}

async function existing(
  context: SourceContext,
  version: AuditVersion,
  destination: string,
): Promise<Copied | undefined> {
  const found = await patiently(context.clock, () => headObject(context.vault, destination));
  if (!found) return undefined;
  if (found.size !== version.size) {
    throw new Error(
      `s3://${context.vault.bucket}/${destination} is there already, with ${found.size} bytes instead of ${version.size}`,
    );
  }
  const { versionId, sha256, lastModified: collectedAt } = found;
  if (sha256 !== null) return { versionId, sha256, collectedAt };
  return { versionId, sha256, collectedAt, composite: await compositeOf(context, destination) };
}

async function compositeOf(context: SourceContext, destination: string): Promise<string> {
  const head = new HeadObjectCommand({
    Bucket: context.vault.bucket,
    Key: destination,
    ChecksumMode: "ENABLED",
  });
  const { ChecksumSHA256 } = await patiently(context.clock, () => context.aws.s3.send(head));
  return ChecksumSHA256 ?? "none";
}
