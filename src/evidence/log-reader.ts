import { GetLogEventsCommand, type OutputLogEvent } from "@aws-sdk/client-cloudwatch-logs";
import type { Aws, Clock } from "../ports.ts";
import type { HeldLines } from "./held-lines.ts";
import { patiently } from "./patience.ts";

export interface LogStreamRef {
  group: string;
  stream: string;
}

/** What has been read of a stream so far. Timestamps in milliseconds since the epoch, UTC. */
export interface LogTally {
  events: number;
  newest: number | null;
}

/**
 * A stream that is written to faster than it is read never ends. Whatever was ingested this long after the reading
 * began is the next capture's. It also allows for clocks that differ by as much.
 */
const FOLLOW_MS = 5000;

/**
 * Reads a stream from `from` (milliseconds) to its newest event, as NDJSON, one buffer a page, oldest first.
 *
 * Pages may be empty on the way: the end is reached only when the token repeats
 * (https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_GetLogEvents.html). Events that look the
 * same are all kept. Lines that are `held` in the evidence already are left out, each as often as it is held.
 */
export async function* readLogLines(
  deps: { aws: Aws; clock: Clock },
  ref: LogStreamRef,
  from: number,
  tally: LogTally,
  held?: Pick<HeldLines, "missing">,
): AsyncGenerator<Buffer> {
  const followUntil = deps.clock.now().getTime() + FOLLOW_MS;
  let token: string | undefined;
  for (;;) {
    const page = await patiently(deps.clock, () =>
      deps.aws.logs.send(
        new GetLogEventsCommand({
          logGroupName: ref.group,
          logStreamName: ref.stream,
          startFromHead: true,
          startTime: from,
          ...(token ? { nextToken: token } : {}),
        }),
      ),
    );
    const events = page.events ?? [];
    const all = events.map((event) => logLine(ref, event));
    const newest = events.reduce((latest, { timestamp = 0 }) => Math.max(latest, timestamp), 0);
    const lines = held && all.length > 0 ? await held.missing(all, newest) : all;
    if (all.length > 0) tally.newest = Math.max(tally.newest ?? 0, newest);
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
): string {
  return `${JSON.stringify({ timestamp, ingestionTime, message, stream, group })}\n`;
}
