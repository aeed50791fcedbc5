import { ListObjectVersionsCommand, type ListObjectVersionsCommandOutput } from "@aws-sdk/client-s3";
import type { Vault } from "./vault.ts";

/** One version of an object, or the marker that S3 puts where an object was deleted. */
export interface ListedVersion {
  key: string;
  deleteMarker: boolean;
}

/**
 * Every version and delete marker of every key below a prefix, key by key in the order of their UTF-8 bytes, as far as
 * one page goes. Needs `s3:ListBucketVersions`.
 */
export async function listVersions(vault: Vault, prefix: string): Promise<ListedVersion[]> {
  const listed: ListedVersion[] = [];
  let marker: { KeyMarker?: string; VersionIdMarker?: string } | undefined = {};
  while (marker) {
    const page: ListObjectVersionsCommandOutput = await vault.s3.send(
      new ListObjectVersionsCommand({
        Bucket: vault.bucket,
        Prefix: prefix,
        EncodingType: "url",
        ...marker,
      }),
    );
    for (const { Key = "" } of page.Versions ?? []) {
      listed.push({ key: decodedKey(Key), deleteMarker: false });
    }
    for (const { Key = "" } of page.DeleteMarkers ?? []) {
      listed.push({ key: decodedKey(Key), deleteMarker: true });
    }
    marker = nextMarker(page);
  }
  return listed;
}

/** Where the next page of a listing of versions begins; markers come back encoded as the keys do. */
export function nextMarker({
  IsTruncated,
  NextKeyMarker,
  NextVersionIdMarker,
}: Pick<ListObjectVersionsCommandOutput, "IsTruncated" | "NextKeyMarker" | "NextVersionIdMarker">):
  | { KeyMarker: string; VersionIdMarker?: string }
  | undefined {
  if (!IsTruncated || !NextKeyMarker) return undefined;
  return {
    KeyMarker: decodedKey(NextKeyMarker),
    ...(NextVersionIdMarker ? { VersionIdMarker: NextVersionIdMarker } : {}),
  };
}

/**
 * A key from a listing that was asked for URL-encoded, since XML cannot hold every character that a key may have
 * (https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectVersions.html).
 */
export function decodedKey(key: string): string {
  return decodeURIComponent(key.replaceAll("+", " "));
}
