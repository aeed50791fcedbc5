import type { SourceContext } from "../context.ts";
import { HeldLines } from "../held-lines.ts";
import { type StreamedObject, streamItem } from "../item-writer.ts";
import { itemKey, safeName, safePath } from "../keys.ts";
import { type EarlierStream, newer } from "../log-earlier.ts";
import { type LogRange, type LogReading, type LogTally, readLogLines } from "../log-reader.ts";
import { patiently } from "../patience.ts";
import { readBackLog, THROUGH } from "../read-back.ts";
import type { ManifestItem } from "../source-schema.ts";
import { Spool } from "../spool.ts";
import type { WantedStream } from "./log-streams.ts";

/** A source's context, and when a call to read may leave. */
export type StreamContext = SourceContext & Pick<LogReading, "lane">;

/** An event with this much less than the moment of the last reading may not have been readable yet: looked at again. */
const OVERLAP_MS = 5 * 60 * 1000;

/** One stream, in one item, or in several where an interrupted run was continued. */
export interface StreamItems {
  items: ManifestItem[];
  events: number;
  newest: number | null;
  /** Every event that was in the stream at this moment is in the items. */
  through: string | null;
}

/**
 * Collects a stream. What an interrupted run has collected is read back, and the whole window of the stream is read
 * once more: events may arrive late, with timestamps older than what is collected. Whatever the items do not hold is
 * added, as an item of its own (`…~2.ndjson.gz`).
 *
 * The rule: of events that look the same in everything that CloudWatch tells of them (timestamp, time of ingestion,
 * message), the items hold together as many as the stream gave when it was read last.
 *
 * A supplementary capture adds what `earlier` items lack of the window: what came to CloudWatch since they were read
 * (a stream can only be read as a whole; what was there before is passed over). It has no item when nothing did.
 */
export async function collectStream(
  context: StreamContext,
  wanted: WantedStream,
  onEvents: (events: number) => void,
  earlier?: EarlierStream,
): Promise<StreamItems> {
  const supplement = context.earlier.length > 0;
  const range = rangeOf(context, earlier);
  const collected: StreamItems = { items: [], events: 0, newest: null, through: null };
  for (let part = 1; ; part += 1) {
    const key = streamKey(context, wanted, part);
    if (!context.present.has(key)) {
      const written =
        part === 1 && !supplement
          ? await writeWhole(context, wanted, key, range, onEvents)
          : await writeMissing(
              context,
              wanted,
              key,
              { range, before: collected, held: earlier?.keys ?? [] },
              onEvents,
            );
      if (written) return written;
    }
    const found = await readBackLog(context.vault, context.clock, key);
    onEvents(found.events);
    collected.items.push(item(wanted, key, found, found.collectedAt, found));
    collected.events += found.events;
    collected.newest = newer(collected.newest, found.newest);
    collected.through = found.through;
  }
}

function rangeOf({ window, earlier: captures }: StreamContext, earlier: EarlierStream | undefined): LogRange {
  const from = window.from.getTime();
  if (captures.length === 0) return { from };
  const since = earlier?.through ?? null;
  const before = window.to.getTime() + 1;
  return { from, before, ...(since === null ? {} : { ingestedSince: since - OVERLAP_MS }) };
}

/** `cloudwatch-logs/<group>/<stream>.ndjson.gz`; a group other than the runbook's is one segment, so that keys differ. */
function streamKey(context: SourceContext, { group, stream }: WantedStream, part: number): string {
  const folder = group === context.target.logGroup ? safePath(group.replace(/^\//, "")) : safeName(group);
  const suffix = `${part === 1 ? "" : `~${part}`}.ndjson.gz`;
  return itemKey(`${context.folder}cloudwatch-logs/`, `${folder}/${safePath(stream)}`, suffix);
}

/** Streams all of it into its first item. Undefined when another run took the key. */
async function writeWhole(
  context: StreamContext,
  wanted: WantedStream,
  key: string,
  range: LogRange,
  onEvents: (events: number) => void,
): Promise<StreamItems | undefined> {
  const through = context.clock.now();
  const tally: LogTally = { events: 0, newest: null };
  const lines = async function* () {
    Object.assign(tally, { events: 0, newest: null });
    let counted = 0;
    for await (const page of readLogLines(context, wanted, range, tally)) {
      onEvents(tally.events - counted);
      counted = tally.events;
      yield page;
    }
  };
  const written = await streamItem(context, key, lines, { [THROUGH]: through.toISOString() });
  if (!written) return undefined;
  return {
    items: [item(wanted, key, written, context.clock.now(), tally)],
    ...tally,
    through: through.toISOString(),
  };
}

interface Before {
  range: LogRange;
  /** This capture's items. */
  before: StreamItems;
  /** Keys of the items of the captures that this one adds to. */
  held: readonly string[];
}

/**
 * Writes what neither the items `before` nor those `held` elsewhere have, if there is any: gathered on the disk first, since an item is written
 * only once it is known that there is something to write. Undefined when another run took the key.
 */
async function writeMissing(
  context: StreamContext,
  wanted: WantedStream,
  key: string,
  known: Before,
  onEvents: (events: number) => void,
): Promise<StreamItems | undefined> {
  const { before } = known;
  const through = context.clock.now();
  const { spool, tally } = await patiently(context.clock, () => gatherMissing(context, wanted, known));
  const whole = {
    events: before.events + tally.events,
    newest: newer(before.newest, tally.newest),
    through: through.toISOString(),
  };
  if (tally.events === 0) return { ...whole, items: before.items };
  const written = await streamItem(context, key, () => spooled(spool), { [THROUGH]: through.toISOString() });
  if (!written) return undefined;
  onEvents(tally.events);
  return { ...whole, items: [...before.items, item(wanted, key, written, context.clock.now(), tally)] };
}

async function gatherMissing(
  context: StreamContext,
  wanted: WantedStream,
  { range, before, held: elsewhere }: Before,
): Promise<{ spool: Spool; tally: LogTally }> {
  const spool = new Spool();
  const tally: LogTally = { events: 0, newest: null };
  const keys = [...elsewhere, ...before.items.map(({ key }) => key)];
  const held = new HeldLines(context.vault, keys, range.ingestedSince);
  try {
    for await (const page of readLogLines(context, wanted, range, tally, held)) {
      for (const line of page.toString("utf8", 0, page.byteLength - 1).split("\n")) spool.push(line);
    }
    return { spool, tally };
  } finally {
    await held.close();
  }
}

async function* spooled(spool: Spool): AsyncGenerator<Buffer> {
  for (const line of spool.lines()) yield Buffer.from(`${line}\n`);
}

function item(
  { group, stream }: WantedStream,
  key: string,
  object: StreamedObject,
  collectedAt: Date,
  tally: LogTally,
): ManifestItem {
  return {
    source: "cloudwatch-logs",
    key,
    versionId: object.versionId,
    size: object.size,
    sha256: object.sha256,
    method: "stream",
    collectedAt: collectedAt.toISOString(),
    origin: { uri: `cloudwatch-logs:${group}:${stream}` },
    detail: { events: tally.events },
  };
}
