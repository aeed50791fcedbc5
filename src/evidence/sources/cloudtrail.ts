import type { SourceContext, SourceResult } from "../context.ts";
import type { Gap, Pending, SourceOf } from "../source-schema.ts";
import { compareAll, fileCounts } from "./trail-both.ts";
import type { TimeRange } from "./trail-lookup.ts";
import { collectOwnFiles, type OwnFiles } from "./trail-own-files.ts";
import { LATE_MS } from "./trail-parts.ts";
import { type CountedChanges, collectRegion, type RegionTrail, rangeName } from "./trail-region.ts";

const SECOND_MS = 1000;
const DAY_MS = 24 * 60 * 60 * SECOND_MS;
/** How far back LookupEvents reaches. */
const HISTORY_MS = 90 * DAY_MS;

/**
 * The account's management events of the window, from CloudTrail's event history: those of the environment's region,
 * and those of the region in which the global services (IAM, STS, CloudFront, sign-in) are recorded. Where the runbook
 * names a trail, its own files of the same regions too, validated by their digest chain, and the two compared.
 *
 * `complete` means: everything up to each lookup's `through`, and of what came later everything that had arrived. What
 * may still arrive is named under `pending`. Data events are not part of the event history
 * (https://docs.aws.amazon.com/awscloudtrail/latest/userguide/view-cloudtrail-events.html).
 */
export async function collectTrail(context: SourceContext): Promise<SourceResult<SourceOf<"cloudtrail">>> {
  const { window, gaps } = reachable(context);
  let events = 0;
  const onEvents = (more: number) => {
    events += more;
    context.progress({ unit: "events", done: events, total: undefined });
  };
  const regions = [...new Set([context.target.region, globalRegion(context.target.region)])];
  const lookedUp = Promise.all(
    regions.map((region) =>
      collectRegion(context, region, window, onEvents).catch((error: Error) => unwritten(region, error)),
    ),
  );
  const [trails, files] = await Promise.all([
    lookedUp,
    collectOwnFiles(context, regions, wholeSeconds(context)),
  ]);
  const compared = files ? await compareAll(trails, files, window) : null;
  const counted = await countRest(trails, files);
  const items = [...trails.flatMap((trail) => trail.items), ...(files?.items ?? [])];
  gaps.push(...trails.flatMap((trail) => trail.gaps), ...(files?.gaps ?? []), ...(compared?.gaps ?? []));
  gaps.push(...counted.flatMap((count) => count?.gaps ?? []));
  return {
    record: {
      source: "cloudtrail",
      status: gaps.length === 0 ? "complete" : items.length > 0 ? "partial" : "failed",
      expected: expectation(counted, files),
      collected: {
        events: trails.reduce((sum, { ids }) => sum + ids.size, 0),
        ...(counted.length > 0
          ? { changes: counted.reduce((sum, count) => sum + (count?.held ?? 0), 0) }
          : {}),
        ...(files && compared ? { ...fileCounts(files), eventsInBoth: compared.inBoth } : {}),
        bytes: items.reduce((sum, { size }) => sum + size, 0),
      },
      gaps,
      pending: [
        ...trails.flatMap(({ region, through }) => late(region, window, through)),
        ...(files?.pending ?? []),
        ...(compared?.pending ?? []),
      ],
      trail: files?.record ?? null,
      lookups: trails.map(({ region, ids, through }) => ({
        region,
        from: new Date(window.from).toISOString(),
        through: through === null ? null : new Date(through).toISOString(),
        events: ids.size,
      })),
    },
    items,
  };
}

/** One region's items could not be written: the other's are kept, and what lies in the vault is listed at the seal. */
function unwritten(region: string, { name, message }: Error): RegionTrail {
  const gaps = [{ what: `cloudtrail:${region}`, why: `${name}: ${message}` }];
  const fetch = async () => {};
  return { region, items: [], ids: new Map(), fetch, gaps, through: null, count: async () => null };
}

/**
 * The other route to what the history should hold: the trail's own files. Regions of which none tell are counted by a
 * second lookup.
 */
function countRest(
  trails: readonly RegionTrail[],
  files: OwnFiles | null,
): Promise<(CountedChanges | null)[]> {
  const telling =
    files?.trail?.stoppedAt === null ? files.regions.filter(({ events }) => events.size > 0) : [];
  const told = new Set(telling.map(({ region }) => region));
  return Promise.all(trails.filter(({ region }) => !told.has(region)).map((trail) => trail.count()));
}

/**
 * Where CloudTrail's event history shows global services, by partition: only in this region since November 2021
 * (https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-concepts.html#cloudtrail-concepts-global-service-events).
 */
export function globalRegion(region: string): string {
  if (region.startsWith("cn-")) return "cn-north-1";
  if (region.startsWith("us-gov-")) return "us-gov-west-1";
  return "us-east-1";
}

/** The window in whole seconds, as CloudTrail's times are, and no further back than CloudTrail remembers. */
function reachable(context: SourceContext): { window: TimeRange; gaps: Gap[] } {
  const { clock } = context;
  const { from, to } = wholeSeconds(context);
  const oldest = Math.ceil((clock.now().getTime() - HISTORY_MS) / SECOND_MS) * SECOND_MS;
  if (from >= oldest) return { window: { from, to }, gaps: [] };
  const why =
    "older than the 90 days that CloudTrail's event history holds; the trail's bucket may hold them";
  const beyond = { from, to: Math.min(oldest, to) };
  return {
    window: { from: beyond.to, to },
    gaps: [{ what: rangeName("all regions", beyond), why }],
  };
}

function wholeSeconds({ window }: SourceContext): TimeRange {
  return {
    from: Math.floor(window.from.getTime() / SECOND_MS) * SECOND_MS,
    to: Math.ceil(window.to.getTime() / SECOND_MS) * SECOND_MS,
  };
}

function expectation(
  counted: readonly (CountedChanges | null)[],
  files: OwnFiles | null,
): Record<string, number | string> {
  if (counted.includes(null)) return { counted: "not counted: see the gaps" };
  const routes = [
    ...(counted.length > 0
      ? ["LookupEvents for ReadOnly=false, after the last page: each is among the events"]
      : []),
    files
      ? "the trail's log files by two lists, the bucket's and the digest files', and their events by id against the history's"
      : "the runbook names no trail, so that the event history alone was asked for",
  ];
  return {
    ...(counted.length > 0
      ? { changes: counted.reduce((sum, count) => sum + (count?.changes ?? 0), 0) }
      : {}),
    ...(files ? { logFiles: files.regions.reduce((sum, one) => sum + one.expectedLogFiles, 0) } : {}),
    counted: routes.join("; "),
  };
}

function late(region: string, window: TimeRange, through: number | null): Pending[] {
  if (through === null || through >= window.to) return [];
  const why =
    "what had arrived was collected; CloudTrail delivers within about 5 minutes on average, and later events may follow";
  return [
    {
      what: rangeName(region, { from: through, to: window.to }),
      why,
      expectedBy: new Date(window.to + LATE_MS).toISOString(),
    },
  ];
}
