import type { SourceContext, SourceResult } from "../context.ts";
import { ItemList } from "../item-list.ts";
import { AdaptiveLimit, forEachLimited } from "../limit.ts";
import type { Gap, SourceOf } from "../manifest.ts";
import { copyVersion } from "./audit-copy.ts";
import { planCopies } from "./audit-destinations.ts";
import { AuditInventory } from "./audit-inventory.ts";
import { listAgain } from "./audit-listing-again.ts";
import { auditPrefixes } from "./audit-prefixes.ts";
import { versionName, versionPages } from "./audit-versions.ts";
import { documentBucketPolicy } from "./bucket-policy.ts";

const COPIES_AT_ONCE = 48;

/**
 * Every version of every audit object of the days that the window touches, copied inside S3, and every delete marker
 * by name. Afterwards the bucket is listed again: what differs is a gap. The bucket's policy is documented beside them.
 *
 * What is known of each object stands on the disk: the memory does not grow with their number.
 */
export async function collectAuditLogs(
  context: SourceContext,
): Promise<SourceResult<SourceOf<"audit-logs">, ItemList>> {
  const prefixes = auditPrefixes(context.target.auditLayout, context.window).sort();
  const inventory = new AuditInventory();
  for await (const page of versionPages(context, prefixes)) {
    for (const version of page.versions) inventory.push(version);
    context.progress({ unit: "objects listed", done: inventory.length, total: undefined });
  }
  const items = new ItemList();
  const gaps: Gap[] = [];
  const limit = new AdaptiveLimit(COPIES_AT_ONCE);
  let [done, bytes] = [0, 0];
  await forEachLimited(planCopies(context, inventory), limit, async ({ version, destination }) => {
    try {
      const item = await copyVersion(context, version, destination, limit);
      items.push(item);
      bytes += item.size;
      if (item.sha256 === null)
        gaps.push({
          what: item.origin.uri,
          why: "no full-object SHA-256: above 5 GiB S3 gives a composite checksum only",
        });
    } catch (error) {
      const what = `s3://${context.target.auditBucket}/${versionName(version)}`;
      gaps.push({ what, why: `${(error as Error).name}: ${(error as Error).message}` });
    }
    done += 1;
    context.progress({ unit: "objects", done, total: inventory.length });
  });

  const again = await listAgain(context, prefixes, inventory);
  gaps.push(...again.differences);
  const copied = items.length;
  const policy = await documentBucketPolicy(context).catch((error: Error) => {
    const what = `policy of s3://${context.target.auditBucket}`;
    gaps.push({ what, why: `${error.name}: ${error.message}` });
    return [];
  });
  for (const item of policy) items.push(item);
  return {
    record: {
      source: "audit-logs",
      status: gaps.length === 0 ? "complete" : copied > 0 || inventory.length === 0 ? "partial" : "failed",
      expected: {
        versions: again.versions - again.arrivedLater,
        counted: "ListObjectVersions, again after the last copy",
      },
      collected: {
        versions: copied,
        bytes,
        deleteMarkers: again.deleteMarkers.length,
        arrivedLater: again.arrivedLater,
      },
      gaps,
      deleteMarkers: again.deleteMarkers,
    },
    items,
  };
}
