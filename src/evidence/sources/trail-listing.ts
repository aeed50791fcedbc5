import { ListObjectsV2Command, ListObjectVersionsCommand } from "@aws-sdk/client-s3";
import type { Aws, Clock } from "../../ports.ts";
import type { CopyOrigin } from "../copy-order.ts";
import { patiently } from "../patience.ts";
import { dayFolders, digestFileTime, logFileTime, logsFolder, type TrailPlace } from "./trail-names.ts";

/** A file of the trail in its bucket, the newest version. */
export interface ListedFile extends CopyOrigin {
  /** Delivery to the minute for a log file, the covered time's end for a digest; by the name. */
  at: number;
  /** Older versions of it: CloudTrail writes each file once. */
  older: number;
}

export interface ListedDigest extends ListedFile {
  backfill: boolean;
}

export interface TrailListing {
  logs: Map<string, ListedFile>;
  digests: Map<string, ListedDigest>;
  /** Keys in the trail's folders that were deleted: only a delete marker shows. */
  deleted: string[];
}

interface Listed extends CopyOrigin {
  older: number;
  deleted: boolean;
}

type Lister = { s3: Aws["s3"]; clock: Clock; bucket: string };

/** Lists the log files named from `from` to `to` and the digest files that end between, in milliseconds. Read-only. */
export async function listTrailFiles(
  lister: Lister,
  place: TrailPlace,
  { from, to }: { from: number; to: number },
): Promise<TrailListing> {
  const listing: TrailListing = { logs: new Map(), digests: new Map(), deleted: [] };
  const inRange = (at: number) => at >= from && at <= to;
  for await (const { deleted, ...file } of listFolders(lister, dayFolders(place, "CloudTrail", from, to))) {
    const at = logFileTime(place, nameOf(file.key));
    if (at === undefined || !inRange(at)) continue;
    if (deleted) listing.deleted.push(file.key);
    else listing.logs.set(file.key, { ...file, at });
  }
  const digestFolders = dayFolders(place, "CloudTrail-Digest", from, to);
  for await (const { deleted, ...file } of listFolders(lister, digestFolders)) {
    const time = digestFileTime(place, nameOf(file.key));
    if (time === undefined || !inRange(time.end)) continue;
    if (deleted) listing.deleted.push(file.key);
    else listing.digests.set(file.key, { ...file, at: time.end, backfill: time.backfill });
  }
  return listing;
}

/** The organization's id as it stands in the keys of its trail; null when the bucket shows none, or more than one. */
export async function organizationIn(lister: Lister, prefix: string): Promise<string | null> {
  const { s3, clock, bucket } = lister;
  const start = logsFolder({ prefix });
  const list = new ListObjectsV2Command({ Bucket: bucket, Prefix: `${start}o-`, Delimiter: "/" });
  const { CommonPrefixes = [] } = await patiently(clock, () => s3.send(list));
  const ids = CommonPrefixes.map(({ Prefix = "" }) => Prefix.slice(start.length, -1)).filter((id) =>
    /^o-[a-z0-9]{10,32}$/.test(id),
  );
  return ids.length === 1 ? (ids[0] ?? null) : null;
}

/** Each key once, as its newest version is. Versions of a key are listed newest first. */
async function* listFolders(lister: Lister, folders: readonly string[]): AsyncGenerator<Listed> {
  let current: Listed | undefined;
  for (const folder of folders) {
    for await (const version of versionsIn(lister, folder)) {
      if (current?.key === version.key) current.older += 1;
      else {
        if (current) yield current;
        current = version;
      }
    }
  }
  if (current) yield current;
}

async function* versionsIn({ s3, clock, bucket }: Lister, Prefix: string): AsyncGenerator<Listed> {
  let marker: { KeyMarker?: string; VersionIdMarker?: string } = {};
  for (;;) {
    const list = new ListObjectVersionsCommand({ Bucket: bucket, Prefix, ...marker });
    const page = await patiently(clock, () => s3.send(list));
    const shared = { bucket, older: 0 };
    const entries = [
      ...(page.Versions ?? []).map((one) => ({
        ...shared,
        key: one.Key ?? "",
        ...(one.VersionId && one.VersionId !== "null" ? { versionId: one.VersionId } : {}),
        size: one.Size ?? 0,
        etag: one.ETag ?? "",
        lastModified: one.LastModified ?? new Date(0),
        deleted: false,
        latest: one.IsLatest ?? false,
      })),
      ...(page.DeleteMarkers ?? []).map((one) => ({
        ...shared,
        key: one.Key ?? "",
        size: 0,
        etag: "",
        lastModified: one.LastModified ?? new Date(0),
        deleted: true,
        latest: one.IsLatest ?? false,
      })),
    ];
    // S3 gives versions and delete markers apart; together they are one list, by key and newest first.
    entries.sort((a, b) => compare(a.key, b.key) || Number(b.latest) - Number(a.latest));
    for (const { latest: _, ...entry } of entries) yield entry;
    if (!page.IsTruncated || !page.NextKeyMarker) return;
    marker = {
      KeyMarker: page.NextKeyMarker,
      ...(page.NextVersionIdMarker ? { VersionIdMarker: page.NextVersionIdMarker } : {}),
    };
  }
}

function nameOf(key: string): string {
  return key.slice(key.lastIndexOf("/") + 1);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
