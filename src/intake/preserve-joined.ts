import type { LedgerEntry } from "../incident/entries.ts";
import type { IncidentRecord, RecordDeps } from "../incident/record.ts";
import { dispatchPreserve } from "./dispatch.ts";
import { keyOf } from "./entry.ts";
import type { Signal } from "./signal.ts";

/** A storm of alarms must not become a storm of captures. */
const APART_MS = 3_600_000;

/**
 * Starts a capture for signals that have joined an incident, since what was captured before does not show them; unless one
 * is at hand (`wantsCapture`). To be called once they stand in the ledger, and before they are marked as handled: killed in
 * between and run again, it starts the capture. Killed after the dispatch, or run again before the capture begins, it starts
 * a second one. That is harmless: the two wait for each other and both are sealed.
 * @throws FirebreakError `not-dispatched` when GitHub refuses. The signals have joined all the same.
 */
export async function preserveJoined(
  deps: Pick<RecordDeps, "github" | "context">,
  record: IncidentRecord,
  signals: readonly Signal[],
): Promise<void> {
  if (wantsCapture(record, new Set(signals.map(keyOf)))) await dispatchPreserve(deps, record);
}

/**
 * Whether one of the signals with these keys has to start a capture that has not begun yet. By the ledger alone, so that of
 * many jobs at once one finds that it is its own: a signal that joins an mcp starts one when for an hour before none was
 * begun or sealed there and no other signal has started one. The run that declares an incident, or has an mcp join it,
 * preserves at once; what a sweep or a person adds to a capture later shows nothing newer.
 */
export function wantsCapture(
  { entries, target: { mcp } }: Pick<IncidentRecord, "entries" | "target">,
  keys: ReadonlySet<string>,
): boolean {
  let last = Number.NEGATIVE_INFINITY;
  let wanted = false;
  for (const entry of entries) {
    const at = Date.parse(entry.at);
    if (isCaptured(entry, mcp)) {
      last = at;
      if (entry.kind === "capture-started") wanted = false;
    } else if (hasJoined(entry, mcp) && at - last >= APART_MS) {
      last = at;
      wanted = keys.has(entry.key);
    }
  }
  return wanted;
}

function isCaptured(entry: LedgerEntry, mcp: string): boolean {
  switch (entry.kind) {
    case "declared":
    case "mcp-joined":
      return entry.data.mcp === mcp;
    case "capture-started":
    case "capture-sealed":
      return entry.data.supplements === undefined;
    default:
      return false;
  }
}

/** An entry of an earlier version names no mcp. */
function hasJoined(entry: LedgerEntry, mcp: string): boolean {
  return entry.kind === "indicator-received" && entry.data.joined && (entry.data.mcp ?? mcp) === mcp;
}
