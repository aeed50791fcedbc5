import type { Aws } from "../../ports.ts";
import type { SourceContext } from "../context.ts";
import type { LaneEntrance } from "../scheduler.ts";
import type { Gap, ManifestItem } from "../source-schema.ts";
import type { EventNote } from "./trail-compare.ts";
import { LOOKUPS_A_SECOND, lookUp, lookupLane, type TimeRange } from "./trail-lookup.ts";
import { LATE_MS, TrailParts, uncovered } from "./trail-parts.ts";
import { type TrailLine, trailLine } from "./trail-record.ts";

/** A part holds so many events, or so many bytes: what a kill loses, and what stands in memory. */
const EVENTS_A_PART = 2000;
const BYTES_A_PART = 8 * 1024 * 1024;

/**
 * An account may make more events in a day than can be looked up in an hour, and the gate waits for the seal. What is
 * not reached in this time is named, is kept by CloudTrail for 90 days, and is the next capture's.
 */
const LONGEST_MS = 10 * 60_000;

export interface RegionTrail {
  region: string;
  items: ManifestItem[];
  /** The events held, by id: in these items, and in those of the captures that this one adds to. */
  ids: ReadonlyMap<string, EventNote>;
  /** Looks up events of which another source knows the ids, and adds those that CloudTrail shows to the items. */
  fetch: (ids: readonly string[]) => Promise<void>;
  gaps: Gap[];
  /** Every event of before this moment that CloudTrail showed is in the items; null when some are missing. */
  through: number | null;
  /**
   * Counts the events that are not read-only, by a lookup of their own: every such event is fetched twice, so it is
   * for regions of which no trail's files tell. Null when events are missing anyhow, or there was no time for it.
   */
  count: () => Promise<CountedChanges | null>;
}

export interface CountedChanges {
  changes: number;
  /** How many of these are in the items. */
  held: number;
  gaps: Gap[];
}

interface Collection {
  context: SourceContext;
  region: string;
  cloudtrail: Aws["cloudtrail"];
  clock: SourceContext["clock"];
  lane: LaneEntrance;
  parts: TrailParts;
  until: number;
  onEvents: (events: number) => void;
}

/** Looks up one region's management events of the window, newest first, at the quota's pace. Read-only. */
export async function collectRegion(
  context: SourceContext,
  region: string,
  window: TimeRange,
  onEvents: (events: number) => void,
): Promise<RegionTrail> {
  const { clock } = context;
  const begun = clock.now().getTime();
  const parts = new TrailParts(context, region);
  const { cloudtrail } = context.awsIn(region);
  const lane = lookupLane(context.scheduler, region);
  const collection: Collection = {
    context,
    region,
    cloudtrail,
    clock,
    lane,
    parts,
    until: begun + LONGEST_MS,
    onEvents,
  };
  await parts.takeInEarlier();
  await parts.takeInPresent();
  onEvents(parts.ids.size);
  const gaps: Gap[] = [];
  for (const range of uncovered(window, parts.settled)) gaps.push(...(await collectRange(collection, range)));
  const through = Math.max(window.from, Math.min(window.to, wholeSecond(begun - LATE_MS)));
  return {
    region,
    items: parts.items,
    ids: parts.ids,
    fetch: (ids) => fetchById(collection, window, ids),
    gaps,
    through: gaps.length === 0 ? through : null,
    count: async () =>
      gaps.length === 0 ? countChanges(collection, { from: window.from, to: through }) : null,
  };
}

