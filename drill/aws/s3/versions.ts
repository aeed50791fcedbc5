/** Finding the version that a request means, and adding the one that it makes. */
import type { Bucket, ObjectVersion } from "./bucket.ts";
import { checkWriteConditions } from "./conditions.ts";
import { noSuchKey, noSuchVersion, S3Error } from "./errors.ts";
import type { S3Call } from "./request.ts";

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

/** Adds what a request writes in one piece. @throws S3Error when the request's conditions do not hold by now. */
export function addWritten(
  { bucket, key, request, store }: S3Call,
  written: Omit<ObjectVersion, "versionId" | "lastModified" | "deleteMarker" | "parts">,
): ObjectVersion {
  checkWriteConditions(bucket, key, request.headers);
  const version: ObjectVersion = {
    ...written,
    versionId: bucket.nextVersionId(),
    lastModified: store.now(),
    deleteMarker: false,
    parts: null,
  };
  bucket.add(key, version);
  return version;
}

/** `bucket/key`, with the version when one was named. */
export function resourceName(bucket: Bucket, key: string, versionId: string | undefined): string {
  return `${bucket.name}/${key}${versionId === undefined ? "" : `?versionId=${versionId}`}`;
}
