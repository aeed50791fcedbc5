import type { SourceContext } from "../context.ts";
import { type StreamedObject, streamItem } from "../item-writer.ts";
import { itemKey } from "../keys.ts";
import { captureFolder } from "../manifest.ts";
import { type ReadBack, readBackLog } from "../read-back.ts";
import type { ManifestItem } from "../source-schema.ts";
import type { EventNote } from "./trail-compare.ts";
import type { TimeRange } from "./trail-lookup.ts";
import { readNote, type TrailLine } from "./trail-record.ts";

/**
 * CloudTrail delivers "within an average of about 5 minutes of an API call. This time is not guaranteed"
 * (https://docs.aws.amazon.com/awscloudtrail/latest/userguide/get-and-view-cloudtrail-log-files.html). Three times
 * that: what is younger may still arrive.
 */
export const LATE_MS = 15 * 60_000;
const LOOKUP_FOLDER = "cloudtrail/lookup/";

/**
 * The items of one region: numbered parts, `cloudtrail/lookup/eu-west-1/00001.ndjson.gz`, newest first. Each says in
 * its metadata which times it covers, so that a run that continues another fetches only the rest.
 */
export class TrailParts {
  readonly items: ManifestItem[] = [];
  /** The events in the items, and in those of the captures that this one adds to, by id. */
  readonly ids = new Map<string, EventNote>();
  /** Times of which the items hold all there is. */
  readonly settled: TimeRange[] = [];
  readonly #context: SourceContext;
  readonly #region: string;

  constructor(context: SourceContext, region: string) {
    this.#context = context;
    this.#region = region;
  }

  /** Takes in what an interrupted run has collected. */
  async takeInPresent(): Promise<void> {
    for (let key = this.#nextKey(); this.#context.present.has(key); key = this.#nextKey())
      await this.#takeIn(key);
  }

  /** Takes in what the captures have collected that this one adds to: it is not collected again. */
  async takeInEarlier(): Promise<void> {
    const { earlier, incident } = this.#context;
    for (const { capture, manifest } of earlier) {
      const folder = `${captureFolder(incident, capture)}${LOOKUP_FOLDER}${this.#region}/`;
      for (const { key } of manifest.items) if (key.startsWith(folder)) await this.#read(key);
    }
  }

  /** Writes the events of `range` that no item holds yet; nothing when there are none and a first item is there. */
  async write(lines: readonly TrailLine[], range: TimeRange): Promise<void> {
    for (;;) {
      const fresh = lines.filter(({ id }) => !this.ids.has(id));
      if (fresh.length === 0 && this.items.length > 0) return;
      const key = this.#nextKey();
      const bytes = Buffer.from(fresh.map(({ text }) => text).join(""));
      const written = await streamItem(this.#context, key, () => once(bytes), {
        from: new Date(range.from).toISOString(),
        to: new Date(range.to).toISOString(),
      });
      if (written) {
        for (const { id, note } of fresh) this.ids.set(id, note);
        this.#list(key, written, this.#context.clock.now(), fresh.length);
        return;
      }
      // Another run took the number: its events are in the evidence now, and this one's come after.
      await this.#takeIn(key);
    }
  }

  async #takeIn(key: string): Promise<void> {
    const found = await this.#read(key);
    this.#list(key, found, found.collectedAt, found.events);
  }

  async #read(key: string): Promise<ReadBack> {
    const { vault, clock } = this.#context;
    const found = await readBackLog(vault, clock, key, (line) => {
      const { id, note } = readNote(line);
      this.ids.set(id, note);
    });
    const { from = "", to = "" } = found.metadata;
    const settled = {
      from: Date.parse(from),
      to: Math.min(Date.parse(to), found.collectedAt.getTime() - LATE_MS),
    };
    if (settled.from < settled.to) this.settled.push(settled);
    return found;
  }

  #nextKey(): string {
    const number = String(this.items.length + 1).padStart(5, "0");
    return itemKey(`${this.#context.folder}${LOOKUP_FOLDER}`, `${this.#region}/${number}`, ".ndjson.gz");
  }

  #list(key: string, object: StreamedObject, collectedAt: Date, events: number): void {
    this.items.push({
      source: "cloudtrail",
      key,
      versionId: object.versionId,
      size: object.size,
      sha256: object.sha256,
      method: "stream",
      collectedAt: collectedAt.toISOString(),
      origin: { uri: `cloudtrail:${this.#region}:LookupEvents` },
      detail: { events },
    });
  }
}

/** The part of a range that is in none of the others, newest first. */
export function uncovered(range: TimeRange, covered: readonly TimeRange[]): TimeRange[] {
  const rest: TimeRange[] = [];
  let to = range.to;
  for (const one of [...covered].sort((a, b) => b.to - a.to)) {
    if (one.to < to) rest.push({ from: Math.max(one.to, range.from), to });
    to = Math.min(to, one.from);
  }
  rest.push({ from: range.from, to });
  return rest.filter(({ from, to: end }) => from < end);
}

async function* once(bytes: Buffer): AsyncGenerator<Buffer> {
  if (bytes.byteLength > 0) yield bytes;
}
