import type { SourceContext, SourceResult } from "../context.ts";
import type { ItemList } from "../item-list.ts";
import type { Gap, SourceOf } from "../source-schema.ts";
import { type BatchCopies, copyInBatch } from "./audit-batch.ts";
import { AuditCopies, compositeGap } from "./audit-copies.ts";
import { destinationOf, type PlannedCopy, planCopies } from "./audit-destinations.ts";
import { AuditInventory } from "./audit-inventory.ts";
import { Lacking } from "./audit-lacking.ts";
import { type Appeared, listAgain, type SecondListing } from "./audit-listing-again.ts";
import { pendingOf } from "./audit-pending.ts";
import { type AuditScope, earlierScope, fallbackScope, layoutScope } from "./audit-scope.ts";
import { findStrays, type Strays } from "./audit-strays.ts";
import { byKey, versionPages } from "./audit-versions.ts";
import { documentBucketPolicy } from "./bucket-policy.ts";

/** How often what appeared during the copying is copied too, and listed for once more. */
const MORE_ROUNDS = 2;

type Record = SourceOf<"audit-logs">;

/**
 * Every version of every audit object of the days that the window touches, copied inside S3, and every delete marker
 * by name. Afterwards the bucket is listed again: what has appeared meanwhile is copied too, what vanished is a gap.
 * The bucket's policy is documented beside them.
 *
 * A supplementary capture copies what the earlier ones lack; what they named as missing stays a gap until it is copied.
 * What is known of each object stands on the disk: the
 * memory hardly grows with their number.
 */
export async function collectAuditLogs(context: SourceContext): Promise<SourceResult<Record, ItemList>> {
  const lacking = new Lacking(context);
  const { scope, inventory } = await takeInventory(context);
  const beside = findStrays(context, scope);
  const tally = await count(inventory, lacking);
  const copies = new AuditCopies(context, lacking.missing);
  copies.gaps.push(...lacking.composite.map(compositeGap));
  const wanted = lacking.isWanted.bind(lacking);
  const batch = await copyInBatch(context, () => planCopies(context, inventory, { wanted }));
  const inBatch = batch?.has;
  const plan = planCopies(context, inventory, { wanted, ...(inBatch ? { inBatch } : {}) });
  await copies.copy(plan, tally.wanted, batch);
  const { again, overwritten } = await copyWhatAppeared(context, scope, inventory, copies);
  await documentPolicy(context, lacking, copies);
  for (const item of batch?.items ?? []) copies.items.push(item);
  const strays = await beside;
  return {
    record: recordOf(context, { scope, strays, tally, copies, again, overwritten, batch, lacking }),
    items: copies.items,
  };
}

/** The first listing: as earlier captures, else by the key layout, or where that leads to nothing by the time of writing. */
async function takeInventory(
  context: SourceContext,
): Promise<{ scope: AuditScope; inventory: AuditInventory }> {
  const earlier = earlierScope(context);
  if (earlier) return { scope: earlier, inventory: (await list(context, earlier)).inventory };
  const byLayout = layoutScope(context);
  const listed = await list(context, byLayout);
  if (!listed.empty) return { scope: byLayout, inventory: listed.inventory };
  const fallback = fallbackScope(context);
  const found = await list(context, fallback);
  if (found.empty) return { scope: byLayout, inventory: listed.inventory };
  context.log.warning(
    `audit-logs  no object of s3://${context.target.auditBucket} lies where the runbook's audit_log_layout says; they were found by the time of writing.`,
  );
  return { scope: fallback, inventory: found.inventory };
}

async function list(
  context: SourceContext,
  scope: AuditScope,
): Promise<{ inventory: AuditInventory; empty: boolean }> {
  const inventory = new AuditInventory();
  let markers = 0;
  for await (const page of versionPages(context, scope)) {
    for (const version of page.versions) inventory.push(version);
    markers += page.deleteMarkers.length;
    context.progress({ unit: "objects listed", done: inventory.length, total: undefined });
  }
  return { inventory, empty: inventory.length + markers === 0 };
}

interface Tally {
  /** In an earlier capture. */
  before: number;
  wanted: number;
  /** After the window's end, as far as the first listing shows. */
  later: number;
}

