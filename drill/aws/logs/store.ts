/** The simulated account's log groups and log streams. */
import type { SimClock } from "../../contracts.ts";
import { AwsError } from "../errors.ts";
import { type EventGenerator, EventStore, type StoredEvent } from "./events.ts";
import type { Protection } from "./protection.ts";

export interface LogStream {
  readonly name: string;
  /** Unique in the group, in the order of creation. */
  readonly serial: number;
  readonly createdAt: number;
  readonly events: EventStore;
}

export interface LogGroup {
  readonly name: string;
  readonly createdAt: number;
  readonly retentionInDays: number | null;
  readonly protection: Protection;
  readonly streams: Map<string, LogStream>;
}

export interface LogGroupSeed {
  name: string;
  /** Milliseconds since the epoch; now when absent. */
  createdAt?: number;
  retentionInDays?: number;
  /** Class, encryption and masking: a plain Standard group when absent. */
  protection?: Partial<Protection>;
}

export interface LogStreamSeed {
  group: string;
  name: string;
  /** Milliseconds since the epoch; the first event's time, or now, when absent. */
  createdAt?: number;
  /** Events made on demand; for millions of them. */
  generator?: EventGenerator;
  /** Events given one by one. */
  events?: readonly { timestamp: number; message: string; ingestionTime?: number }[];
}

export class LogStore {
  readonly #clock: SimClock;
  readonly #groups = new Map<string, LogGroup>();

  constructor(clock: SimClock) {
    this.#clock = clock;
  }

  groups(): LogGroup[] {
    return [...this.#groups.values()].sort((a, b) => compareText(a.name, b.name));
  }

  /** Throws ResourceNotFoundException as the service does. */
  group(name: string): LogGroup {
    const group = this.#groups.get(name);
    if (group === undefined) {
      throw new AwsError("ResourceNotFoundException", "The specified log group does not exist.");
    }
    return group;
  }

  /** Throws ResourceNotFoundException as the service does. */
  stream(groupName: string, name: string): LogStream {
    const stream = this.group(groupName).streams.get(name);
    if (stream === undefined) {
      throw new AwsError("ResourceNotFoundException", "The specified log stream does not exist.");
    }
    return stream;
  }

  /** Adds a log group, or finds the one of that name. */
  seedGroup({ name, createdAt = this.#clock.now(), retentionInDays, protection }: LogGroupSeed): LogGroup {
    const found = this.#groups.get(name);
    if (found !== undefined) return found;
    const group: LogGroup = {
      name,
      createdAt,
      retentionInDays: retentionInDays ?? null,
      protection: { logClass: "STANDARD", kmsKey: null, masking: null, ...protection },
      streams: new Map(),
    };
    this.#groups.set(name, group);
    return group;
  }

  /** Adds a log stream with its events; adds the log group too when it is missing. Throws when the stream exists. */
  seedStream({ group: groupName, name, createdAt, generator, events = [] }: LogStreamSeed): LogStream {
    const group = this.seedGroup({ name: groupName });
    const store = new EventStore(generator);
    for (const { timestamp, message, ingestionTime = timestamp + 1_000 } of events) {
      store.add(timestamp, message, ingestionTime);
    }
    return this.#addStream(group, name, createdAt ?? store.first()?.timestamp ?? this.#clock.now(), store);
  }

  /** Throws ResourceAlreadyExistsException when the group has a stream of that name. */
  createStream(groupName: string, name: string): LogStream {
    return this.#addStream(this.group(groupName), name, this.#clock.now(), new EventStore());
  }

  /**
   * Writes events as a running container would: they are ingested now, whatever their timestamps, so a timestamp in
   * the past makes a late event. Creates group and stream when they are missing.
   */
  append(groupName: string, name: string, events: readonly { timestamp: number; message: string }[]): void {
    const group = this.seedGroup({ name: groupName });
    const stream = group.streams.get(name) ?? this.createStream(groupName, name);
    const now = this.#clock.now();
    for (const { timestamp, message } of events) stream.events.add(timestamp, message, now);
  }

  /** For proofs: every event of a stream with `from` <= timestamp < `to`, read past the API. */
  eventsBetween(groupName: string, name: string, from: number, to: number): Iterable<StoredEvent> {
    return this.stream(groupName, name).events.between(from, to);
  }

  #addStream(group: LogGroup, name: string, createdAt: number, events: EventStore): LogStream {
    if (group.streams.has(name)) {
      throw new AwsError("ResourceAlreadyExistsException", "The specified log stream already exists");
    }
    const stream = { name, serial: group.streams.size, createdAt, events };
    group.streams.set(name, stream);
    return stream;
  }
}

/** By code unit, as AWS orders names; never by locale. */
export function compareText(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
