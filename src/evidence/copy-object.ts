import { CopyObjectCommand, HeadObjectCommand } from "@aws-sdk/client-s3";
import { base64ToHex } from "../vault/digest.ts";
import { headObject, isTaken } from "../vault/vault.ts";
import { copyInParts } from "./copy-in-parts.ts";
import { type Copied, type CopyContext, type CopyOrder, copySource } from "./copy-order.ts";
import { patiently } from "./patience.ts";
import type { LaneEntrance, Scheduler } from "./scheduler.ts";
import type { ManifestItem } from "./source-schema.ts";

/**
 * Copying inside S3: no byte of the copied object passes through the runner, and S3 computes the SHA-256
 * (https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html). A copy keeps the metadata of its source,
 * which is evidence too; CopyObject could add a label only by replacing it.
 */

export type { Copied, CopyContext, CopyOrder, CopyOrigin } from "./copy-order.ts";

/**
 * "At least 3,500 PUT/COPY/POST/DELETE requests per second per partitioned prefix"
 * (https://docs.aws.amazon.com/AmazonS3/latest/userguide/optimizing-performance.html): the runner and the way to S3
 * are slower than that, so what limits copies is how many are under way.
 */
const COPIES_AT_ONCE = 48;

/** The lane of all copies into the vault. */
export function copyLane(scheduler: Scheduler): LaneEntrance {
  return scheduler.for("s3:CopyObject", { atOnce: COPIES_AT_ONCE });
}

/** Above this CopyObject refuses. */
export const LARGEST_COPY = 5 * 1024 ** 3;

/**
 * Copies one object into the capture, unless it is there already: from an interrupted run (`context.present`), or from
 * a try whose answer got lost. All sources' copies share one lane (`copyLane`).
 *
 * @throws Error `PreconditionFailed` when the source is no longer the object that was listed, `NoSuchVersion` or
 * `NoSuchKey` when it has vanished; a plain Error when what lies at the destination is something else.
 */
export async function copyIntoCapture(context: CopyContext, order: CopyOrder): Promise<ManifestItem> {
  const there = context.present.has(order.destination) ? await existingCopy(context, order) : undefined;
  return copyItem(order, there ?? (await copyAnew(context, order)));
}

/** The manifest's item for a copy that is in the vault. */
export function copyItem(order: CopyOrder, copied: Copied, detail?: ManifestItem["detail"]): ManifestItem {
  const details = { ...(copied.composite ? { compositeSha256: copied.composite } : {}), ...detail };
  return {
    source: order.source,
    key: order.destination,
    versionId: copied.versionId,
    size: order.size,
    sha256: copied.sha256,
    method: "copy",
    collectedAt: copied.collectedAt.toISOString(),
    origin: {
      uri: `s3://${order.bucket}/${order.key}`,
      ...(order.versionId === undefined ? {} : { versionId: order.versionId }),
      lastModified: order.lastModified.toISOString(),
      etag: order.etag,
    },
    ...(Object.keys(details).length > 0 ? { detail: details } : {}),
  };
}

async function copyAnew(context: CopyContext, order: CopyOrder): Promise<Copied> {
  try {
    return order.size > LARGEST_COPY
      ? await copyInParts(context, order, copyLane(context.scheduler))
      : await copyWhole(context, order);
  } catch (error) {
    // Taken by another run, or by a try of this one whose answer got lost.
    const found = isTaken(error) ? await existingCopy(context, order) : undefined;
    if (found) return found;
    throw error;
  }
}

async function copyWhole(context: CopyContext, order: CopyOrder): Promise<Copied> {
  const { CopyObjectResult, VersionId } = await copyLane(context.scheduler).run(() =>
    context.aws.s3.send(
      new CopyObjectCommand({
        Bucket: context.vault.bucket,
        Key: order.destination,
        ...copySource(order),
        ChecksumAlgorithm: "SHA256",
        // Left to themselves, copies take their source's tags along, which needs a permission on both buckets.
        TaggingDirective: "REPLACE",
        IfNoneMatch: "*",
        ...context.vault.terms?.lock(),
      }),
    ),
  );
  const checksum = CopyObjectResult?.ChecksumSHA256;
  if (!checksum) throw new Error("S3 copied it and gave no SHA-256");
  return { versionId: VersionId ?? null, sha256: base64ToHex(checksum), collectedAt: context.clock.now() };
}

/**
 * The copy that lies at the destination; undefined when there is none.
 * @throws Error when it cannot be a copy of what was listed: another size, or older than a source without versions.
 */
export async function existingCopy(context: CopyContext, order: CopyOrder): Promise<Copied | undefined> {
  const { destination, size } = order;
  const found = await patiently(context.clock, () => headObject(context.vault, destination));
  if (!found) return undefined;
  const place = `s3://${context.vault.bucket}/${destination} is there already`;
  if (found.size !== size) throw new Error(`${place}, with ${found.size} bytes instead of ${size}`);
  // A HEAD gives whole seconds, a listing may give more.
  const changedAt = Math.floor(order.lastModified.getTime() / 1000) * 1000;
  if (order.versionId === undefined && found.lastModified.getTime() < changedAt) {
    throw new Error(`${place}, copied before the source was last changed`);
  }
  const { versionId, sha256, lastModified: collectedAt } = found;
  if (sha256 !== null) return { versionId, sha256, collectedAt };
  return { versionId, sha256, collectedAt, composite: await compositeOf(context, destination) };
}

async function compositeOf(context: CopyContext, destination: string): Promise<string> {
  const head = new HeadObjectCommand({
    Bucket: context.vault.bucket,
    Key: destination,
    ChecksumMode: "ENABLED",
  });
  const { ChecksumSHA256 } = await patiently(context.clock, () => context.aws.s3.send(head));
  return ChecksumSHA256 ?? "none";
}
