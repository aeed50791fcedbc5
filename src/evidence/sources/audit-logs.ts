import type { SourceContext, SourceResult } from "../context.ts";
import { AdaptiveLimit, forEachLimited } from "../limit.ts";
import type { Gap, ManifestItem, SourceOf } from "../manifest.ts";
import { copyVersion } from "./audit-copy.ts";
import { planCopies } from "./audit-destinations.ts";
import { auditPrefixes } from "./audit-prefixes.ts";
import { type AuditListing, type AuditVersion, versionName, versionPages } from "./audit-versions.ts";

const COPIES_AT_ONCE = 48;

/**
 * Every version of every audit object of the days that the window touches, copied inside S3, and every delete marker
 * by name. Afterwards the bucket is listed again: what differs is a gap.
 */
export async function collectAuditLogs(
  context: SourceContext,
): Promise<SourceResult<SourceOf<"audit-logs">>> {
  const prefixes = auditPrefixes(context.target.auditLayout, context.window);
  const versions: AuditVersion[] = [];
  for await (const page of versionPages(context, prefixes)) {
    versions.push(...page.versions);
    context.progress({ unit: "objects listed", done: versions.length, total: undefined });
  }
  const items: ManifestItem[] = [];
  const gaps: Gap[] = [];
  const limit = new AdaptiveLimit(COPIES_AT_ONCE);
  let done = 0;
  await forEachLimited(planCopies(context, versions), limit, async ({ version, destination }) => {
    try {
      const item = await copyVersion(context, version, destination, limit);
      items.push(item);
      if (item.sha256 === null)
        gaps.push({
          what: item.origin.uri,
          why: "no full-object SHA-256: above 5 GiB S3 gives a composite checksum only",
        });
    } catch (error) {
      gaps.push({
        what: uri(context, version),
        why: `${(error as Error).name}: ${(error as Error).message}`,
      });
    }
    done += 1;
    context.progress({ unit: "objects", done, total: versions.length });
  });

  const again = await listAgain(context, prefixes, versions);
  gaps.push(...again.differences);
  return {
    record: {
      source: "audit-logs",
      status:
        gaps.length === 0 ? "complete" : items.length > 0 || versions.length === 0 ? "partial" : "failed",
      expected: {
        versions: again.versions - again.arrivedLater,
        counted: "ListObjectVersions, again after the last copy",
      },
      collected: {
        versions: items.length,
        bytes: items.reduce((sum, { size }) => sum + size, 0),
        deleteMarkers: again.deleteMarkers.length,
        arrivedLater: again.arrivedLater,
      },
      gaps,
      deleteMarkers: again.deleteMarkers,
    },
    items: items.sort((a, b) => (a.key < b.key ? -1 : 1)),
  };
}

interface SecondListing {
  versions: number;
  deleteMarkers: AuditListing["deleteMarkers"];
  /** A service that still runs goes on writing; what came after the window's end is not this capture's. */
  arrivedLater: number;
  differences: Gap[];
}

async function listAgain(
  context: SourceContext,
  prefixes: readonly string[],
  before: readonly AuditVersion[],
): Promise<SecondListing> {
  const unseen = new Set(before.map(versionName));
  const again: SecondListing = { versions: 0, deleteMarkers: [], arrivedLater: 0, differences: [] };
  for await (const { versions, deleteMarkers } of versionPages(context, prefixes)) {
    again.versions += versions.length;
    again.deleteMarkers.push(...deleteMarkers);
    for (const version of versions) {
      if (unseen.delete(versionName(version))) continue;
      if (version.lastModified.getTime() > context.window.to.getTime()) again.arrivedLater += 1;
      else
        again.differences.push({
          what: uri(context, version),
          why: "it was not listed before copying began, and is now",
        });
    }
  }
  for (const version of before) {
    if (!unseen.has(versionName(version))) continue;
    again.differences.push({
      what: uri(context, version),
      why: "it vanished from the audit bucket while it was being captured",
    });
  }
  return again;
}

function uri(context: SourceContext, version: AuditVersion): string {
  return `s3://${context.target.auditBucket}/${versionName(version)}`;
}
