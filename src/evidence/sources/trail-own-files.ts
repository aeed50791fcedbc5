import type { SourceContext } from "../context.ts";
import type { Gap, ManifestItem, Pending } from "../source-schema.ts";
import { collectRegionFiles } from "./trail-files.ts";
import { type FoundTrail, findTrail } from "./trail-found.ts";
import { heldFiles } from "./trail-held.ts";
import { organizationIn } from "./trail-listing.ts";
import type { TimeRange } from "./trail-lookup.ts";
import type { RegionFiles } from "./trail-region-files.ts";
import { owedFiles, type TrailRecord, trailRecord } from "./trail-verdict.ts";

/** What the trail of the runbook came to: its own files, validated and copied. */
export interface OwnFiles {
  record: TrailRecord;
  /** Null when the trail could not be looked at. */
  trail: FoundTrail | null;
  regions: RegionFiles[];
  items: ManifestItem[];
  gaps: Gap[];
  pending: Pending[];
}

/**
 * Collects the files of the runbook's trail, of those of the regions that it records. Null when the runbook names no
 * trail. Never throws: a trail that cannot be looked at is a gap.
 */
export async function collectOwnFiles(
  context: SourceContext,
  regions: readonly string[],
  window: TimeRange,
): Promise<OwnFiles | null> {
  const name = context.target.trail;
  if (name === null) return null;
  try {
    const trail = await findTrail(context, name);
    const collected = await collectRegions(context, trail, regions, window);
    const now = context.clock.now().getTime();
    const gaps = [...stoppedGap(trail, window), ...collected.flatMap((region) => region.gaps)];
    const record = trailRecord(trail, collected, window);
    return {
      record,
      trail,
      regions: collected,
      items: collected.flatMap(({ items }) => items),
      gaps,
      pending: collected.flatMap((region) => owedFiles(trail, region, window, now)),
    };
  } catch (error) {
    const gap = { what: `trail ${name}`, why: `${(error as Error).name}: ${(error as Error).message}` };
    return unseen(name, gap);
  }
}

async function collectRegions(
  context: SourceContext,
  trail: FoundTrail,
  regions: readonly string[],
  window: TimeRange,
): Promise<RegionFiles[]> {
  const { clock, target } = context;
  const { s3 } = context.awsIn(trail.homeRegion);
  const lister = { s3, clock, bucket: trail.bucket };
  const organizationId = trail.organization ? await organizationIn(lister, trail.prefix) : null;
  if (trail.organization && organizationId === null)
    throw new Error(`the folder of the organization is not found in s3://${trail.bucket}/${trail.prefix}`);
  const covered = regions.filter((region) => trail.multiRegion || region === trail.homeRegion);
  if (covered.length === 0) throw new Error(`it records ${trail.homeRegion} alone`);
  const held = heldFiles(context);
  return Promise.all(
    covered.map(async (region) => {
      const place = { trail, accountId: target.accountId, organizationId, region };
      try {
        return await collectRegionFiles({ context, trail, place, s3, window, held });
      } catch (error) {
        return failed(trail, region, error as Error);
      }
    }),
  );
}

function failed(trail: FoundTrail, region: string, { name, message }: Error): RegionFiles {
  const gap = { what: `trail ${trail.name}, ${region}`, why: `${name}: ${message}` };
  return {
    region,
    items: [],
    gaps: [gap],
    problems: [gap],
    expectedLogFiles: 0,
    logFiles: 0,
    digestFiles: 0,
    from: null,
    through: null,
    unvouched: 0,
    events: new Map(),
  };
}

function stoppedGap({ name, stoppedAt }: FoundTrail, { from, to }: TimeRange): Gap[] {
  if (stoppedAt === null || stoppedAt >= to) return [];
  const since = new Date(Math.max(stoppedAt, from)).toISOString();
  return [
    {
      what: `trail ${name} from ${since} to ${new Date(to).toISOString()}`,
      why: "it was not logging: it has no files of this time, only the event history has its events",
    },
  ];
}

function unseen(name: string, gap: Gap): OwnFiles {
  const record: TrailRecord = {
    name,
    bucket: "",
    prefix: "",
    logFiles: 0,
    digestFiles: 0,
    verdict: "unknown",
    from: null,
    through: null,
    problems: [gap],
  };
  return { record, trail: null, regions: [], items: [], gaps: [gap], pending: [] };
}
