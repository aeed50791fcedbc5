import type { Gap, Pending } from "../source-schema.ts";
import {
  type Compared,
  compareEvents,
  type Differences,
  differenceGaps,
  lateEvents,
} from "./trail-compare.ts";
import type { TimeRange } from "./trail-lookup.ts";
import type { OwnFiles } from "./trail-own-files.ts";
import { LATE_MS } from "./trail-parts.ts";
import type { RegionTrail } from "./trail-region.ts";
import { DIGEST_MS, type RegionFiles } from "./trail-region-files.ts";

/** So many events that only the files show are looked up one by one: half a second each. */
const MOST_FETCHED = 50;

/** The event history and the trail's files, held against each other region by region. */
export interface BothCompared {
  inBoth: number;
  gaps: Gap[];
  pending: Pending[];
}

/** Compares what was looked up with the trail's files. What only the files show is looked up once more, by its id. */
export async function compareAll(
  trails: readonly RegionTrail[],
  files: OwnFiles,
  window: TimeRange,
): Promise<BothCompared> {
  const result: BothCompared = { inBoth: 0, gaps: [], pending: [] };
  for (const history of trails) {
    const own = files.regions.find(({ region }) => region === history.region);
    const differences = own ? await compareRegion(history, own, files, window) : null;
    if (!differences) continue;
    result.inBoth += differences.inBoth;
    result.gaps.push(...differenceGaps(history.region, differences));
    const expectedBy = window.to + DIGEST_MS + 2 * LATE_MS;
    result.pending.push(...lateEvents(history.region, differences, expectedBy));
  }
  return result;
}

async function compareRegion(
  history: RegionTrail,
  own: RegionFiles,
  { trail }: OwnFiles,
  window: TimeRange,
): Promise<Differences | null> {
  const compared: Compared = {
    region: history.region,
    history: history.ids,
    historyThrough: history.through,
    files: own.events,
    filesThrough: own.through,
    window,
    records: trail?.records ?? null,
    stoppedAt: trail?.stoppedAt ?? null,
  };
  const first = compareEvents(compared);
  if (!first || first.onlyInFiles.length === 0) return first;
  try {
    await history.fetch(first.onlyInFiles.slice(0, MOST_FETCHED));
  } catch {
    return first;
  }
  return compareEvents(compared);
}

/** How many of the trail's files are held, by this capture and those that it adds to. */
export function fileCounts({ regions }: OwnFiles): { logFiles: number; digestFiles: number } {
  return {
    logFiles: regions.reduce((sum, one) => sum + one.logFiles, 0),
    digestFiles: regions.reduce((sum, one) => sum + one.digestFiles, 0),
  };
}
