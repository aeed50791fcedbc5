import { AbortMultipartUploadCommand, ListMultipartUploadsCommand } from "@aws-sdk/client-s3";
import type { Clock } from "../ports.ts";
import type { Vault } from "../vault/vault.ts";
import { pages } from "./pages.ts";
import { patiently } from "./patience.ts";

/**
 * Aborts the multipart uploads that a killed run left behind below `folder`. Their parts are no objects and belong to
 * no item, so no evidence is lost; without this they would be stored, and paid for, for ever
 * (https://docs.aws.amazon.com/AmazonS3/latest/userguide/mpuoverview.html).
 * @returns how many there were.
 */
export async function abortLeftovers(vault: Vault, clock: Clock, folder: string): Promise<number> {
  let aborted = 0;
  const uploads = pages(
    clock,
    (marker: { KeyMarker?: string; UploadIdMarker?: string } | undefined) =>
      vault.s3.send(new ListMultipartUploadsCommand({ Bucket: vault.bucket, Prefix: folder, ...marker })),
    ({ IsTruncated, NextKeyMarker, NextUploadIdMarker }) =>
      IsTruncated && NextKeyMarker
        ? { KeyMarker: NextKeyMarker, ...(NextUploadIdMarker ? { UploadIdMarker: NextUploadIdMarker } : {}) }
        : undefined,
  );
  for await (const { Uploads } of uploads) {
    for (const { Key, UploadId } of Uploads ?? []) {
      const command = new AbortMultipartUploadCommand({ Bucket: vault.bucket, Key, UploadId });
      try {
        await patiently(clock, () => vault.s3.send(command));
        aborted += 1;
      } catch (error) {
        if ((error as Error).name !== "NoSuchUpload") throw error;
      }
    }
  }
  return aborted;
}
