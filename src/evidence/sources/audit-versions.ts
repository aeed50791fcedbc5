import { type DeleteMarkerEntry, ListObjectVersionsCommand, type ObjectVersion } from "@aws-sdk/client-s3";
import type { SourceContext } from "../context.ts";
import { pages } from "../pages.ts";

/** One version of one object of the audit bucket. */
export interface AuditVersion {
  key: string;
  versionId: string;
  current: boolean;
  size: number;
  etag: string;
  lastModified: Date;
}

export interface AuditListing {
  versions: AuditVersion[];
  deleteMarkers: { key: string; versionId: string; at: string }[];
}

/** Every version and delete marker below the prefixes, page by page. Read-only, and no object's content. */
export async function* versionPages(
  context: SourceContext,
  prefixes: readonly string[],
): AsyncGenerator<AuditListing> {
  for (const prefix of prefixes) {
    const listed = pages(
      context.clock,
      (marker: { KeyMarker: string; VersionIdMarker?: string } | undefined) =>
        context.aws.s3.send(
          new ListObjectVersionsCommand({
            Bucket: context.target.auditBucket,
            Prefix: prefix,
            EncodingType: "url",
            ...marker,
          }),
        ),
      // Markers come back encoded as the keys do (https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectVersions.html).
      ({ IsTruncated, NextKeyMarker, NextVersionIdMarker }) =>
        IsTruncated && NextKeyMarker
          ? {
              KeyMarker: decoded(NextKeyMarker),
              ...(NextVersionIdMarker ? { VersionIdMarker: NextVersionIdMarker } : {}),
            }
          : undefined,
    );
    for await (const { Versions = [], DeleteMarkers = [] } of listed) {
      yield { versions: Versions.map(auditVersion), deleteMarkers: DeleteMarkers.map(deleteMarker) };
    }
  }
}

function auditVersion(version: ObjectVersion): AuditVersion {
  return {
    key: decoded(version.Key ?? ""),
    versionId: version.VersionId ?? "null",
    current: version.IsLatest ?? false,
    size: version.Size ?? 0,
    etag: version.ETag ?? "",
    lastModified: version.LastModified ?? new Date(0),
  };
}

function deleteMarker(marker: DeleteMarkerEntry): AuditListing["deleteMarkers"][number] {
  return {
    key: decoded(marker.Key ?? ""),
    versionId: marker.VersionId ?? "null",
    at: (marker.LastModified ?? new Date(0)).toISOString(),
  };
}

/** `bucket/key` and version as one text, to compare listings. */
export function versionName({ key, versionId }: { key: string; versionId: string }): string {
  return `${key}?versionId=${versionId}`;
}

/** Keys are asked for URL-encoded, since XML cannot hold every character that a key may have. */
function decoded(value: string): string {
  return decodeURIComponent(value.replaceAll("+", " "));
}
