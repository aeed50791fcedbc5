import type { Digested } from "./digest.ts";
import { partBytes } from "./digest.ts";
import type { Item, Manifest } from "./format.ts";
import type { Reading } from "./reading.ts";

const ITEMS_AT_ONCE = 8;
const COMPOSITE = /^[A-Za-z0-9+/]{43}=-\d+$/;

/** Reads every item of a manifest once and holds it against what the manifest says. */
export async function checkItems(reading: Reading, folder: string, manifest: Manifest): Promise<void> {
  const { findings } = reading;
  const seen = new Set<string>();
  const toRead: Item[] = [];
  for (const item of manifest.items) {
    const { key } = item;
    if (seen.has(key)) {
      findings.problem("item-duplicate", key, `${key} is in the manifest twice`);
      continue;
    }
    seen.add(key);
    const name = key.startsWith(folder) ? key.slice(folder.length) : "";
    if (name === "" || name === "manifest.json" || name === "label.json")
      findings.problem(
        "item-outside",
        key,
        `${key} is in the manifest and cannot be an item of this capture`,
      );
    else if ((reading.objects.get(key)?.versions.length ?? 0) === 0)
      findings.problem("item-missing", key, `${key} is in the manifest and not there`);
    else toRead.push(item);
  }
  const waiting = toRead.values();
  const worker = async () => {
    for (const item of waiting) await checkItem(reading, item);
  };
  await Promise.all(Array.from({ length: ITEMS_AT_ONCE }, worker));
  checkStreams(reading, folder, manifest);
}

async function checkItem(reading: Reading, item: Item): Promise<void> {
  const { findings } = reading;
  const { key, size, sha256 } = item;
  const composite = compositeOf(item);
  const events = item.detail?.events;
  const countLines = typeof events === "number" && key.endsWith(".ndjson.gz");
  if (sha256 === null && composite === null) {
    findings.problem(
      "item-without-digest",
      key,
      `${key} has no digest in the manifest: nothing vouches for it`,
    );
    return;
  }
  const found = await reading.digest(key, item.versionId, {
    countLines,
    ...(sha256 === null ? { parts: partBytes(size) } : {}),
  });
  if (!found) return;
  if (found.size !== size)
    findings.problem("item-size", key, `${key} has ${found.size} bytes; ${size} were sealed`);
  if (!sameDigest(found, sha256, composite)) {
    findings.problem("item-digest", key, `${key} is not what was sealed: its digest differs`);
  } else if (countLines && found.lines !== events) {
    const has = found.lines === null ? "is no gzip of whole lines" : `holds ${found.lines} events`;
    findings.problem("item-events", key, `${key} ${has}; the manifest counts ${events}`);
  }
}

function sameDigest(found: Digested, sha256: string | null, composite: string | null): boolean {
  return sha256 === null ? found.composite === composite : found.sha256 === sha256;
}

/** The checksum of a copy above 5 GiB, of which S3 gives none over the whole. */
function compositeOf({ sha256, detail }: Item): string | null {
  const composite = detail?.compositeSha256;
  return sha256 === null && typeof composite === "string" && COMPOSITE.test(composite) ? composite : null;
}

/** The list of log streams has to be about items that are there, and to count what they hold. */
function checkStreams({ findings }: Reading, folder: string, { sources, items }: Manifest): void {
  const events = new Map(items.map(({ key, detail }) => [key, detail?.events]));
  for (const { source, streams } of sources) {
    for (const stream of streams ?? []) {
      const keys = [...(stream.key === null ? [] : [stream.key]), ...stream.continued];
      const countOf = (key: string) => {
        const count = events.get(key);
        return typeof count === "number" ? count : Number.NaN;
      };
      const sum = keys.reduce((total, key) => total + countOf(key), 0);
      if (sum === stream.events) continue;
      findings.problem(
        "stream-items",
        [`${folder}manifest.json`, ...keys],
        `${source}: the stream ${stream.stream} of ${stream.group} counts ${stream.events} events, and its items do not`,
      );
    }
  }
}
