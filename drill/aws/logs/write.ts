/** CreateLogStream and PutLogEvents: what the stand-ins of running containers call. */
import { z } from "zod";
import { AwsError } from "../errors.ts";
import { readInput } from "../input.ts";
import type { JsonOperation } from "../service.ts";
import { EVENT_OVERHEAD_BYTES, PAGE_BYTES } from "./get-log-events.ts";
import { groupName, streamName, timestamp } from "./names.ts";
import type { LogStore } from "./store.ts";

const HOUR_MS = 3_600_000;
/** Events older than 14 days, or more than 2 hours in the future, are rejected. */
const OLDEST_MS = 14 * 24 * HOUR_MS;
const NEWEST_MS = 2 * HOUR_MS;

const StreamInput = z.strictObject({ logGroupName: groupName, logStreamName: streamName });

/** https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_CreateLogStream.html */
export function createLogStream(store: LogStore): JsonOperation {
  return (raw, context) => {
    const input = readInput(StreamInput, raw, "InvalidParameterException", "CreateLogStream");
    context.log(`${input.logGroupName}:${input.logStreamName}`);
    store.createStream(input.logGroupName, input.logStreamName);
    return {};
  };
}

const EventsInput = z.strictObject({
  logGroupName: groupName,
  logStreamName: streamName,
  logEvents: z
    .array(z.strictObject({ timestamp, message: z.string().min(1) }))
    .min(1)
    .max(10_000),
  /** Accepted and ignored, as the service does since 2023. */
  sequenceToken: z.string().min(1).optional(),
});

type InputEvent = z.output<typeof EventsInput>["logEvents"][number];

/** https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutLogEvents.html */
export function putLogEvents(store: LogStore): JsonOperation {
  return (raw, context) => {
    const input = readInput(EventsInput, raw, "InvalidParameterException", "PutLogEvents");
    context.log(`${input.logGroupName}:${input.logStreamName}`);
    const stream = store.stream(input.logGroupName, input.logStreamName);
    checkBatch(input.logEvents);
    const now = context.clock.now();
    const tooOld = input.logEvents.findLastIndex((event) => event.timestamp < now - OLDEST_MS);
    const tooNew = input.logEvents.findIndex((event) => event.timestamp > now + NEWEST_MS);
    const accepted = input.logEvents.slice(tooOld + 1, tooNew === -1 ? undefined : tooNew);
    for (const event of accepted) stream.events.add(event.timestamp, event.message, now);
    const rejected = {
      ...(tooOld === -1 ? {} : { tooOldLogEventEndIndex: tooOld + 1 }),
      ...(tooNew === -1 ? {} : { tooNewLogEventStartIndex: tooNew }),
    };
    return {
      nextSequenceToken: String(stream.events.count).padStart(56, "0"),
      ...(tooOld === -1 && tooNew === -1 ? {} : { rejectedLogEventsInfo: rejected }),
    };
  };
}

function checkBatch(events: readonly InputEvent[]): void {
  let bytes = 0;
  let previous = 0;
  for (const { timestamp: at, message } of events) {
    bytes += Buffer.byteLength(message) + EVENT_OVERHEAD_BYTES;
    if (at < previous) {
      throw new AwsError(
        "InvalidParameterException",
        "Log events in a single PutLogEvents request must be in chronological order.",
      );
    }
    previous = at;
  }
  if (bytes > PAGE_BYTES) {
    throw new AwsError(
      "InvalidParameterException",
      `Upload too large: ${bytes} bytes exceeds limit of ${PAGE_BYTES}`,
    );
  }
}
