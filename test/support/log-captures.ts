import { gunzipSync } from "node:zlib";
import type { SourceContext, SourceResult } from "../../src/evidence/context.ts";
import { captureFolder, type SealedCapture } from "../../src/evidence/manifest.ts";
import type { ManifestItem, SourceOf } from "../../src/evidence/source-schema.ts";
import { readObject } from "../../src/vault/vault.ts";
import type { PreservePlatform } from "./preserve-platform.ts";

/** The source cloudwatch-logs in captures that add to each other. */

type Logs = SourceResult<SourceOf<"cloudwatch-logs">>;

/** A capture of this source alone, as sealed. */
export function sealedLogs(context: SourceContext, { record, items }: Logs): SealedCapture {
  const { incident, capture, window } = context;
  return {
    capture,
    key: `${context.folder}manifest.json`,
    versionId: null,
    sha256: "0".repeat(64),
    manifest: {
      schema: "firebreak/manifest/v1",
      incident,
      capture,
      environment: "dev",
      mcp: "servicenow",
      window: { from: window.from.toISOString(), to: window.to.toISOString() },
      startedAt: window.to.toISOString(),
      sealedAt: window.to.toISOString(),
      run: { id: 1, attempt: 1, repository: "o/r", workflow: "w", job: "j", actor: "a" },
      label: { key: `${context.folder}label.json`, versionId: null, sha256: "0".repeat(64) },
      ledgerHead: "0".repeat(64),
      complete: true,
      sources: [record],
      items,
    },
  };
}

/** The context of a supplementary capture, this many hours later. */
export function adding(
  first: SourceContext,
  earlier: readonly SealedCapture[],
  { hours = 0, capture = "7002" } = {},
): SourceContext {
  const now = () => new Date(first.clock.now().getTime() + hours * 3_600_000);
  const clock = { now, sleep: first.clock.sleep };
  return {
    ...first,
    clock,
    earlier,
    capture,
    folder: captureFolder(first.incident, capture),
    present: new Set(),
  };
}

export interface Line {
  timestamp: number;
  ingestionTime: number;
  eventId: string;
  message: string;
  stream: string;
  group: string;
}

/** The events that items hold. */
export async function eventsIn(
  { vault }: Pick<PreservePlatform, "vault">,
  items: readonly Pick<ManifestItem, "key">[],
): Promise<Line[]> {
  const lines: Line[] = [];
  for (const { key } of items.filter((item) => item.key.endsWith(".ndjson.gz"))) {
    const text = gunzipSync((await readObject(vault, key)) ?? Buffer.alloc(0)).toString();
    for (const line of text.split("\n").slice(0, -1)) lines.push(JSON.parse(line) as Line);
  }
  return lines;
}