async function count(inventory: AuditInventory, lacking: Lacking): Promise<Tally> {
  const tally: Tally = { before: 0, wanted: 0, later: 0 };
  for await (const { versions } of byKey(inventory)) {
    for (const version of versions) {
      if (lacking.isCollected(version)) tally.before += 1;
      else if (lacking.isWanted(version, versions)) tally.wanted += 1;
      else tally.later += 1;
    }
  }
  return tally;
}

/** Lists again, copies what appeared, and looks once more: somebody may be writing all the time. */
async function copyWhatAppeared(
  context: SourceContext,
  scope: AuditScope,
  inventory: AuditInventory,
  copies: AuditCopies,
): Promise<{ again: SecondListing; overwritten: NonNullable<Record["overwritten"]> }> {
  const overwritten: NonNullable<Record["overwritten"]> = [];
  let again = await listAgain(context, scope, inventory);
  let arrivedLater = again.arrivedLater;
  copies.gaps.push(...again.vanished);
  for (let round = 0; round < MORE_ROUNDS && again.appeared.length > 0; round += 1) {
    for (const { version, overwrites } of again.appeared) {
      const { key, versionId, lastModified } = version;
      if (overwrites) overwritten.push({ key, versionId, at: lastModified.toISOString() });
    }
    await copies.copy(appearedCopies(context, again.appeared), inventory.length + again.appeared.length);
    again = await listAgain(context, scope, again.inventory);
    arrivedLater += again.arrivedLater;
    copies.gaps.push(...again.vanished);
  }
  return { again: { ...again, arrivedLater }, overwritten };
}

/** What was written over an object goes beside its copy; a new object gets its own key. */
async function* appearedCopies(
  context: SourceContext,
  appeared: readonly Appeared[],
): AsyncGenerator<PlannedCopy> {
  for (const { version, overwrites } of appeared) {
    yield { version, destination: destinationOf(context, version, overwrites || !version.current) };
  }
}

async function documentPolicy(context: SourceContext, lacking: Lacking, copies: AuditCopies): Promise<void> {
  if (lacking.policy) return;
  const items = await documentBucketPolicy(context).catch((error: Error) => {
    const what = `policy of s3://${context.target.auditBucket}`;
    copies.gaps.push({ what, why: `${error.name}: ${error.message}` });
    return [];
  });
  for (const item of items) copies.items.push(item);
}

function recordOf(
  context: SourceContext,
  found: {
    scope: AuditScope;
    strays: Strays;
    tally: Tally;
    copies: AuditCopies;
    again: SecondListing;
    overwritten: NonNullable<Record["overwritten"]>;
    batch: BatchCopies | undefined;
    lacking: Lacking;
  },
): Record {
  const { scope, strays, tally, copies, again, overwritten, batch, lacking } = found;
  const arrivedLater = tally.later + again.arrivedLater;
  const versions = tally.before + copies.copied;
  const pending = pendingOf(context, scope, again.appeared);
  const gaps = gapsOf([...copies.gaps, ...strays.gaps], lacking.missing.values());
  return {
    source: "audit-logs",
    status: gaps.length === 0 ? "complete" : versions > 0 || tally.wanted === 0 ? "partial" : "failed",
    expected: {
      versions: again.versions - arrivedLater,
      counted: `ListObjectVersions, again after the last copy${context.earlier.length > 0 ? "; with what earlier captures hold" : ""}${strays.counted}`,
      ...(scope.layout === undefined ? {} : { layout: scope.layout }),
    },
    collected: {
      versions,
      bytes: copies.bytes,
      deleteMarkers: again.deleteMarkers.length,
      arrivedLater,
    },
    gaps,
    ...(pending.length === 0 ? {} : { pending }),
    deleteMarkers: again.deleteMarkers.filter((marker) => lacking.isNewMarker(marker)),
    ...(overwritten.length === 0 ? {} : { overwritten }),
    ...(batch ? { batch: batch.job } : {}),
  };
}

/** What this capture found missing, and what earlier ones did, unless this one says it too. */
function gapsOf(own: readonly Gap[], earlier: Iterable<Gap>): Gap[] {
  const named = new Set(own.map(({ what }) => what));
  return [...own, ...[...earlier].filter(({ what }) => !named.has(what))];
}
