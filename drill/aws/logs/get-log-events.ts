/** GetLogEvents: one stream, page by page, in both directions. */
import { z } from "zod";
import type { Random } from "../../random.ts";
import { AwsError } from "../errors.ts";
import { readInput } from "../input.ts";
import type { JsonOperation } from "../service.ts";
import type { StoredEvent } from "./events.ts";
import { groupIdentifier, groupName, streamName, timestamp } from "./names.ts";
import { openGroup } from "./protection.ts";
import { type PageQuirks, pageCapacity } from "./quirks.ts";
import type { LogStore, LogStream } from "./store.ts";
import { type Direction, type Place, parseStreamToken, streamToken } from "./tokens.ts";

/** Up to 10,000 events or 1 MB a page, an event counting its UTF-8 bytes and 26 more. */
export const PAGE_EVENTS = 10_000;
export const PAGE_BYTES = 1_048_576;
export const EVENT_OVERHEAD_BYTES = 26;

/** The latest timestamp that a token can hold. */
const LATEST = 99_999_999_999_999;

const Input = z.strictObject({
  logGroupName: groupName.optional(),
  logGroupIdentifier: groupIdentifier.optional(),
  logStreamName: streamName,
  startTime: timestamp.optional(),
  endTime: timestamp.optional(),
  nextToken: z.string().min(1).optional(),
  limit: z.int().min(1).max(PAGE_EVENTS).optional(),
  startFromHead: z.boolean().optional(),
  unmask: z.boolean().optional(),
});

interface Window {
  /** First timestamp that is included. */
  readonly from: number;
  /** First timestamp that is not. */
  readonly to: number;
}

interface Page {
  readonly events: StoredEvent[];
  readonly forward: Place;
  readonly backward: Place;
}

/** https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_GetLogEvents.html */
export function getLogEvents(store: LogStore, quirks: PageQuirks, random: Random): JsonOperation {
  return (raw, context) => {
    const input = readInput(Input, raw, "InvalidParameterException", "GetLogEvents");
    const name = chosenGroup(input);
    context.log(`${name}:${input.logStreamName}`);
    const show = openGroup(store.group(name), "GetLogEvents", input.unmask ?? false, context);
    const stream = store.stream(name, input.logStreamName);
    const window = { from: input.startTime ?? 0, to: input.endTime ?? LATEST };
    const { direction, place } = startingPlace(input, stream, window);
    const limit = input.limit ?? PAGE_EVENTS;
    const newest = input.nextToken === undefined && direction === "b";
    const capacity = newest ? limit : pageCapacity(quirks, random, place, limit);
    const page = readPage(stream, window, direction, place, capacity);
    return {
      events: page.events.map(({ timestamp, message, ingestionTime }) => ({
        timestamp,
        message: show(message),
        ingestionTime,
      })),
      nextForwardToken: streamToken("f", page.forward),
      nextBackwardToken: streamToken("b", page.backward),
    };
  };
}

/** Throws InvalidParameterException unless exactly one of name and identifier is given. */
export function chosenGroup(input: {
  logGroupName?: string | undefined;
  logGroupIdentifier?: string | undefined;
}): string {
  if (input.logGroupName !== undefined && input.logGroupIdentifier !== undefined) {
    throw new AwsError(
      "InvalidParameterException",
      "LogGroup name and LogGroup identifier cannot both be specified.",
    );
  }
  const identifier = input.logGroupName ?? input.logGroupIdentifier;
  if (identifier === undefined) {
    throw new AwsError(
      "InvalidParameterException",
      "Either LogGroup name or LogGroup identifier must be specified.",
    );
  }
  return /^arn:[^:]*:logs:[^:]*:[^:]*:log-group:(.+)$/.exec(identifier)?.[1] ?? identifier;
}

function startingPlace(
  input: z.output<typeof Input>,
  stream: LogStream,
  window: Window,
): { direction: Direction; place: Place } {
  if (input.nextToken !== undefined) return parseStreamToken(input.nextToken);
  const forward = input.startFromHead ?? false;
  const timestamp = forward ? window.from : window.to;
  return {
    direction: forward ? "f" : "b",
    place: { timestamp, stream: stream.serial, sequence: 0, nonce: 0 },
  };
}

function readPage(
  stream: LogStream,
  window: Window,
  direction: Direction,
  place: Place,
  capacity: number,
): Page {
  if (capacity === 0) {
    if (take(stream, window, direction, place, 1).length === 0) return emptyPage(place);
    const fresh = { ...place, nonce: place.nonce + 1 };
    return { events: [], forward: fresh, backward: fresh };
  }
  const events = take(stream, window, direction, place, capacity);
  const first = events[0];
  const last = events.at(-1);
  if (first === undefined || last === undefined) {
    return emptyPage(place.timestamp === LATEST ? { ...place, timestamp: window.from } : place);
  }
  const at = { stream: stream.serial, nonce: 0 };
  return {
    events,
    forward: { ...at, timestamp: last.timestamp, sequence: last.sequence + 1 },
    backward: { ...at, timestamp: first.timestamp, sequence: first.sequence },
  };
}

/** The end of the stream: the same token again, by which clients know it. */
function emptyPage(place: Place): Page {
  return { events: [], forward: place, backward: place };
}

/** Events of the window from the place on, in ascending order whatever the direction, within a page's bytes. */
function take(
  stream: LogStream,
  window: Window,
  direction: Direction,
  place: Place,
  capacity: number,
): StoredEvent[] {
  const forward = direction === "f";
  const cursor = stream.events.cursor(clamp(place, window, forward));
  const events: StoredEvent[] = [];
  let bytes = 0;
  while (events.length < capacity) {
    const event = forward ? cursor.next() : cursor.previous();
    if (event === null || event.timestamp < window.from || event.timestamp >= window.to) break;
    bytes += Buffer.byteLength(event.message) + EVENT_OVERHEAD_BYTES;
    if (bytes > PAGE_BYTES && events.length > 0) break;
    events.push(event);
  }
  return forward ? events : events.reverse();
}

function clamp(place: Place, window: Window, forward: boolean): { timestamp: number; sequence: number } {
  if (forward && place.timestamp < window.from) return { timestamp: window.from, sequence: 0 };
  if (!forward && place.timestamp > window.to) return { timestamp: window.to, sequence: 0 };
  return place;
}
