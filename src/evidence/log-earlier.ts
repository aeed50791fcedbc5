import type { SourceContext } from "./context.ts";
import type { LogStreamRef } from "./log-ids.ts";
import { sourceOf } from "./manifest.ts";
import type { CapturedStream } from "./source-schema.ts";

/** What the captures that this one adds to hold of a stream. */
export interface EarlierStream {
  /** Keys of its items, in all of them. */
  keys: string[];
  events: number;
  /** Milliseconds since the epoch; null when no event of it is held. */
  newest: number | null;
  /** Everything that was in the stream at this moment (milliseconds) is held; null when something was missing. */
  through: number | null;
}

/** The streams of the earlier captures; a later one adds to what an earlier one holds. */
export class EarlierStreams {
  readonly #streams = new Map<string, EarlierStream>();
  readonly #refs: LogStreamRef[] = [];

  constructor({ earlier }: Pick<SourceContext, "earlier">) {
    for (const { manifest } of earlier) {
      for (const stream of sourceOf(manifest, "cloudwatch-logs")?.streams ?? []) this.#add(stream);
    }
  }

  of(ref: LogStreamRef): EarlierStream | undefined {
    return this.#streams.get(id(ref));
  }

  get refs(): readonly LogStreamRef[] {
    return this.#refs;
  }

  /** Events in all of them. */
  get events(): number {
    return [...this.#streams.values()].reduce((sum, { events }) => sum + events, 0);
  }

  #add(stream: CapturedStream): void {
    const known = this.#streams.get(id(stream));
    if (!known) this.#refs.push({ group: stream.group, stream: stream.stream });
    const keys = stream.key === null ? [] : [stream.key, ...stream.continued];
    const newest = stream.newestEvent === null ? null : Date.parse(stream.newestEvent);
    const through = stream.complete && stream.through !== null ? Date.parse(stream.through) : null;
    this.#streams.set(id(stream), {
      keys: [...(known?.keys ?? []), ...keys],
      events: (known?.events ?? 0) + stream.events,
      newest: newer(known?.newest ?? null, newest),
      through: through ?? known?.through ?? null,
    });
  }
}

/** The later of two times; null is none. */
export function newer(one: number | null, other: number | null): number | null {
  return one === null || other === null ? (one ?? other) : Math.max(one, other);
}

function id({ group, stream }: LogStreamRef): string {
  return `${group}\n${stream}`;
}
