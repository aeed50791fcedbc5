import type { SourceContext } from "../context.ts";
import { captureFolder } from "../manifest.ts";
import type { ManifestItem } from "../source-schema.ts";

/** Where a capture keeps the trail's own files: below it, each under its original key. */
export const TRAIL_FOLDER = "cloudtrail/trail/";

/** A trail's file that an earlier capture of the incident holds. */
export interface HeldFile {
  capture: string;
  item: ManifestItem;
}

/** What the earlier captures hold of the trail's files, by their original URI; the newest copy of each. */
export function heldFiles(context: Pick<SourceContext, "earlier" | "incident">): Map<string, HeldFile> {
  const held = new Map<string, HeldFile>();
  for (const { capture, manifest } of context.earlier) {
    const folder = `${captureFolder(context.incident, capture)}${TRAIL_FOLDER}`;
    for (const item of manifest.items)
      if (item.source === "cloudtrail" && item.key.startsWith(folder))
        held.set(item.origin.uri, { capture, item });
  }
  return held;
}
