/** Finding the version that a request means. */
import type { Bucket, ObjectVersion } from "./bucket.ts";
import { noSuchKey, noSuchVersion, S3Error } from "./errors.ts";

/** The version that a read means. Throws NoSuchKey, NoSuchVersion, or MethodNotAllowed for a delete marker. */
export function findVersion(bucket: Bucket, key: string, versionId: string | undefined): ObjectVersion {
  if (versionId === undefined) {
    const newest = bucket.newest(key);
    if (!newest) throw noSuchKey(key);
    if (!newest.deleteMarker) return newest;
    throw noSuchKey(key, { "x-amz-delete-marker": "true", "x-amz-version-id": newest.versionId });
  }
  const version = bucket.versions(key).find((candidate) => candidate.versionId === versionId);
  if (!version) throw noSuchVersion(key, versionId);
  if (!version.deleteMarker) return version;
  throw new S3Error("MethodNotAllowed", "The specified method is not allowed against this resource.", 405, {
    headers: { allow: "DELETE", "x-amz-delete-marker": "true", "x-amz-version-id": versionId },
  });
}

/** `bucket/key`, with the version when one was named. */
export function resourceName(bucket: Bucket, key: string, versionId: string | undefined): string {
  return `${bucket.name}/${key}${versionId === undefined ? "" : `?versionId=${versionId}`}`;
}
