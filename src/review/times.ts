import { preservedBy } from "../incident/completeness.ts";
import type { LedgerEntry } from "../incident/entries.ts";
import { onceEverywhere } from "../incident/mcps.ts";
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
  /** Whole minutes, rounded down; null while it has not happened. */
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
 * evidence kept, contained on every mcp, every step but the review done.
 */
export function measuredTimes(entries: readonly LedgerEntry[], runbook: Runbook): MeasuredTime[] {
  const { severity } = factsOf(entries);
  const declared = entries[0]?.at ?? "";
  const newest = entries.at(-1)?.at ?? "";
  const targets = runbook.clocks?.targets;
  const since = (
    measure: Exclude<Measure, "detect">,
    what: string,
    by: LedgerEntry | undefined,
  ): MeasuredTime => ({
    ...measured(measure, what, declared, by?.at ?? null, newest),
    target: targets?.[measure][severity] ?? null,
  });
  return [
    measured("detect", "first sign to declaration", firstSign(entries), declared, newest),
    since("acknowledge", "declaration to somebody taking it", ofKind(entries, "acknowledged")[0]),
    since(
      "preserve",
      "declaration to all evidence kept",
      onceEverywhere(entries, (view) => preservedBy(view, runbook)),
    ),
    nothingToContain(entries)
      ? {
          ...since("contain", "nothing had to be contained", undefined),
          elapsed: 0,
          target: null,
          open: false,
        }
      : since("contain", "declaration to containment", containedBy(entries)),
    since(
      "resolve",
      "declaration to every step but the review done",
      reachedAt(entries, runbook, "resolved"),
    ),
  ];
}

/** True where it took, or has taken, longer than the runbook allows; undefined where that is open or no target is set. */
export function missed({ minutes, elapsed, target }: MeasuredTime): boolean | undefined {
  if (target === null) return undefined;
  return elapsed > target || (minutes === null ? undefined : false);
}

/** The entry by which every mcp was contained for the first time. */
export function containedBy(entries: readonly LedgerEntry[]): LedgerEntry | undefined {
  return onceEverywhere(entries, (view) => view.find(({ kind }) => kind === "contained"));
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
  const elapsed = Math.max(0, Math.floor((Date.parse(to ?? newest) - Date.parse(from)) / MINUTE_MS));
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
