import { eachOf } from "../each.ts";
import { putDocument } from "../item-writer.ts";
import { type CheckedChain, checkChain } from "./digest-chain.ts";
import { type BrokenDigest, type Digest, type DigestKeys, digestKeys, readDigest } from "./digest-file.ts";
import { type ListedFile, listTrailFiles, type TrailListing } from "./trail-listing.ts";
import { collectLogs } from "./trail-log-files.ts";
import { LATE_MS } from "./trail-parts.ts";
import {
  copy,
  type Detail,
  DIGEST_MS,
  FILES_AT_ONCE,
  GONE,
  note,
  type Region,
  type RegionFiles,
  sourceOf,
} from "./trail-region-files.ts";

/** Names carry a file's delivery to the minute; digests list up to an hour more than the window on either side. */
const MARGIN_MS = DIGEST_MS + LATE_MS;

/**
 * Validates one region's files of the trail where they lie, the digest chain first, then every log file against it;
 * and copies them into the capture inside S3, whatever the verdict. What earlier captures hold is not copied again.
 */
export async function collectRegionFiles(
  given: Pick<Region, "context" | "trail" | "place" | "s3" | "window" | "held">,
): Promise<RegionFiles> {
  const { context, trail, place, s3, window } = given;
  const empty: RegionFiles = {
    region: place.region,
    items: [],
    gaps: [],
    problems: [],
    expectedLogFiles: 0,
    logFiles: 0,
    digestFiles: 0,
    from: null,
    through: null,
    unvouched: 0,
    events: new Map(),
  };
  const region: Region = { ...given, result: empty };
  const listing = await listTrailFiles({ s3, clock: context.clock, bucket: trail.bucket }, place, {
    from: window.from - MARGIN_MS,
    to: window.to + MARGIN_MS,
  });
  const chain = await validateDigests(region, listing);
  await collectLogs(region, listing, chain);
  return region.result;
}

/** Reads and checks the digest files that end after the window's beginning, and copies them. */
async function validateDigests(region: Region, listing: TrailListing): Promise<CheckedChain> {
  const { context, place, trail, window, result } = region;
  const wanted = new Map<string, { end: number; backfill: boolean; listed: ListedFile | undefined }>();
  const isWanted = (end: number) => end > window.from && end <= window.to + MARGIN_MS;
  for (const digest of listing.digests.values())
    if (isWanted(digest.at))
      wanted.set(digest.key, { end: digest.at, backfill: digest.backfill, listed: digest });
  for (const { item } of region.held.values()) {
    const { digestEnd, kind, region: where, originalKey } = item.detail ?? {};
    const key = String(originalKey);
    if (kind !== "digest" || where !== place.region || wanted.has(key)) continue;
    const end = Date.parse(String(digestEnd));
    if (!isWanted(end)) continue;
    note(region, { what: key, why: GONE }, false);
    wanted.set(key, { end, backfill: key.includes("_backfill."), listed: undefined });
  }
  const keys = wanted.size > 0 ? await publicKeys(region) : new Map();
  const read = new Map<string, Digest | BrokenDigest>();
  await eachOf(wanted, FILES_AT_ONCE, async ([key, { end, listed }]) => {
    const from = sourceOf(region, key, listed);
    if (!from) return;
    const digest = await readDigest(context.clock, { bucket: trail.bucket, key, end }, from, keys);
    read.set(key, digest);
    result.digestFiles += 1;
    if (listed) await copy(region, listed, digestDetail(region, key, digest));
  });
  await writeKeys(region, keys);
  const all = [...read].sort(([a], [b]) => (a < b ? -1 : 1));
  const chain = checkChain(
    all.filter(([key]) => !wanted.get(key)?.backfill).map(([, digest]) => digest),
    all.filter(([key]) => wanted.get(key)?.backfill).map(([, digest]) => digest),
    { from: window.from, bucket: trail.bucket },
  );
  for (const problem of chain.problems) note(region, problem, true);
  result.from = chain.from;
  result.through = chain.through;
  return chain;
}

/** CloudTrail's keys since the window began: backfill digests are signed later. None when they are not to be had. */
async function publicKeys(region: Region): Promise<DigestKeys> {
  const { context, place, window } = region;
  const { clock } = context;
  try {
    const range = { from: window.from - MARGIN_MS, to: clock.now().getTime() };
    return await digestKeys(context.awsIn(place.region).cloudtrail, clock, range);
  } catch (error) {
    const why = `CloudTrail's public keys could not be asked for: ${(error as Error).name}: ${(error as Error).message}`;
    note(region, { what: `trail ${region.trail.name}, ${place.region}`, why }, true);
    return new Map();
  }
}

function digestDetail({ place }: Region, originalKey: string, digest: Digest | BrokenDigest): Detail {
  const shared = {
    kind: "digest",
    region: place.region,
    originalKey,
    digestEnd: new Date(digest.end).toISOString(),
  };
  if ("broken" in digest) return { ...shared, broken: digest.broken };
  const { signature, fingerprint, sha256 } = digest;
  return { ...shared, signature, publicKeyFingerprint: fingerprint, uncompressedSha256: sha256 };
}

/** The public keys, so that the digests can be checked without asking CloudTrail again. */
async function writeKeys({ context, place, result }: Region, keys: DigestKeys): Promise<void> {
  if (result.items.length === 0 || keys.size === 0) return;
  const value = {
    region: place.region,
    keys: Object.fromEntries([...keys].map(([id, { pem }]) => [id, pem])),
  };
  const name = `cloudtrail/public-keys/${place.region}`;
  const uri = `cloudtrail:${place.region}:ListPublicKeys`;
  result.items.push(...(await putDocument(context, { source: "cloudtrail", name, value, uri })));
}
