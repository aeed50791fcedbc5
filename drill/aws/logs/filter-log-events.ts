/** FilterLogEvents: all or some streams of a group as one list in the order of time. */
import { z } from "zod";
import type { Random } from "../../random.ts";
import { AwsError } from "../errors.ts";
import { readInput } from "../input.ts";
import type { JsonOperation } from "../service.ts";
import type { EventCursor, StoredEvent } from "./events.ts";
import { compileFilter, type EventFilter } from "./filter-pattern.ts";
import { chosenGroup, EVENT_OVERHEAD_BYTES, PAGE_BYTES, PAGE_EVENTS } from "./get-log-events.ts";
import { groupIdentifier, groupName, streamName, timestamp } from "./names.ts";
import { openGroup } from "./protection.ts";
import { type PageQuirks, pageCapacity } from "./quirks.ts";
import type { LogGroup, LogStore, LogStream } from "./store.ts";
import { eventId, groupToken, type Place, parseGroupToken } from "./tokens.ts";

/** One call looks at this many events; a selective filter therefore gets empty pages with a token. */
const SCANNED_EVENTS = 20_000;

const Input = z.strictObject({
  logGroupName: groupName.optional(),
  logGroupIdentifier: groupIdentifier.optional(),
  logStreamNames: z.array(streamName).min(1).max(100).optional(),
  logStreamNamePrefix: streamName.optional(),
  startTime: timestamp.optional(),
  endTime: timestamp.optional(),
  filterPattern: z.string().max(1024).optional(),
  nextToken: z.string().min(1).optional(),
  limit: z.int().min(1).max(PAGE_EVENTS).optional(),
  /** Events are always interleaved today, whatever the member says. */
  interleaved: z.boolean().optional(),
  unmask: z.boolean().optional(),
});

interface Found extends StoredEvent {
  readonly stream: LogStream;
}

/**
 * Both ends of the time range are included here, other than in GetLogEvents.
 * https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_FilterLogEvents.html
 */
export function filterLogEvents(store: LogStore, quirks: PageQuirks, random: Random): JsonOperation {
  return (raw, context) => {
    const input = readInput(Input, raw, "InvalidParameterException", "FilterLogEvents");
    const name = chosenGroup(input);
    context.log(name);
    const show = openGroup(store.group(name), "FilterLogEvents", input.unmask ?? false, context);
    const streams = chosenStreams(store.group(name), input);
    const start: Place = { timestamp: input.startTime ?? 0, stream: 0, sequence: 0, nonce: 0 };
    const token = input.nextToken === undefined ? null : parseGroupToken(input.nextToken);
    const place = token !== null && token.timestamp >= start.timestamp ? token : start;
    const merge = new Merge(streams, place, input.endTime ?? Number.MAX_SAFE_INTEGER);
    const capacity = pageCapacity(quirks, random, place, input.limit ?? PAGE_EVENTS);
    if (capacity === 0 && merge.peek() !== null) {
      return page([], groupToken({ ...place, nonce: place.nonce + 1 }), show);
    }
    const events = collect(merge, compileFilter(input.filterPattern ?? ""), Math.max(capacity, 1));
    const rest = merge.peek();
    return page(events, rest === null ? null : groupToken(placeOf(rest)), show);
  };
}

function chosenStreams(group: LogGroup, input: z.output<typeof Input>): LogStream[] {
  const { logStreamNames: names, logStreamNamePrefix: prefix } = input;
  if (names !== undefined && prefix !== undefined) {
    throw new AwsError(
      "InvalidParameterException",
      "logStreamNames and logStreamNamePrefix cannot both be specified.",
    );
  }
  if (names === undefined) {
    return [...group.streams.values()].filter((stream) => stream.name.startsWith(prefix ?? ""));
  }
  return names.map((name) => {
    const stream = group.streams.get(name);
    if (stream === undefined) {
      throw new AwsError("ResourceNotFoundException", "The specified log stream does not exist.");
    }
    return stream;
  });
}

function collect(merge: Merge, matches: EventFilter, capacity: number): Found[] {
  const events: Found[] = [];
  let bytes = 0;
  for (let scanned = 0; scanned < SCANNED_EVENTS && events.length < capacity; scanned += 1) {
    const event = merge.peek();
    if (event === null) break;
    if (matches(event.message)) {
      bytes += Buffer.byteLength(event.message) + EVENT_OVERHEAD_BYTES;
      if (bytes > PAGE_BYTES && events.length > 0) break;
      events.push(event);
    }
    merge.skip();
  }
  return events;
}

function page(events: readonly Found[], nextToken: string | null, show: (message: string) => string): object {
  return {
    events: events.map((event) => ({
      logStreamName: event.stream.name,
      timestamp: event.timestamp,
      message: show(event.message),
      ingestionTime: event.ingestionTime,
      eventId: eventId(placeOf(event)),
    })),
    searchedLogStreams: [],
    ...(nextToken === null ? {} : { nextToken }),
  };
}

function placeOf({ timestamp, sequence, stream }: Found): Place {
  return { timestamp, sequence, stream: stream.serial, nonce: 0 };
}

/** Several streams as one list, ordered by timestamp, then by stream, then by sequence. */
class Merge {
  readonly #heads: { stream: LogStream; cursor: EventCursor; event: StoredEvent }[] = [];
  readonly #last: number;
  #lowest: number | null = null;

  /** Starts at the place; `last` is the latest timestamp that belongs to the range. */
  constructor(streams: readonly LogStream[], place: Place, last: number) {
    this.#last = last;
    for (const stream of streams) {
      const cursor = stream.events.cursor(cutIn(stream, place));
      const event = cursor.next();
      if (event !== null && event.timestamp <= last) this.#heads.push({ stream, cursor, event });
    }
  }

  peek(): Found | null {
    this.#lowest ??= this.#findLowest();
    const head = this.#lowest === null ? undefined : this.#heads[this.#lowest];
    return head === undefined ? null : { ...head.event, stream: head.stream };
  }

  /** Moves past the event that `peek` gave. */
  skip(): void {
    const index = this.#lowest;
    const head = index === null ? undefined : this.#heads[index];
    this.#lowest = null;
    if (index === null || head === undefined) return;
    const event = head.cursor.next();
    if (event === null || event.timestamp > this.#last) this.#heads.splice(index, 1);
    else head.event = event;
  }

  #findLowest(): number | null {
    let lowest: number | null = null;
    for (const [index, { stream, event }] of this.#heads.entries()) {
      const best = lowest === null ? undefined : this.#heads[lowest];
      const difference =
        best === undefined
          ? -1
          : event.timestamp - best.event.timestamp || stream.serial - best.stream.serial;
      if (difference < 0) lowest = index;
    }
    return lowest;
  }
}

/** Where a stream goes on from a place in the merged order. */
function cutIn(stream: LogStream, place: Place): { timestamp: number; sequence: number } {
  if (stream.serial === place.stream) return place;
  const passed = stream.serial < place.stream;
  return { timestamp: passed ? place.timestamp + 1 : place.timestamp, sequence: 0 };
}
