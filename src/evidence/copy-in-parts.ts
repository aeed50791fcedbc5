import {
  AbortMultipartUploadCommand,
  type CompletedPart,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  UploadPartCopyCommand,
} from "@aws-sdk/client-s3";
import { type Copied, type CopyContext, type CopyOrder, copySource } from "./copy-order.ts";
import { eachOf } from "./each.ts";
import type { LaneEntrance } from "./scheduler.ts";

/**
 * Copies above 5 GiB: part by part, inside S3 all the same
 * (https://docs.aws.amazon.com/AmazonS3/latest/userguide/CopyingObjectsMPUapi.html).
 */

const PART_BYTES = 1024 ** 3;
/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html */
const MOST_PARTS = 10_000;
const PARTS_AT_ONCE = 4;

/** The checksum of the whole is composite, a hash of the parts' hashes: S3 has no other SHA-256 for many parts. */
export async function copyInParts(
  context: CopyContext,
  order: CopyOrder,
  lane: LaneEntrance,
): Promise<Copied> {
  const { clock, vault } = context;
  const { s3 } = context.aws;
  const where = { Bucket: vault.bucket, Key: order.destination };
  const create = new CreateMultipartUploadCommand({
    ...where,
    ChecksumAlgorithm: "SHA256",
    Metadata: { ...vault.terms?.metadata },
    ...vault.terms?.lock(),
  });
  const { UploadId } = await lane.run(() => s3.send(create));
  try {
    const Parts = await copyParts(context, order, UploadId, lane);
    const complete = new CompleteMultipartUploadCommand({
      ...where,
      UploadId,
      MultipartUpload: { Parts },
      IfNoneMatch: "*",
    });
    const done = await lane.run(() => s3.send(complete));
    return {
      versionId: done.VersionId ?? null,
      sha256: null,
      composite: done.ChecksumSHA256 ?? "none",
      collectedAt: clock.now(),
    };
  } catch (error) {
    // Parts are no objects: without this they would be stored, and paid for, until somebody looks.
    await s3.send(new AbortMultipartUploadCommand({ ...where, UploadId })).catch(() => {});
    throw error;
  }
}

async function copyParts(
  context: CopyContext,
  order: CopyOrder,
  UploadId: string | undefined,
  lane: LaneEntrance,
): Promise<CompletedPart[]> {
  const parts: CompletedPart[] = [];
  await eachOf(ranges(order.size), PARTS_AT_ONCE, async ({ number, range }) => {
    const copy = new UploadPartCopyCommand({
      Bucket: context.vault.bucket,
      Key: order.destination,
      UploadId,
      PartNumber: number,
      CopySourceRange: range,
      ...copySource(order),
    });
    const { CopyPartResult } = await lane.run(() => context.aws.s3.send(copy));
    parts[number - 1] = {
      PartNumber: number,
      ETag: CopyPartResult?.ETag,
      ChecksumSHA256: CopyPartResult?.ChecksumSHA256,
    };
  });
  return parts;
}

function* ranges(size: number): Generator<{ number: number; range: string }> {
  const bytes = Math.max(PART_BYTES, Math.ceil(size / MOST_PARTS));
  for (let start = 0, number = 1; start < size; start += bytes, number += 1) {
    yield { number, range: `bytes=${start}-${Math.min(start + bytes, size) - 1}` };
  }
}
