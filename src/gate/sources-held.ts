import { type SealedCapture, sourceOf } from "../evidence/manifest.ts";
import { preserveCommand } from "../incident/commands.ts";
import type { Refusal } from "../incident/entries.ts";
import { type CheckContext, refusal } from "./request.ts";

/**
 * The capture has something of each source that the change wants preserved before it: collected, or asked of whoever
 * delivers it. A source that the runbook has no capture collect is not waited for.
 */
export function checkSources(
  { record, request }: CheckContext,
  { manifest, capture }: SealedCapture,
): Refusal[] {
  const wanted = request.needs.sources ?? [];
  return wanted
    .filter((source) => record.runbook.evidence.collect.includes(source))
    .flatMap((source) => {
      const found = sourceOf(manifest, source);
      if (found && found.status !== "failed") return [];
      const message = `Capture ${capture} ${found ? "could collect nothing" : "has nothing"} of the source ${source}.`;
      return [refusal("capture-incomplete", message, `Preserve again: ${preserveCommand(record)}`)];
    });
}
