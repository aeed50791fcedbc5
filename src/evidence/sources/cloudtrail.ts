import type { SourceContext, SourceResult } from "../context.ts";
import type { Gap, Pending, SourceOf } from "../manifest.ts";
import type { TimeRange } from "./trail-lookup.ts";
import { LATE_MS } from "./trail-parts.ts";
import { collectRegion, type RegionTrail, rangeName } from "./trail-region.ts";

const SECOND_MS = 1000;
const DAY_MS = 24 * 60 * 60 * SECOND_MS;
/** How far back LookupEvents reaches. */
const HISTORY_MS = 90 * DAY_MS;

/**
 * The account's management events of the window, from CloudTrail's event history: those of the environment's region,
 * and those of the region in which the global services (IAM, STS, CloudFront, sign-in) are recorded.
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
  const trails = await Promise.all(
    regions.map((region) =>
      collectRegion(context, region, window, onEvents).catch((error: Error) => unwritten(region, error)),
    ),
  );
  const items = trails.flatMap((trail) => trail.items);
  gaps.push(...trails.flatMap((trail) => trail.gaps));
  return {
    record: {
      source: "cloudtrail",
      status: gaps.length === 0 ? "complete" : items.length > 0 ? "partial" : "failed",
      expected: expectation(trails),
      collected: {
        events: trails.reduce((sum, trail) => sum + trail.events, 0),
        changes: trails.reduce((sum, trail) => sum + trail.changesHeld, 0),
        bytes: items.reduce((sum, { size }) => sum + size, 0),
      },
      gaps,
      pending: trails.flatMap(({ region, through }) => late(region, window, through)),
      lookups: trails.map(({ region, events: found, through }) => ({
        region,
        from: new Date(window.from).toISOString(),
        through: through === null ? null : new Date(through).toISOString(),
        events: found,
      })),
    },
    items,
  };
}

/** One region's items could not be written: the other's are kept, and what lies in the vault is listed at the seal. */
function unwritten(region: string, { name, message }: Error): RegionTrail {
  const gaps = [{ what: `cloudtrail:${region}`, why: `${name}: ${message}` }];
  return { region, items: [], events: 0, gaps, through: null, changes: null, changesHeld: 0 };
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
function reachable({ window, clock }: SourceContext): { window: TimeRange; gaps: Gap[] } {
  const from = Math.floor(window.from.getTime() / SECOND_MS) * SECOND_MS;
  const to = Math.ceil(window.to.getTime() / SECOND_MS) * SECOND_MS;
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

function expectation(trails: readonly RegionTrail[]): Record<string, number | string> {
  if (trails.some(({ changes }) => changes === null)) return { counted: "not counted: see the gaps" };
  return {
    changes: trails.reduce((sum, { changes }) => sum + (changes ?? 0), 0),
    counted: "LookupEvents for ReadOnly=false, after the last page: each is among the events",
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
