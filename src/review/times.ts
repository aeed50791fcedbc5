import { takenAt, takenBy } from "../incident/acknowledgement.ts";
import { preservedBy } from "../incident/completeness.ts";
import { everywhere } from "../incident/deadlines.ts";
import type { LedgerEntry } from "../incident/entries.ts";
import { nothingToContain } from "../incident/nothing-to-contain.ts";
import { factsOf, ofKind } from "../incident/state.ts";
import { reachedAt } from "../incident/status.ts";
import type { Runbook } from "../runbook/schema.ts";

/** How long things took, beside how long the runbook lets them take. Pure. */

export const MEASURES = ["detect", "acknowledge", "preserve", "contain", "resolve"] as const;
export type Measure = (typeof MEASURES)[number];

export interface MeasuredTime {
  measure: Measure;
  /** What lies between the two moments, in words. */
  what: string;
  /** ISO 8601 in UTC. */
  from: string;
  /** Null while it has not happened. */
  to: string | null;
  /** Whole minutes, rounded up: more than the target exactly where it was late. Null while it has not happened. */
  minutes: number | null;
  /** As `minutes`; up to the newest entry while it has not happened. */
  elapsed: number;
  /** It has not happened and is still to happen. */
  open: boolean;
  /** What the runbook allows at the severity as it is now, in minutes; null where it sets no target. */
  target: number | null;
}

const MINUTE_MS = 60_000;

/**
 * From the first sign to the declaration, and from the declaration to each turn of the incident: taken by somebody, all
 * evidence kept, contained on every mcp, every step but the review done. They are counted as the clocks count them
 * (`deadlines.ts`): an mcp that joined from when it joined, and of several the one that took longest.
 */
export function measuredTimes(entries: readonly LedgerEntry[], runbook: Runbook): MeasuredTime[] {
  const { severity } = factsOf(entries);
  const declared = entries[0]?.at ?? "";
  const newest = entries.at(-1)?.at ?? "";
  const taken = takenBy(entries);
  const resolved = reachedAt(entries, runbook, "resolved");
  const targets = runbook.clocks?.targets;
  const since = (
    measure: Exclude<Measure, "detect">,
    what: string,
    at: string | undefined,
    from = declared,
  ): MeasuredTime => ({
    ...measured(measure, what, from, at ?? null, newest),
    target: targets?.[measure][severity] ?? null,
  });
  const everyMcp = (
    measure: "preserve" | "contain",
    what: string,
    there: (view: readonly LedgerEntry[]) => LedgerEntry | undefined,
  ): MeasuredTime => {
    const [begun, done] = everywhere(entries, there);
    const from = begun.getTime() === Date.parse(declared) ? "declaration" : "joining of an mcp";
    return since(measure, `${from} to ${what}`, done?.at, begun.toISOString());
  };
  return [
    measured("detect", "first sign to declaration", firstSign(entries), declared, newest),
    taken || !resolved
      ? since("acknowledge", "declaration to somebody taking it", taken && takenAt(taken))
      : since("acknowledge", "declaration to its resolution, taken by nobody", resolved.at),
    everyMcp("preserve", "all evidence kept", (view) => preservedBy(view, runbook)),
    nothingToContain(entries)
      ? {
          ...since("contain", "nothing had to be contained", undefined),
          elapsed: 0,
          target: null,
          open: false,
        }
      : everyMcp("contain", "containment", (view) => view.find(({ kind }) => kind === "contained")),
    since("resolve", "declaration to every step but the review done", resolved?.at),
  ];
}

/** True where it took, or has taken, longer than the runbook allows; undefined where that is open or no target is set. */
export function missed({ minutes, elapsed, target }: MeasuredTime): boolean | undefined {
  if (target === null) return undefined;
  return elapsed > target || (minutes === null ? undefined : false);
}

/** When the first sign was seen: what declared the incident, or an earlier indicator that joined it later. */
function firstSign(entries: readonly LedgerEntry[]): string {
  const seen = ofKind(entries, "indicator-received").map(({ data }) => data.seenAt);
  const moments = [factsOf(entries).detectedAt, ...seen].map((at) => Date.parse(at));
  return new Date(Math.min(...moments)).toISOString();
}

function measured(
  measure: Measure,
  what: string,
  from: string,
  to: string | null,
  newest: string,
): MeasuredTime {
  const elapsed = Math.max(0, Math.ceil((Date.parse(to ?? newest) - Date.parse(from)) / MINUTE_MS));
  return {
    measure,
    what,
    from,
    to,
    minutes: to === null ? null : elapsed,
    elapsed,
    target: null,
    open: to === null,
  };
}

/** Minutes for people: `45 min`, `2 h 05 min`, `3 d 4 h`. */
export function duration(minutes: number): string {
  const [days, hours, rest] = [Math.floor(minutes / 1440), Math.floor(minutes / 60) % 24, minutes % 60];
  if (days > 0) return hours === 0 ? `${days} d` : `${days} d ${hours} h`;
  if (hours > 0) return rest === 0 ? `${hours} h` : `${hours} h ${String(rest).padStart(2, "0")} min`;
  return `${rest} min`;
}
