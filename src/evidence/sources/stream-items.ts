import type { SourceContext } from "../context.ts";
import { type StreamedObject, streamItem } from "../item-writer.ts";
import { itemKey, safeName, safePath } from "../keys.ts";
import { type LogTally, readLogLines } from "../log-reader.ts";
import type { ManifestItem } from "../manifest.ts";
import { readBackLog, THROUGH } from "../read-back.ts";
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
 * Collects a stream. What an interrupted run has collected is read back instead, and only what was logged since is
 * added, as an item of its own (`…~2.ndjson.gz`).
 */
export async function collectStream(
  context: SourceContext,
  wanted: WantedStream,
  onEvents: (events: number) => void,
): Promise<StreamItems> {
  const collected: StreamItems = { items: [], events: 0, newest: null, through: null };
  let newestLines: string[] = [];
  for (let part = 1; ; part += 1) {
    const key = streamKey(context, wanted, part);
    if (!context.present.has(key)) {
      const written = await writePart(context, wanted, key, collected, newestLines, onEvents);
      if (written) return written;
    }
    const found = await readBackLog(context.vault, context.clock, key);
    onEvents(found.events);
    newestLines =
      found.newest === collected.newest ? [...newestLines, ...found.newestLines] : found.newestLines;
    collected.items.push(item(wanted, key, found, found.collectedAt, found));
    collected.events += found.events;
    collected.newest = found.newest ?? collected.newest;
    collected.through = found.through;
  }
}

/** `cloudwatch-logs/<group>/<stream>.ndjson.gz`; a group other than the runbook's is one segment, so that keys differ. */
function streamKey(context: SourceContext, { group, stream }: WantedStream, part: number): string {
  const folder = group === context.target.logGroup ? safePath(group.replace(/^\//, "")) : safeName(group);
  const suffix = `${part === 1 ? "" : `~${part}`}.ndjson.gz`;
  return itemKey(`${context.folder}cloudwatch-logs/`, `${folder}/${safePath(stream)}`, suffix);
}

/** Writes the next part; nothing when there is nothing new after the first. Undefined when another run took the key. */
async function writePart(
  context: SourceContext,
  wanted: WantedStream,
  key: string,
  before: StreamItems,
  newestLines: readonly string[],
  onEvents: (events: number) => void,
): Promise<StreamItems | undefined> {
  const through = context.clock.now();
  const from = before.newest ?? context.window.from.getTime();
  const tally: LogTally = { events: 0, newest: before.newest };
  const lines = async function* () {
    tally.events = 0;
    tally.newest = before.newest;
    let counted = 0;
    for await (const page of readLogLines(context, wanted, from, tally, newestLines)) {
      onEvents(tally.events - counted);
      counted = tally.events;
      yield page;
    }
  };
  const source = before.items.length === 0 ? lines : await unlessEmpty(lines);
  if (!source) return { ...before, through: through.toISOString() };
  const written = await streamItem(context, key, source, { [THROUGH]: through.toISOString() });
  if (!written) return undefined;
  return {
    items: [...before.items, item(wanted, key, written, context.clock.now(), tally)],
    events: before.events + tally.events,
    newest: tally.newest,
    through: through.toISOString(),
  };
}

/** The same lines again, or undefined when there are none: a first page is taken to see. */
async function unlessEmpty(
  lines: () => AsyncGenerator<Buffer>,
): Promise<(() => AsyncIterable<Buffer>) | undefined> {
  const peeked = lines();
  const first = await peeked.next();
  await peeked.return(undefined);
  return first.done ? undefined : lines;
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
