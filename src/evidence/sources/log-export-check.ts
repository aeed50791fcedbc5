import { hash } from "node:crypto";
import type { SourceContext } from "../context.ts";
import { openLog } from "../log-lines.ts";
import { patiently } from "../patience.ts";
import type { ManifestItem } from "../source-schema.ts";
import { capturedKeys } from "./log-captured-keys.ts";
import type { ExportOf } from "./log-export.ts";

/** An export held against the captured events, line by line. */
export interface Comparison {
  /** Lines that the export has. */
  exported: number;
  /** Captured lines that it does not have: too new to be exported then, as a rule. */
  newer: number;
  /** Lines that it has and the captured events have not, by the export's folder, which is named after the stream. */
  missing: { folder: string; lines: number }[];
}

/** So many lines of a stream are compared at once; a longer stream is gone through several times. */
const LINES_AT_ONCE = 500_000;

/**
 * Looks for every line of the export among the captured events. The export is unsorted, and an event is
 * `<ISO time> <message>` in it, over as many lines as the message has; so what is compared are lines, each as often as
 * it is there. Memory holds the digests of half a million of them, whatever the volume.
 */
export async function compareExport(
  context: SourceContext,
  of: ExportOf,
  items: readonly ManifestItem[],
): Promise<Comparison> {
  // An export names a stream's folder with hyphens for its slashes.
  const captured = capturedKeys(context, of, (stream) => stream.replaceAll("/", "-"));
  const folders = Map.groupBy(items, ({ origin }) => folderOf(origin.uri));
  const comparison: Comparison = { exported: 0, newer: 0, missing: [] };
  for (const folder of new Set([...folders.keys(), ...captured.keys()])) {
    const objects = folders.get(folder) ?? [];
    const { keys = [], events = 0 } = captured.get(folder) ?? {};
    const passes = Math.max(1, Math.ceil(events / LINES_AT_ONCE));
    let lines = 0;
    for (let pass = 0; pass < passes; pass += 1) {
      const isOfPass = (digest: string) => Number.parseInt(digest.slice(0, 8), 16) % passes === pass;
      const found = await comparePass(context, { exported: objects.map(({ key }) => key), keys }, isOfPass);
      comparison.exported += found.exported;
      comparison.newer += found.newer;
      lines += found.missing;
    }
    if (lines > 0) comparison.missing.push({ folder, lines });
  }
  return comparison;
}

async function comparePass(
  context: SourceContext,
  { exported: objects, keys }: { exported: string[]; keys: string[] },
  isOfPass: (digest: string) => boolean,
): Promise<{ exported: number; newer: number; missing: number }> {
  return patiently(context.clock, async () => {
    const unmet = new Map<string, number>();
    let [exported, newer, missing] = [0, 0, 0];
    for (const key of objects) {
      for await (const line of linesOf(context, key)) {
        const digest = digestOf(line);
        if (!isOfPass(digest)) continue;
        exported += 1;
        unmet.set(digest, (unmet.get(digest) ?? 0) + 1);
      }
    }
    for (const key of keys) {
      for await (const line of linesOf(context, key)) {
        for (const text of asExported(context, line)) {
          const digest = digestOf(text);
          if (!isOfPass(digest)) continue;
          const times = unmet.get(digest) ?? 0;
          if (times === 0) newer += 1;
          else unmet.set(digest, times - 1);
        }
      }
    }
    for (const times of unmet.values()) missing += times;
    return { exported, newer, missing };
  });
}

/** The lines that an event has in an export; none when it lies after the window, which the capture may go beyond. */
function asExported({ window }: SourceContext, line: string): string[] {
  const { timestamp, message } = JSON.parse(line) as { timestamp: number; message: string };
  if (timestamp > window.to.getTime()) return [];
  return `${new Date(timestamp).toISOString()} ${message}`.split("\n");
}

/** Half of a digest is enough to tell half a million lines apart. */
function digestOf(text: string): string {
  return hash("sha256", text.endsWith("\n") ? text.slice(0, -1) : text).slice(0, DIGITS);
}

const DIGITS = 32;

async function* linesOf({ vault }: SourceContext, key: string): AsyncGenerator<string> {
  for await (const some of (await openLog(vault, key)).lines) yield* some;
}

/** The last folder of an exported object's URI: `s3://bucket/INC-42/7001/<task>/<folder>/000000.gz`. */
function folderOf(uri: string): string {
  return uri.split("/").at(-2) ?? "";
}
