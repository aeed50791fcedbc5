import type { Pending, SourceOf } from "../source-schema.ts";
import type { FoundTrail } from "./trail-found.ts";
import type { TimeRange } from "./trail-lookup.ts";
import { LATE_MS } from "./trail-parts.ts";
import { DIGEST_MS, type RegionFiles } from "./trail-region-files.ts";

/** What the manifest says of the trail: one verdict for all its regions. */

export type TrailRecord = NonNullable<SourceOf<"cloudtrail">["trail"]>;

/** The verdict on the trail's files of all regions collected; the worst one's, and the time that all vouch for. */
export function trailRecord(
  trail: FoundTrail,
  regions: readonly RegionFiles[],
  window: TimeRange,
): TrailRecord {
  const froms = regions.map(({ from }) => from);
  const throughs = regions.map(({ through }) => through);
  return {
    name: trail.name,
    bucket: trail.bucket,
    prefix: trail.prefix,
    logFiles: regions.reduce((sum, { logFiles }) => sum + logFiles, 0),
    digestFiles: regions.reduce((sum, { digestFiles }) => sum + digestFiles, 0),
    verdict: verdict(trail, regions, window),
    from: edge(froms, (times) => Math.max(...times)),
    through: edge(throughs, (times) => Math.min(...times)),
    problems: [
      ...(trail.validated
        ? []
        : [
            { what: `trail ${trail.name}`, why: "log file validation is off: nothing vouches for its files" },
          ]),
      ...regions.flatMap(({ problems }) => problems),
    ],
  };
}

function verdict(
  trail: FoundTrail,
  regions: readonly RegionFiles[],
  window: TimeRange,
): TrailRecord["verdict"] {
  if (regions.some(({ problems }) => problems.length > 0)) return "invalid";
  if (!trail.validated || regions.length === 0) return "unknown";
  return regions.every(({ through }) => isWhole(trail, through, window)) ? "valid" : "pending";
}

/** Whether a digest covers every delivery of the window's events, or there can be no further one. */
function isWhole({ stoppedAt }: FoundTrail, through: number | null, { from, to }: TimeRange): boolean {
  if (stoppedAt !== null && stoppedAt < from) return true;
  if (through === null) return false;
  return through >= to + LATE_MS || (stoppedAt !== null && through >= stoppedAt);
}

/** What the trail still owes one region: its last log files for a quarter of an hour, its last digest for an hour more. */
export function owedFiles(
  trail: FoundTrail,
  { region, through }: RegionFiles,
  window: TimeRange,
  now: number,
): Pending[] {
  const owed: Pending[] = [];
  const by = (at: number) => new Date(at).toISOString();
  if (trail.stoppedAt === null && now < window.to + LATE_MS)
    owed.push({
      what: `trail ${trail.name}, ${region}: log files of up to ${by(window.to)}`,
      why: "CloudTrail delivers within about 5 minutes on average",
      expectedBy: by(window.to + LATE_MS),
    });
  if (trail.validated && !isWhole(trail, through, window))
    owed.push({
      what: `trail ${trail.name}, ${region}: digest files of after ${by(through ?? window.from)}`,
      why: "CloudTrail delivers one every hour",
      expectedBy: by(window.to + DIGEST_MS + 2 * LATE_MS),
    });
  return owed;
}

function edge(times: readonly (number | null)[], choose: (times: number[]) => number): string | null {
  const known = times.filter((time) => time !== null);
  return known.length > 0 && known.length === times.length ? new Date(choose(known)).toISOString() : null;
}
