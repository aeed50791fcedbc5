import { DescribeLogStreamsCommand, type LogStream } from "@aws-sdk/client-cloudwatch-logs";
import type { SourceContext } from "../context.ts";
import type { LogStreamRef } from "../log-ids.ts";
import { pages } from "../pages.ts";
import type { ObservedTask } from "../service-view.ts";
import type { Gap } from "../source-schema.ts";

/** A stream that belongs into the capture, and what is known of it before it is read. */
export interface WantedStream {
  group: string;
  stream: string;
  /** Milliseconds since the epoch; null when CloudWatch names no event of it. */
  expectedNewest: number | null;
  /** When CloudWatch says that it got something last; milliseconds, may lag as `expectedNewest`. */
  lastIngestion: number | null;
  /** Whether a task that has run writes to it. */
  ofTask: boolean;
}

/**
 * `lastEventTimestamp` "typically updates in less than an hour from ingestion, but in rare situations might take
 * longer" (https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_LogStream.html).
 */
const LAG_MS = 2 * 60 * 60 * 1000;

/**
 * The streams of the group that touch the window, and every stream that a task of the service writes to, in whatever
 * group, listed or not. In the order of their names, so that a run that continues another finds the same.
 *
 * A group that cannot be listed is a gap: the tasks' streams are known by their names and can be read all the same.
 * `known` are streams that earlier captures hold, in whatever group: they are looked at again.
 */
export async function findStreams(
  context: SourceContext,
  tasks: readonly ObservedTask[],
  known: readonly LogStreamRef[] = [],
): Promise<{ wanted: WantedStream[]; unlisted: Gap[] }> {
  const wanted = new Map<string, WantedStream>();
  const add = (stream: WantedStream) => {
    const id = `${stream.group}\n${stream.stream}`;
    const found = wanted.get(id);
    wanted.set(id, found ? { ...found, ofTask: found.ofTask || stream.ofTask } : stream);
  };
  const names = new Set<string>();
  const group = context.target.logGroup;
  const unlisted: Gap[] = [];
  try {
    for await (const stream of listStreams(context, group)) {
      const name = stream.logStreamName;
      if (name === undefined) continue;
      names.add(name);
      if (touches(stream, context.window)) add(wantedStream(group, name, stream));
    }
  } catch (error) {
    const why = `its streams could not be listed, so those that no task of the service writes to are missing: ${(error as Error).name}: ${(error as Error).message}`;
    unlisted.push({ what: `the other streams of the log group ${group}`, why });
  }
  for (const task of tasks) {
    // A task that has not started its containers yet has no stream; one that has must have one.
    for (const { group: where, stream } of task.output.streams) {
      const listed = where === group && names.has(stream);
      if (task.hasRun || listed)
        add({ group: where, stream, expectedNewest: null, lastIngestion: null, ofTask: task.hasRun });
    }
  }
  for (const ref of known) add({ ...ref, expectedNewest: null, lastIngestion: null, ofTask: false });
  const byName = (a: WantedStream, b: WantedStream) =>
    compare(a.group, b.group) || compare(a.stream, b.stream);
  return { wanted: [...wanted.values()].sort(byName), unlisted };
}

async function* listStreams(context: SourceContext, group: string): AsyncGenerator<LogStream> {
  const listing = pages(
    context.clock,
    (nextToken) =>
      context.aws.logs.send(
        new DescribeLogStreamsCommand({ logGroupName: group, ...(nextToken ? { nextToken } : {}) }),
      ),
    ({ nextToken }) => nextToken,
  );
  for await (const { logStreams } of listing) yield* logStreams ?? [];
}

function wantedStream(group: string, stream: string, known: LogStream): WantedStream {
  const { lastEventTimestamp: newest = null, lastIngestionTime: lastIngestion = null } = known;
  return { group, stream, expectedNewest: newest, lastIngestion, ofTask: false };
}

function touches(stream: LogStream, window: { from: Date; to: Date }): boolean {
  const { creationTime = 0, firstEventTimestamp = 0, lastEventTimestamp = 0, lastIngestionTime = 0 } = stream;
  const last = Math.max(creationTime, lastEventTimestamp, lastIngestionTime) + LAG_MS;
  return last >= window.from.getTime() && firstEventTimestamp <= window.to.getTime();
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
