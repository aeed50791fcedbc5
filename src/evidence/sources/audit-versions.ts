import { type DeleteMarkerEntry, ListObjectVersionsCommand, type ObjectVersion } from "@aws-sdk/client-s3";
import { decodedKey, nextMarker } from "../../vault/versions.ts";
import type { SourceContext } from "../context.ts";
import { pages } from "../pages.ts";
import { type AuditScope, isWritten, prefixesOf } from "./audit-scope.ts";

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

/** Every version and delete marker in scope, page by page. Read-only, and no object's content. */
export async function* versionPages(context: SourceContext, scope: AuditScope): AsyncGenerator<AuditListing> {
  for (const prefix of prefixesOf(scope)) {
    const listed = pages(
      context.clock,
      (marker: ReturnType<typeof nextMarker>) =>
        context.aws.s3.send(
          new ListObjectVersionsCommand({
            Bucket: context.target.auditBucket,
            Prefix: prefix,
            EncodingType: "url",
            ...marker,
          }),
        ),
      nextMarker,
    );
    for await (const { Versions = [], DeleteMarkers = [] } of listed) {
      const versions = Versions.map(auditVersion);
      const markers = DeleteMarkers.map(deleteMarker);
      yield {
        versions: versions.filter(({ lastModified }) => isWritten(scope, prefix, lastModified)),
        deleteMarkers: markers.filter(({ at }) => isWritten(scope, prefix, new Date(at))),
      };
    }
  }
}

function auditVersion(version: ObjectVersion): AuditVersion {
  return {
    key: decodedKey(version.Key ?? ""),
    versionId: version.VersionId ?? "null",
    current: version.IsLatest ?? false,
    size: version.Size ?? 0,
    etag: version.ETag ?? "",
    lastModified: version.LastModified ?? new Date(0),
  };
}

function deleteMarker(marker: DeleteMarkerEntry): AuditListing["deleteMarkers"][number] {
  return {
    key: decodedKey(marker.Key ?? ""),
    versionId: marker.VersionId ?? "null",
    at: (marker.LastModified ?? new Date(0)).toISOString(),
  };
}

/** All versions of one object, in the order in which they were listed: newest first. */
export interface VersionsOfKey {
  key: string;
  versions: AuditVersion[];
}

/** Groups a listing by object. S3 lists by key, so one object's versions stand together. */
export async function* byKey(
  versions: Iterable<AuditVersion> | AsyncIterable<AuditVersion>,
): AsyncGenerator<VersionsOfKey> {
  let group: VersionsOfKey | undefined;
  for await (const version of versions) {
    if (group?.key === version.key) {
      group.versions.push(version);
      continue;
    }
    if (group) yield group;
    group = { key: version.key, versions: [version] };
  }
  if (group) yield group;
}

/** Key and version as one text, as the gaps name them. */
export function versionName({ key, versionId }: { key: string; versionId: string }): string {
  return `${key}?versionId=${versionId}`;
}
