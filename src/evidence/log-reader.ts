import { GetLogEventsCommand, type OutputLogEvent } from "@aws-sdk/client-cloudwatch-logs";
import type { Aws, Clock } from "../ports.ts";
import type { HeldLines } from "./held-lines.ts";
import { EventIds, type LogStreamRef } from "./log-ids.ts";
import type { LaneEntrance } from "./scheduler.ts";

/** What has been read of a stream so far. Timestamps in milliseconds since the epoch, UTC. */
export interface LogTally {
  events: number;
  newest: number | null;
}

/** Which events of a stream are wanted. Milliseconds since the epoch, UTC. */
export interface LogRange {
  from: number;
  /** The first timestamp that is not; without it the stream is read to its newest event. */
  before?: number;
  /** Only what came to CloudWatch then or later: what was there before is in the evidence already. */
  ingestedSince?: number;
}

/** What reading needs: who asks, the clock, and when a call may leave. */
export interface LogReading {
  aws: Pick<Aws, "logs">;
  clock: Clock;
  lane: Pick<LaneEntrance, "run">;
}

/**
 * A stream that is written to faster than it is read never ends. Whatever was ingested this long after the reading
 * began is the next capture's. It also allows for clocks that differ by as much.
 */
const FOLLOW_MS = 5000;

/**
 * Reads a stream as NDJSON, one buffer a page, oldest first.
 *
 * Pages may be empty on the way: the end is reached only when the token repeats
 * (https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_GetLogEvents.html). Events that look the
 * same are all kept, each under an id of its own (`EventIds`). Lines that are `held` in the evidence already are left
 * out. Masked events stay masked: `unmask` is never asked for.
 */
export async function* readLogLines(
  { aws, clock, lane }: LogReading,
  ref: LogStreamRef,
  { from, before, ingestedSince = 0 }: LogRange,
  tally: LogTally,
  held?: Pick<HeldLines, "missing">,
): AsyncGenerator<Buffer> {
  const followUntil = clock.now().getTime() + FOLLOW_MS;
  const ids = new EventIds(ref);
  let token: string | undefined;
  for (;;) {
    const page = await lane.run(() =>
      aws.logs.send(
        new GetLogEventsCommand({
          logGroupName: ref.group,
          logStreamName: ref.stream,
          startFromHead: true,
          startTime: from,
          ...(before === undefined ? {} : { endTime: before }),
          ...(token ? { nextToken: token } : {}),
        }),
      ),
    );
    const events = page.events ?? [];
    const newest = events.reduce((latest, { timestamp = 0 }) => Math.max(latest, timestamp), 0);
    const wanted = events.filter(({ ingestionTime = 0 }) => ingestionTime >= ingestedSince);
    const all = wanted.map((event) => logLine(ref, event, ids.next(event)));
    const lines = held && all.length > 0 ? await held.missing(all, newest) : all;
    if (events.length > 0) tally.newest = Math.max(tally.newest ?? 0, newest);
    tally.events += lines.length;
    if (lines.length > 0) yield Buffer.from(lines.join(""));
    const next = page.nextForwardToken;
    if (next === undefined || next === token) return;
    if (events.length > 0 && events.every(({ ingestionTime }) => (ingestionTime ?? 0) > followUntil)) return;
    token = next;
  }
}

function logLine(
  { group, stream }: LogStreamRef,
  { timestamp, ingestionTime, message }: OutputLogEvent,
  eventId: string,
): string {
  return `${JSON.stringify({ timestamp, ingestionTime, eventId, message, stream, group })}\n`;
}
