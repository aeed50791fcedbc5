import type { SourceContext } from "../context.ts";
import type { Gap } from "../source-schema.ts";
import { AuditInventory } from "./audit-inventory.ts";
import { type AuditScope, windowEnd } from "./audit-scope.ts";
import {
  type AuditListing,
  type AuditVersion,
  byKey,
  type VersionsOfKey,
  versionName,
  versionPages,
} from "./audit-versions.ts";

/** Why a version that was listed before is a gap. The check of the audit trail knows it by this. */
export const VANISHED = "it vanished from the audit bucket while it was being captured";

/** A version that the listing before did not have. */
export interface Appeared {
  version: AuditVersion;
  /** Whether the object had versions before: somebody has written over it. */
  overwrites: boolean;
}

export interface SecondListing {
  /** The bucket as it is listed now. */
  inventory: AuditInventory;
  versions: number;
  deleteMarkers: AuditListing["deleteMarkers"];
  /** A service that still runs goes on writing; what came after the window's end is not this capture's. */
  arrivedLater: number;
  /** What belongs to this capture and was not listed before. */
  appeared: Appeared[];
  /** What was listed before and is no more. */
  vanished: Gap[];
}

/** Lists the audit bucket again and compares it with the listing `before`. */
export async function listAgain(
  context: SourceContext,
  scope: AuditScope,
  before: Iterable<AuditVersion>,
): Promise<SecondListing> {
  const again: SecondListing = {
    inventory: new AuditInventory(),
    versions: 0,
    deleteMarkers: [],
    arrivedLater: 0,
    appeared: [],
    vanished: [],
  };
  const listed = async function* () {
    for await (const { versions, deleteMarkers } of versionPages(context, scope)) {
      again.versions += versions.length;
      again.deleteMarkers.push(...deleteMarkers);
      for (const version of versions) again.inventory.push(version);
      yield* versions;
    }
  };
  const end = windowEnd(context).getTime();
  for await (const { was, is } of sideBySide(byKey(before), byKey(listed()))) {
    const overwrites = was.length > 0;
    for (const version of without(is, was)) {
      if (version.lastModified.getTime() > end && !overwrites) again.arrivedLater += 1;
      else again.appeared.push({ version, overwrites });
    }
    for (const version of without(was, is)) {
      const what = `s3://${context.target.auditBucket}/${versionName(version)}`;
      again.vanished.push({ what, why: VANISHED });
    }
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

/** An object without versions has the id `null` for ever: what was written over it shows in its ETag alone. */
function without(versions: readonly AuditVersion[], others: readonly AuditVersion[]): AuditVersion[] {
  const identity = ({ versionId, etag }: AuditVersion) => `${versionId} ${etag}`;
  const known = new Set(others.map(identity));
  return versions.filter((version) => !known.has(identity(version)));
}
