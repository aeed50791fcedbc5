/** The events of one log stream, in the order in which CloudWatch Logs returns them. */

/** An event as a client reads it; times are milliseconds since the epoch, UTC. */
export interface LogEvent {
  timestamp: number;
  message: string;
  ingestionTime: number;
}

/** Events made on demand, so that millions of them cost no memory. `at` must be pure and ordered by timestamp. */
export interface EventGenerator {
  readonly count: number;
  at(index: number): { timestamp: number; message: string };
  /** How long after its timestamp an event was ingested; 1,000 ms when absent. */
  readonly ingestionDelayMs?: number;
}

/** An event with its place in the stream: events are ordered by timestamp, then by sequence. */
export interface StoredEvent extends LogEvent {
  /** Unique in the stream, in the order of ingestion. */
  readonly sequence: number;
}

/** A cut between two events: everything at or after (timestamp, sequence) lies behind it. */
export interface Cut {
  readonly timestamp: number;
  readonly sequence: number;
}

const EMPTY: EventGenerator = { count: 0, at: () => ({ timestamp: 0, message: "" }) };

export class EventStore {
  readonly #base: EventGenerator;
  readonly #added: StoredEvent[] = [];
  #lastIngestion: number | null;
  #nextSequence: number;

  constructor(base: EventGenerator = EMPTY) {
    this.#base = base;
    this.#nextSequence = base.count;
    this.#lastIngestion = base.count > 0 ? this.#baseEvent(base.count - 1).ingestionTime : null;
  }

  get count(): number {
    return this.#base.count + this.#added.length;
  }

  /** Adds an event; one with an old timestamp goes to its place in time, behind those of the same instant. */
  add(timestamp: number, message: string, ingestionTime: number): void {
    const event = { timestamp, message, ingestionTime, sequence: this.#nextSequence++ };
    this.#lastIngestion = Math.max(this.#lastIngestion ?? 0, ingestionTime);
    this.#added.splice(this.#addedAfter(event), 0, event);
  }

  first(): StoredEvent | null {
    return this.cursor({ timestamp: 0, sequence: 0 }).next();
  }

  last(): StoredEvent | null {
    return this.cursor({ timestamp: Number.MAX_SAFE_INTEGER, sequence: 0 }).previous();
  }

  lastIngestion(): number | null {
    return this.#lastIngestion;
  }

  /** A cursor that stands at the cut. Events added later may or may not be seen by it. */
  cursor(cut: Cut): EventCursor {
    return new EventCursor(
      (index) => this.#baseEvent(index),
      this.#base.count,
      this.#added,
      this.#baseAfter(cut),
      this.#addedAfter(cut),
    );
  }

  /** Every event with `from` <= timestamp < `to`, in order. */
  *between(from: number, to: number): Generator<StoredEvent> {
    const cursor = this.cursor({ timestamp: from, sequence: 0 });
    for (let event = cursor.next(); event !== null && event.timestamp < to; event = cursor.next())
      yield event;
  }

  #baseEvent(index: number): StoredEvent {
    const { timestamp, message } = this.#base.at(index);
    const ingestionTime = timestamp + (this.#base.ingestionDelayMs ?? 1_000);
    return { timestamp, message, ingestionTime, sequence: index };
  }

  #baseAfter(cut: Cut): number {
    return firstIndex(this.#base.count, (index) => {
      const { timestamp } = this.#base.at(index);
      return timestamp > cut.timestamp || (timestamp === cut.timestamp && index >= cut.sequence);
    });
  }

  #addedAfter(cut: Cut): number {
    return firstIndex(this.#added.length, (index) => {
      const event = this.#added[index] as StoredEvent;
      return compareEvents(event, cut) >= 0;
    });
  }
}

/** Walks a stream's generated and added events as one ordered list, in both directions. */
export class EventCursor {
  readonly #base: (index: number) => StoredEvent;
  readonly #baseCount: number;
  readonly #added: readonly StoredEvent[];
  #baseIndex: number;
  #addedIndex: number;

  constructor(
    base: (index: number) => StoredEvent,
    baseCount: number,
    added: readonly StoredEvent[],
    baseIndex: number,
    addedIndex: number,
  ) {
    this.#base = base;
    this.#baseCount = baseCount;
    this.#added = added;
    this.#baseIndex = baseIndex;
    this.#addedIndex = addedIndex;
  }

  /** The event behind the cursor, which moves past it; null at the end. */
  next(): StoredEvent | null {
    const added = this.#added[this.#addedIndex];
    const base = this.#baseIndex < this.#baseCount ? this.#base(this.#baseIndex) : undefined;
    if (base !== undefined && (added === undefined || compareEvents(base, added) < 0)) {
      this.#baseIndex += 1;
      return base;
    }
    if (added === undefined) return null;
    this.#addedIndex += 1;
    return added;
  }

  /** The event before the cursor, which moves back over it; null at the beginning. */
  previous(): StoredEvent | null {
    const added = this.#added[this.#addedIndex - 1];
    const base = this.#baseIndex > 0 ? this.#base(this.#baseIndex - 1) : undefined;
    if (base !== undefined && (added === undefined || compareEvents(base, added) > 0)) {
      this.#baseIndex -= 1;
      return base;
    }
    if (added === undefined) return null;
    this.#addedIndex -= 1;
    return added;
  }
}

export function compareEvents(a: Cut, b: Cut): number {
  return a.timestamp - b.timestamp || a.sequence - b.sequence;
}

/** The first index below `count` for which `holds` is true, given that it stays true from there on; else `count`. */
function firstIndex(count: number, holds: (index: number) => boolean): number {
  let low = 0;
  let high = count;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (holds(middle)) high = middle;
    else low = middle + 1;
  }
  return low;
}