/** Collects one range. @returns the gap when it ended early: everything newer is in the items. */
async function collectRange(collection: Collection, range: TimeRange): Promise<Gap[]> {
  const { parts, onEvents, until, clock } = collection;
  const pending = new Map<string, TrailLine>();
  let [end, bytes] = [range.to, 0];
  const flush = async () => {
    const lines = [...pending.values()];
    // Events of the oldest second may go on on the next page: they wait for it.
    const from = wholeSecond(Math.min(...lines.map(({ at }) => at))) + 1000;
    const whole = lines.filter(({ at }) => at >= from);
    if (whole.length === 0) return;
    await parts.write(whole, { from, to: end });
    end = from;
    for (const { id } of whole) pending.delete(id);
    bytes = 0;
  };
  try {
    for await (const page of lookUp(collection, range)) {
      const before = pending.size;
      for (const line of page.map(trailLine)) {
        const belongs = line.at >= range.from && line.at < range.to;
        if (!belongs || parts.ids.has(line.id)) continue;
        pending.set(line.id, line);
        bytes += line.text.length;
      }
      onEvents(pending.size - before);
      if (pending.size >= EVENTS_A_PART || bytes >= BYTES_A_PART) await flush();
      if (clock.now().getTime() > until) throw new Error(outOfTime());
    }
    await parts.write([...pending.values()], { from: range.from, to: end });
    return [];
  } catch (error) {
    await flush();
    const { name, message } = error as Error;
    return [
      { what: rangeName(collection.region, { from: range.from, to: end }), why: `${name}: ${message}` },
    ];
  }
}

/**
 * Counts by another route: the events that changed something, looked up by that attribute. Such an event that was not
 * there before and is older than what may arrive late shows that the first lookup was not whole; in a capture that
 * adds to others it is just what was looked for.
 */
async function countChanges(collection: Collection, range: TimeRange): Promise<CountedChanges | null> {
  const { parts, region, until, clock, context } = collection;
  const late: TrailLine[] = [];
  const seen = new Set<string>();
  let held = 0;
  const gaps: Gap[] = [];
  try {
    for await (const page of lookUp(collection, range, {
      AttributeKey: "ReadOnly",
      AttributeValue: "false",
    })) {
      for (const event of page) {
        const { EventId = "", EventName, EventTime } = event;
        const at = EventTime?.getTime() ?? 0;
        if (at < range.from || at >= range.to || seen.has(EventId)) continue;
        seen.add(EventId);
        if (parts.ids.has(EventId)) held += 1;
        else if (context.earlier.length > 0) late.push(trailLine(event));
        else
          gaps.push({
            what: `cloudtrail:${region}:${EventId}`,
            why: `${EventName} of ${new Date(at).toISOString()} came to light only when the events were counted`,
          });
      }
      if (clock.now().getTime() > until) return null;
    }
    await writeLate(collection, late);
    return { changes: seen.size, held: held + late.length, gaps };
  } catch (error) {
    const { name, message } = error as Error;
    gaps.push({ what: `cloudtrail:${region}: the count`, why: `${name}: ${message}` });
    return { changes: seen.size, held, gaps };
  }
}

async function fetchById(collection: Collection, window: TimeRange, ids: readonly string[]): Promise<void> {
  const lines: TrailLine[] = [];
  for (const AttributeValue of ids)
    for await (const page of lookUp(collection, window, { AttributeKey: "EventId", AttributeValue }))
      lines.push(...page.map(trailLine).filter(({ id }) => id === AttributeValue));
  await writeLate(collection, lines);
}

/** Writes events that came to light one by one: they make no range whole. */
async function writeLate({ parts }: Collection, lines: readonly TrailLine[]): Promise<void> {
  if (lines.length === 0) return;
  const at = Math.min(...lines.map((line) => line.at));
  await parts.write(lines, { from: at, to: at });
}

/** How a gap names a range. */
export function rangeName(region: string, { from, to }: TimeRange): string {
  return `cloudtrail:${region} from ${new Date(from).toISOString()} to ${new Date(to).toISOString()}`;
}

function wholeSecond(milliseconds: number): number {
  return Math.floor(milliseconds / 1000) * 1000;
}

function outOfTime(): string {
  return `not reached in ${LONGEST_MS / 60_000} minutes, at ${LOOKUPS_A_SECOND} lookups a second; CloudTrail keeps events for 90 days, preserve again for them`;
}
