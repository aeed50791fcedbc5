import type { SourceContext } from "../context.ts";
import type { ExportOf } from "./log-export.ts";

/** Where the captured events of a stream of the runbook's log group are, in this capture and those that it adds to. */
export interface CapturedKeys {
  keys: string[];
  events: number;
}

/** The captured streams of the group, by `nameOf` (streams of one name count as one). */
export function capturedKeys(
  { target }: Pick<SourceContext, "target">,
  { streams, earlier }: Pick<ExportOf, "streams" | "earlier">,
  nameOf: (stream: string) => string = (stream) => stream,
): Map<string, CapturedKeys> {
  const byName = new Map<string, CapturedKeys>();
  const add = (stream: string, keys: readonly string[], events: number) => {
    const known = byName.get(nameOf(stream)) ?? { keys: [], events: 0 };
    byName.set(nameOf(stream), { keys: [...known.keys, ...keys], events: known.events + events });
  };
  for (const ref of earlier.refs) {
    const held = earlier.of(ref);
    if (ref.group === target.logGroup && held) add(ref.stream, held.keys, held.events);
  }
  for (const { group, stream, key, continued, events } of streams) {
    if (group === target.logGroup && key !== null) add(stream, [key, ...continued], events);
  }
  return byName;
}
