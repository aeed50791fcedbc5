import { type EarlierStream, newer } from "../log-earlier.ts";
import { type LogGroupFacts, unreadable } from "../log-group.ts";
import type { CapturedStream, Gap, ManifestItem } from "../source-schema.ts";
import type { WantedStream } from "./log-streams.ts";
import { collectStream, type StreamContext } from "./stream-items.ts";

/** One stream as the manifest has it. */
export interface CollectedStream {
  record: CapturedStream;
  items: ManifestItem[];
  gaps: Gap[];
}

/**
 * Collects a stream and says how complete it is: CloudWatch's own newest event of it, listed before the reading, has
 * to be among what was read. A stream that cannot be read is a gap by name, and no error.
 */
export async function collectOne(
  context: StreamContext,
  of: { stream: WantedStream; group: LogGroupFacts | null; before: EarlierStream | undefined },
  onEvents: (events: number) => void,
): Promise<CollectedStream> {
  const { group, stream, expectedNewest } = of.stream;
  const base = { group, stream, expectedNewest: iso(expectedNewest) };
  const what = `${group}:${stream}`;
  try {
    const { items, events, newest, through } = await collectStream(context, of.stream, onEvents, of.before);
    const [key = null, ...continued] = items.map((item) => item.key);
    const held = newer(newest, of.before?.newest ?? null);
    const missed = expected(context, expectedNewest) && expectedNewest > (held ?? 0);
    const why = `CloudWatch names an event of ${iso(expectedNewest)}; the newest that it gave is of ${iso(held) ?? "no time"}`;
    return {
      record: { ...base, key, continued, events, newestEvent: iso(newest), through, complete: !missed },
      items,
      gaps: missed ? [{ what, why }] : [],
    };
  } catch (error) {
    const { name, message } = error as Error;
    const reason = unreadable(group === context.target.logGroup ? of.group : null, error as Error);
    const why = [`${name}: ${message}`, ...(reason ? [reason] : [])].join("; ");
    const nothing = { key: null, continued: [], events: 0, newestEvent: null, through: null };
    return { record: { ...base, ...nothing, complete: false }, items: [], gaps: [{ what, why }] };
  }
}

/** Whether the newest event that CloudWatch names is one that was to be collected. */
function expected({ window, earlier }: StreamContext, newest: number | null): newest is number {
  if (newest === null || newest < window.from.getTime()) return false;
  return earlier.length === 0 || newest <= window.to.getTime();
}

function iso(milliseconds: number | null): string | null {
  return milliseconds === null ? null : new Date(milliseconds).toISOString();
}
