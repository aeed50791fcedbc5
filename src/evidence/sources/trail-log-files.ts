import { eachOf } from "../each.ts";
import type { CheckedChain } from "./digest-chain.ts";
import type { ListedFile, TrailListing } from "./trail-listing.ts";
import { readLogFile } from "./trail-log-file.ts";
import { LATE_MS } from "./trail-parts.ts";
import type { ReadFrom } from "./trail-read.ts";
import { copy, FILES_AT_ONCE, GONE, note, type Region, sourceOf, uriOf } from "./trail-region-files.ts";

const MINUTE_MS = 60_000;

/** Checks and copies the log files that were delivered in the window, or stand in its digests. */
export async function collectLogs(region: Region, listing: TrailListing, chain: CheckedChain): Promise<void> {
  const { window, result, held, trail } = region;
  const earliest = Math.floor(window.from / MINUTE_MS) * MINUTE_MS;
  const keys = new Set(chain.vouched.keys());
  for (const { key, at } of listing.logs.values())
    if (at >= earliest && at <= window.to + LATE_MS) keys.add(key);
  result.expectedLogFiles = keys.size;
  for (const key of listing.deleted) {
    const holder = held.get(uriOf(trail, key));
    const why = holder ? `was deleted; capture ${holder.capture} holds it` : "was deleted";
    note(region, { what: key, why }, !holder);
  }
  const deleted = new Set(listing.deleted);
  await eachOf(keys, FILES_AT_ONCE, async (key) => {
    const listed = listing.logs.get(key);
    const vouched = chain.vouched.get(key);
    const from = sourceOf(region, key, listed);
    if (!from) {
      if (!deleted.has(key))
        note(region, { what: key, why: `missing: it stands in ${vouched?.digest}` }, true);
      return;
    }
    if (!listed && !deleted.has(key)) note(region, { what: key, why: GONE }, false);
    result.logFiles += 1;
    await collectLog(region, { key, listed, from, vouched, through: chain.through });
  });
}

async function collectLog(
  region: Region,
  file: {
    key: string;
    listed: ListedFile | undefined;
    from: ReadFrom;
    vouched: { sha256: string; digest: string } | undefined;
    through: number | null;
  },
): Promise<void> {
  const { context, result, place } = region;
  const { key, listed, vouched } = file;
  let sha256 = "";
  try {
    const log = await readLogFile(context.clock, file.from);
    sha256 = log.sha256;
    for (const { id, at } of log.events ?? []) result.events.set(id, at);
    if (!log.events) note(region, { what: key, why: "is no list of events, or too large to compare" }, true);
    if (vouched && vouched.sha256 !== sha256)
      note(region, { what: key, why: `was changed: ${vouched.digest} states another SHA-256` }, true);
  } catch (error) {
    const { name, message } = error as Error;
    note(region, { what: key, why: `cannot be read: ${name}: ${message}` }, true);
  }
  if (!vouched) unvouched(region, key, listed, file.through);
  if (listed && listed.older > 0)
    note(
      region,
      { what: key, why: `was written ${listed.older + 1} times; CloudTrail writes a file once` },
      false,
    );
  if (!listed) return;
  const detail = { kind: "log", region: place.region, uncompressedSha256: sha256 };
  await copy(region, listed, vouched ? { ...detail, digest: vouched.digest } : detail);
}

/** A log file in no digest: its digest is still to come, or it is none that CloudTrail delivered. */
function unvouched(
  region: Region,
  what: string,
  listed: ListedFile | undefined,
  through: number | null,
): void {
  const { result, trail } = region;
  result.unvouched += 1;
  if (!trail.validated || through === null || !listed || listed.lastModified.getTime() >= through) return;
  note(region, { what, why: "stands in no digest file, though one covers the time of its delivery" }, true);
}
