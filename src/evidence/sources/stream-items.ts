import type { SourceContext } from "../context.ts";
import { HeldLines } from "../held-lines.ts";
import { type StreamedObject, streamItem } from "../item-writer.ts";
import { itemKey, safeName, safePath } from "../keys.ts";
import { type LogTally, readLogLines } from "../log-reader.ts";
import type { ManifestItem } from "../manifest.ts";
import { patiently } from "../patience.ts";
import { readBackLog, THROUGH } from "../read-back.ts";
import { Spool } from "../spool.ts";
import type { WantedStream } from "./log-streams.ts";

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
 */
export async function collectStream(
  context: SourceContext,
  wanted: WantedStream,
  onEvents: (events: number) => void,
): Promise<StreamItems> {
  const collected: StreamItems = { items: [], events: 0, newest: null, through: null };
  for (let part = 1; ; part += 1) {
    const key = streamKey(context, wanted, part);
    if (!context.present.has(key)) {
      const written =
        part === 1
          ? await writeWhole(context, wanted, key, onEvents)
          : await writeMissing(context, wanted, key, collected, onEvents);
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

/** `cloudwatch-logs/<group>/<stream>.ndjson.gz`; a group other than the runbook's is one segment, so that keys differ. */
function streamKey(context: SourceContext, { group, stream }: WantedStream, part: number): string {
  const folder = group === context.target.logGroup ? safePath(group.replace(/^\//, "")) : safeName(group);
  const suffix = `${part === 1 ? "" : `~${part}`}.ndjson.gz`;
  return itemKey(`${context.folder}cloudwatch-logs/`, `${folder}/${safePath(stream)}`, suffix);
}

/** Streams all of it into its first item. Undefined when another run took the key. */
async function writeWhole(
  context: SourceContext,
  wanted: WantedStream,
  key: string,
  onEvents: (events: number) => void,
): Promise<StreamItems | undefined> {
  const through = context.clock.now();
  const from = context.window.from.getTime();
  const tally: LogTally = { events: 0, newest: null };
  const lines = async function* () {
    Object.assign(tally, { events: 0, newest: null });
    let counted = 0;
    for await (const page of readLogLines(context, wanted, from, tally)) {
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

/**
 * Writes what the items `before` do not hold, if there is any: gathered on the disk first, since an item is written
 * only once it is known that there is something to write. Undefined when another run took the key.
 */
async function writeMissing(
  context: SourceContext,
  wanted: WantedStream,
  key: string,
  before: StreamItems,
  onEvents: (events: number) => void,
): Promise<StreamItems | undefined> {
  const through = context.clock.now();
  const { spool, tally } = await patiently(context.clock, () => gatherMissing(context, wanted, before));
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
  context: SourceContext,
  wanted: WantedStream,
  { items }: StreamItems,
): Promise<{ spool: Spool; tally: LogTally }> {
  const spool = new Spool();
  const tally: LogTally = { events: 0, newest: null };
  const held = new HeldLines(
    context.vault,
    items.map(({ key }) => key),
  );
  try {
    const from = context.window.from.getTime();
    for await (const page of readLogLines(context, wanted, from, tally, held)) {
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

function newer(one: number | null, other: number | null): number | null {
  return one === null || other === null ? (one ?? other) : Math.max(one, other);
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
