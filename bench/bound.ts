/**
 * The lower bound: how fast anybody could collect this volume within the published quotas.
 *
 * For each API, the fewest calls that fetch everything once, divided by the calls a second that its quota allows; the
 * largest of these is the bound. A perfect collector knows beforehand where everything lies, gets full pages only,
 * fetches nothing twice, starts at full speed, pays no latency, computes nothing, seals in no time, and asks all APIs
 * side by side. So the bound leaves out what any real collector pays for: the empty and half-full pages that CloudWatch
 * gives, the second listing and the other counts that prove a capture complete, the ledger, the label and the seal.
 * Log events count as read with GetLogEvents, stream by stream, as Firebreak reads them.
 */
import { EVENT_OVERHEAD_BYTES, PAGE_BYTES, PAGE_EVENTS } from "../drill/aws/logs/get-log-events.ts";
import { READS_A_SECOND, WRITES_A_SECOND } from "../drill/aws/s3/endpoint.ts";
import type { JsonService } from "../drill/aws/service.ts";
import { auditObjects, STREAMS, streamGenerator, trailByRegion, type Volume } from "./seeds.ts";
import type { World } from "./world.ts";

export interface ApiBound {
  api: string;
  /** The fewest calls that fetch everything. */
  calls: number;
  perSecond: number;
  /** Who shares the quota. */
  quotaOf: string;
  seconds: number;
  /** How many the run made, refused ones too. */
  made: number;
}

/** What the bound needs to know of the platform. */
type Bounded = Pick<World, "target" | "start" | "calls" | "logQuotas" | "trailQuotas">;

const EVENTS_A_LOOKUP = 50;
const STREAMS_A_PAGE = 50;
const VERSIONS_A_PAGE = 1000;

/** Per API, the slowest first. `made` counts the calls of one job in the call log. */
export function lowerBound(world: Bounded, volume: Volume, job: string): ApiBound[] {
  const made = callsMade(world, job);
  const row = (
    api: string,
    calls: number,
    perSecond: number,
    quotaOf: string,
    busiest = calls,
  ): ApiBound => ({
    api,
    calls,
    perSecond,
    quotaOf,
    seconds: busiest / perSecond,
    made: made.get(api) ?? 0,
  });
  const account = "account and region";
  const { own, global } = trailByRegion(volume);
  const lookups = [own, global].map((events) => Math.max(1, Math.ceil(events / EVENTS_A_LOOKUP)));
  const days = objectsByDay(world, volume);
  const copies = [...days.values()];
  const listings = copies.map((objects) => Math.ceil(objects / VERSIONS_A_PAGE));
  return [
    row(
      "cloudtrail:LookupEvents",
      sum(lookups),
      rate(world.trailQuotas, "LookupEvents"),
      account,
      Math.max(...lookups),
    ),
    row("logs:GetLogEvents", logPages(world, volume), rate(world.logQuotas, "GetLogEvents"), account),
    row(
      "logs:DescribeLogStreams",
      Math.ceil(STREAMS / STREAMS_A_PAGE),
      rate(world.logQuotas, "DescribeLogStreams"),
      account,
    ),
    row("s3:CopyObject", sum(copies), WRITES_A_SECOND, "prefix", Math.max(...copies)),
    row("s3:ListObjectVersions", sum(listings), READS_A_SECOND, "prefix", Math.max(...listings)),
  ].sort((a, b) => b.seconds - a.seconds);
}

function callsMade({ calls }: Bounded, job: string): Map<string, number> {
  const made = new Map<string, number>();
  for (const call of calls.all()) {
    if (call.job !== job) continue;
    const api = `${call.service}:${call.operation}`;
    made.set(api, (made.get(api) ?? 0) + 1);
  }
  return made;
}

function rate(quotas: JsonService["quotas"], operation: string): number {
  const quota = quotas[operation];
  if (!quota) throw new Error(`no quota of ${operation} is known`);
  return quota.ratePerSecond;
}

/** Full pages: up to 10,000 events or 1 MB each, stream by stream. */
function logPages({ start }: Bounded, volume: Volume): number {
  let pages = 0;
  for (let stream = 0; stream < STREAMS; stream += 1) {
    const { count, at } = streamGenerator(volume, stream, start);
    let [events, bytes] = [0, 0];
    for (let index = 0; index < count; index += 1) {
      const size = Buffer.byteLength(at(index).message) + EVENT_OVERHEAD_BYTES;
      if (events === PAGE_EVENTS || bytes + size > PAGE_BYTES) {
        pages += 1;
        [events, bytes] = [0, 0];
      }
      events += 1;
      bytes += size;
    }
    if (events > 0) pages += 1;
  }
  return pages;
}

/** Objects by day folder: what S3 calls a prefix, and counts requests by. */
function objectsByDay({ target, start }: Bounded, volume: Volume): Map<string, number> {
  const days = new Map<string, number>();
  for (const { key } of auditObjects(target, volume, start)) {
    const day = key.slice(0, key.lastIndexOf("/"));
    days.set(day, (days.get(day) ?? 0) + 1);
  }
  return days.size > 0 ? days : new Map([["", 0]]);
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
