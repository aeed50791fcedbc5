import type { SourceContext } from "../context.ts";
import type { Gap } from "../manifest.ts";
import {
  type AuditListing,
  type AuditVersion,
  byKey,
  type VersionsOfKey,
  versionName,
  versionPages,
} from "./audit-versions.ts";

export interface SecondListing {
  versions: number;
  deleteMarkers: AuditListing["deleteMarkers"];
  /** A service that still runs goes on writing; what came after the window's end is not this capture's. */
  arrivedLater: number;
  differences: Gap[];
}

/** Lists the audit bucket again and compares: what appeared inside the window, and what vanished, is a gap. */
export async function listAgain(
  context: SourceContext,
  prefixes: readonly string[],
  before: Iterable<AuditVersion>,
): Promise<SecondListing> {
  const again: SecondListing = { versions: 0, deleteMarkers: [], arrivedLater: 0, differences: [] };
  const difference = (version: AuditVersion, why: string) =>
    again.differences.push({ what: `s3://${context.target.auditBucket}/${versionName(version)}`, why });
  const listed = async function* () {
    for await (const { versions, deleteMarkers } of versionPages(context, prefixes)) {
      again.versions += versions.length;
      again.deleteMarkers.push(...deleteMarkers);
      yield* versions;
    }
  };
  for await (const { was, is } of sideBySide(byKey(before), byKey(listed()))) {
    for (const version of without(is, was)) {
      if (version.lastModified.getTime() > context.window.to.getTime()) again.arrivedLater += 1;
      else difference(version, "it was not listed before copying began, and is now");
    }
    for (const version of without(was, is))
      difference(version, "it vanished from the audit bucket while it was being captured");
  }
  return again;
}

/**
 * Two listings, key by key, without holding either: S3 lists in the order of the keys' UTF-8 bytes
 * (https://docs.aws.amazon.com/AmazonS3/latest/userguide/ListingKeysUsingAPIs.html).
 */
async function* sideBySide(
  before: AsyncGenerator<VersionsOfKey>,
  after: AsyncGenerator<VersionsOfKey>,
): AsyncGenerator<{ was: AuditVersion[]; is: AuditVersion[] }> {
  let [one, two] = [await before.next(), await after.next()];
  while (!one.done || !two.done) {
    const order = one.done ? 1 : two.done ? -1 : byteOrder(one.value.key, two.value.key);
    yield {
      was: order <= 0 && !one.done ? one.value.versions : [],
      is: order >= 0 && !two.done ? two.value.versions : [],
    };
    if (order <= 0) one = await before.next();
    if (order >= 0) two = await after.next();
  }
}

function byteOrder(a: string, b: string): number {
  return a === b ? 0 : Buffer.compare(Buffer.from(a), Buffer.from(b));
}

function without(versions: readonly AuditVersion[], others: readonly AuditVersion[]): AuditVersion[] {
  const ids = new Set(others.map(({ versionId }) => versionId));
  return versions.filter(({ versionId }) => !ids.has(versionId));
}
