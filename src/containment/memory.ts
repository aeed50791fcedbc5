import { z } from "zod";
import type { LedgerEntry } from "../incident/entries.ts";
import { type Intended, intended, type Made, made, since, takenBack } from "./changes.ts";
import { STEPS } from "./steps.ts";

/** What the ledger remembers of the changes that Firebreak made itself. */

export const suspensionSchema = z.object({
  dynamicScalingIn: z.boolean(),
  dynamicScalingOut: z.boolean(),
  scheduledScaling: z.boolean(),
});

const desiredBefore = z.object({
  desiredCount: z.number().int(),
  remembered: z.number().int(),
  taskDefinition: z.string(),
});
const scalingBefore = z.object({
  minCapacity: z.number().int(),
  maxCapacity: z.number().int(),
  suspended: suspensionSchema,
  remembered: suspensionSchema,
});

export type DesiredBefore = z.infer<typeof desiredBefore>;
export type ScalingBefore = z.infer<typeof scalingBefore>;

/** A scale-down that has not been taken back. */
export interface ScaleDownMemory {
  desired: DesiredBefore | null;
  scaling: ScalingBefore | null;
  /** When the desired count was first about to be changed. */
  at: Date | null;
}

/** Everything since the last `restored`. */
export function openScaleDown(entries: readonly LedgerEntry[]): readonly LedgerEntry[] {
  return since(entries, (entry) => takenBack(entry, "scale-down"));
}

/** The state before the scale-down that is still open; undefined when there is none. */
export function scaleDownMemory(entries: readonly LedgerEntry[]): ScaleDownMemory | undefined {
  const open = openScaleDown(entries);
  const toZero = intended(open, "scale-down", STEPS.scaleToZero);
  const suspend = intended(open, "scale-down", STEPS.suspendScaling);
  if (toZero.length === 0 && suspend.length === 0) return undefined;
  const desired = toZero.at(-1);
  const scaling = suspend.findLast(
    (entry) => !desired || entry.sequence > desired.sequence || sameRun(entry, desired),
  );
  return {
    desired: desired ? desiredBefore.parse(desired.data.from) : null,
    scaling: scaling ? scalingBefore.parse(scaling.data.from) : null,
    at: toZero[0] ? new Date(toZero[0].at) : null,
  };
}

/** Every run suspends first, so one that set 0 and suspended nothing found no scalable target. */
function sameRun(a: LedgerEntry, b: LedgerEntry): boolean {
  return a.by.runId === b.by.runId;
}

/** The reason of a rotation that ended without another value. */
export const NOT_ROTATED = "not-rotated";

export const rotationOutcome = z.object({
  previousVersion: z.number().int(),
  newVersion: z.number().int(),
  rotatedAt: z.string(),
  /** True for one whose command was cut short, and whose new version a later run found and noted. */
  takenOver: z.boolean().default(false),
});
export type RotationOutcome = z.infer<typeof rotationOutcome> & { runId: number };

export interface RotatedVersions {
  previousVersion: number;
  newVersion: number;
}

/** The steps that write the parameter: by the runbook's command, and by Firebreak itself. */
const WRITING = [STEPS.rotateSecret, STEPS.createCredential] as const;

function writes<Entry extends Intended | Made>(
  entries: readonly LedgerEntry[],
  find: (entries: readonly LedgerEntry[], action: "rotate-secret", step: string) => Entry[],
): Entry[] {
  return WRITING.flatMap((step) => find(entries, "rotate-secret", step)).sort(
    (a, b) => a.sequence - b.sequence,
  );
}

/** Everything since the last time that a rotation was carried to its end. */
export function openRotation(entries: readonly LedgerEntry[]): readonly LedgerEntry[] {
  return since(entries, (entry) => entry.kind === "contained" && entry.data.action === "rotate-secret");
}

/** A rotation that is made and whose deployment is not finished, if the parameter still has the version it made. */
export function rotationMade(
  entries: readonly LedgerEntry[],
  liveVersion: number,
): RotationOutcome | undefined {
  const entry = writes(openRotation(entries), made).at(-1);
  if (!entry) return undefined;
  const outcome = rotationOutcome.parse(entry.data.outcome);
  return outcome.newVersion === liveVersion ? { ...outcome, runId: entry.by.runId } : undefined;
}

/** A write that was begun, by which step of which run. */
export interface CutShort extends RotatedVersions {
  step: string;
  runId: number;
}

/** Whether what was cut short is a step of this run's plan that finds by itself what it has written. */
export function findsItself({ step, runId }: CutShort, thisRun: number): boolean {
  return (step === STEPS.createCredential || step === STEPS.rotateSecret) && runId === thisRun;
}

/**
 * A rotation command that was begun and whose end nobody noted, when the parameter has a newer version by now: the
 * command may have written it, and would then have nothing to change another time. That the value is another one is
 * still to be seen; once it was seen not to be, the rotation counts no more.
 */
export function rotationCutShort(entries: readonly LedgerEntry[], liveVersion: number): CutShort | undefined {
  const open = openRotation(entries);
  const begun = writes(open, intended).at(-1);
  if (!begun) return undefined;
  const since = open.filter(({ sequence }) => sequence > begun.sequence);
  const settled =
    writes(since, made).length > 0 ||
    since.some((entry) => entry.kind === "not-contained" && entry.data.reason === NOT_ROTATED);
  const previousVersion = z.number().int().parse(begun.data.from.parameterVersion);
  if (settled || liveVersion <= previousVersion) return undefined;
  return { previousVersion, newVersion: liveVersion, step: begun.data.step, runId: begun.by.runId };
}

/** The rotation that stands already and is no step of this run's plan: another run's, or one that was cut short. */
export function standingRotation(
  entries: readonly LedgerEntry[],
  liveVersion: number,
  runId: number,
): (RotatedVersions & { cutShort: boolean }) | undefined {
  const earlier = rotationMade(entries, liveVersion);
  if (earlier) {
    const planned = earlier.runId === runId && !earlier.takenOver;
    return planned ? undefined : { ...earlier, cutShort: earlier.takenOver };
  }
  const cut = rotationCutShort(entries, liveVersion);
  return cut && !findsItself(cut, runId) ? { ...cut, cutShort: true } : undefined;
}
