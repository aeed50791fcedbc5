import type { Gap, Pending } from "../source-schema.ts";
import type { ManagementEvents } from "./trail-found.ts";
import { LATE_MS } from "./trail-parts.ts";

/**
 * Two accounts of the same events, made by CloudTrail on different ways: its event history, and the trail's files.
 * Each event in one and not in the other is named.
 */

/** Names of a kind beyond this are counted. */
const MOST_NAMES = 25;

/** What of an event decides whether a trail records it. */
export interface EventNote {
  /** Milliseconds since the epoch. */
  at: number;
  change: boolean;
  source: string;
}

export interface Compared {
  region: string;
  /** Events of the history, by id. */
  history: ReadonlyMap<string, EventNote>;
  /** Until when the history is whole; null when some of it is missing. */
  historyThrough: number | null;
  /** Management events of the trail's files: id to time. */
  files: ReadonlyMap<string, number>;
  /** Until when the trail's files are known to be all there. */
  filesThrough: number | null;
  window: { from: number; to: number };
  records: ManagementEvents | null;
  /** When the trail stopped logging. */
  stoppedAt: number | null;
}

export interface Differences {
  /** Ids that only the files have, and the history should have by now. */
  onlyInFiles: string[];
  onlyInHistory: string[];
  /** Ids that only one has, and that the other may still get. */
  late: number;
  /** How many events both have. */
  inBoth: number;
}

/** The differences; null when the history is not whole, so that nothing can be said. */
export function compareEvents(compared: Compared): Differences | null {
  const { history, historyThrough, files, filesThrough, window, records } = compared;
  if (historyThrough === null) return null;
  const differences: Differences = { onlyInFiles: [], onlyInHistory: [], late: 0, inBoth: 0 };
  for (const [id, at] of files) {
    if (at < window.from || at >= window.to) continue;
    if (history.has(id)) differences.inBoth += 1;
    else if (at < historyThrough) differences.onlyInFiles.push(id);
    else differences.late += 1;
  }
  if (!records) return differences;
  for (const [id, event] of history) {
    if (files.has(id) || !isRecorded(event, compared)) continue;
    if (filesThrough !== null && event.at + LATE_MS < filesThrough) differences.onlyInHistory.push(id);
    else differences.late += 1;
  }
  return differences;
}

function isRecorded({ at, change, source }: EventNote, { records, stoppedAt, window }: Compared): boolean {
  if (!records || at < window.from || at >= window.to) return false;
  if (stoppedAt !== null && at > stoppedAt) return false;
  return (change ? records.changes : records.reads) && !records.excluded.includes(source);
}

/** The differences as gaps, each by its id up to a limit. */
export function differenceGaps(region: string, { onlyInFiles, onlyInHistory }: Differences): Gap[] {
  return [
    ...named(region, onlyInFiles, "is in the trail's files, and CloudTrail's event history does not show it"),
    ...named(region, onlyInHistory, "is in CloudTrail's event history, and in none of the trail's files"),
  ];
}

/** What one of the two may still get. */
export function lateEvents(region: string, { late }: Differences, expectedBy: number): Pending[] {
  if (late === 0) return [];
  return [
    {
      what: `cloudtrail:${region}: ${late} events`,
      why: "only in the event history, or only in the trail's files, so far; each arrives at its own pace",
      expectedBy: new Date(expectedBy).toISOString(),
    },
  ];
}

function named(region: string, ids: readonly string[], why: string): Gap[] {
  const gaps = [...ids]
    .sort()
    .slice(0, MOST_NAMES)
    .map((id) => ({ what: `cloudtrail:${region}:${id}`, why }));
  const more = ids.length - gaps.length;
  if (more > 0) gaps.push({ what: `cloudtrail:${region}: ${more} more events`, why });
  return gaps;
}
