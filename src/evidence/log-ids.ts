import { hash } from "node:crypto";
import type { OutputLogEvent } from "@aws-sdk/client-cloudwatch-logs";

export interface LogStreamRef {
  group: string;
  stream: string;
}

const DIGITS = 32;

/**
 * Ids of a stream's events, the same whoever reads the stream and when.
 *
 * GetLogEvents gives none. FilterLogEvents does, and allows half as many calls a second or fewer in most regions, for
 * pages of the same size and one after the other for all streams; so the events are read with GetLogEvents, side by
 * side, and the id is made of what it tells of an event: the first 32 hexadecimal digits of the SHA-256 of
 *
 *     <timestamp> <ingestionTime> <group>:<stream>:<message>
 *
 * in UTF-8 (neither a group's name nor a stream's holds a colon). Events that are alike in all of these are told apart
 * by `-2`, `-3`, … as they come: CloudWatch keeps each, and so does the evidence.
 */
export class EventIds {
  readonly #ref: LogStreamRef;
  /** How often each id came, among the events of one timestamp: a stream comes in the order of its timestamps. */
  readonly #seen = new Map<string, number>();
  #timestamp: number | undefined;

  constructor(ref: LogStreamRef) {
    this.#ref = ref;
  }

  /** The id of the next event of the stream. */
  next({ timestamp, ingestionTime, message = "" }: OutputLogEvent): string {
    if (timestamp !== this.#timestamp) this.#seen.clear();
    this.#timestamp = timestamp;
    const { group, stream } = this.#ref;
    const id = hash("sha256", `${timestamp} ${ingestionTime} ${group}:${stream}:${message}`).slice(0, DIGITS);
    const times = (this.#seen.get(id) ?? 0) + 1;
    this.#seen.set(id, times);
    return times === 1 ? id : `${id}-${times}`;
  }
}
