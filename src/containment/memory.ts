import { z } from "zod";
import type { LedgerEntry } from "../incident/entries.ts";
import { intended, made, ofRun, since } from "./changes.ts";
import { fullySuspended, type LiveService, sameSuspension } from "./live-service.ts";
import { STEPS } from "./steps.ts";

/**
 * What the ledger remembers of the changes that Firebreak made itself: how the service was before a scale-down, and
 * which of the differences between then and now are this run's own doing.
 */

const suspension = z.object({
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
  suspended: suspension,
  remembered: suspension,
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
  return since(entries, ({ kind }) => kind === "restored");
}

/** The state before the scale-down that is still open; undefined when there is none. */
export function scaleDownMemory(entries: readonly LedgerEntry[]): ScaleDownMemory | undefined {
  const open = openScaleDown(entries);
  const toZero = intended(open, "scale-down", STEPS.scaleToZero);
  const suspend = intended(open, "scale-down", STEPS.suspendScaling);
  if (toZero.length === 0 && suspend.length === 0) return undefined;
  const desired = toZero.at(-1);
  const scaling = suspend.findLast(
    (entry) => !desired || entry.sequence > desired.sequence || sameAttempt(entry, desired),
  );
  return {
    desired: desired ? desiredBefore.parse(desired.data.from) : null,
    scaling: scaling ? scalingBefore.parse(scaling.data.from) : null,
    at: toZero[0] ? new Date(toZero[0].at) : null,
  };
}

/** Every attempt suspends first, so one that set 0 and suspended nothing found no scalable target. */
function sameAttempt(a: LedgerEntry, b: LedgerEntry): boolean {
  return a.by.runId === b.by.runId && a.by.runAttempt === b.by.runAttempt;
}

/**
 * The live service as it would be without the changes that this workflow run made in an earlier attempt: what its
 * recorded plan has to be compared with.
 */
export function withoutOwnChanges(
  live: LiveService,
  entries: readonly LedgerEntry[],
  runId: number,
): LiveService {
  const own = ofRun(openScaleDown(entries), runId);
  let { desiredCount, scaling } = live;
  const suspend = intended(own, "scale-down", STEPS.suspendScaling)[0];
  if (suspend && scaling && fullySuspended(scaling.suspended)) {
    scaling = { ...scaling, suspended: scalingBefore.parse(suspend.data.from).suspended };
  }
  const toZero = intended(own, "scale-down", STEPS.scaleToZero)[0];
  if (toZero && desiredCount === 0) desiredCount = desiredBefore.parse(toZero.data.from).desiredCount;
  const up = intended(own, "restore-service", STEPS.restoreDesiredCount)[0];
  if (up && desiredCount === up.data.to.desiredCount)
    desiredCount = z.number().parse(up.data.from.desiredCount);
  const resume = intended(own, "restore-service", STEPS.resumeScaling)[0];
  if (resume && scaling && sameSuspension(scaling.suspended, suspension.parse(resume.data.to.suspended))) {
    scaling = { ...scaling, suspended: suspension.parse(resume.data.from.suspended) };
  }
  return { ...live, desiredCount, scaling };
}

/** The reason of a rotation that ended without another value. */
export const NOT_ROTATED = "not-rotated";

const rotationOutcome = z.object({
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

/** Everything since the last time that a rotation was carried to its end. */
export function openRotation(entries: readonly LedgerEntry[]): readonly LedgerEntry[] {
  return since(entries, (entry) => entry.kind === "contained" && entry.data.action === "rotate-secret");
}

/** A rotation that is made and whose deployment is not finished, if the parameter still has the version it made. */
export function rotationMade(
  entries: readonly LedgerEntry[],
  liveVersion: number,
): RotationOutcome | undefined {
  const entry = made(openRotation(entries), "rotate-secret", STEPS.rotateSecret).at(-1);
  if (!entry) return undefined;
  const outcome = rotationOutcome.parse(entry.data.outcome);
  return outcome.newVersion === liveVersion ? { ...outcome, runId: entry.by.runId } : undefined;
}

/**
 * A rotation command that was begun and whose end nobody noted, when the parameter has a newer version by now: the
 * command may have written it, and would then have nothing to change another time. That the value is another one is
 * still to be seen; once it was seen not to be, the rotation counts no more.
 */
export function rotationCutShort(
  entries: readonly LedgerEntry[],
  liveVersion: number,
): RotatedVersions | undefined {
  const open = openRotation(entries);
  const begun = intended(open, "rotate-secret", STEPS.rotateSecret).at(-1);
  if (!begun) return undefined;
  const since = open.filter(({ sequence }) => sequence > begun.sequence);
  const settled =
    made(since, "rotate-secret", STEPS.rotateSecret).length > 0 ||
    since.some((entry) => entry.kind === "not-contained" && entry.data.reason === NOT_ROTATED);
  const previousVersion = z.number().int().parse(begun.data.from.parameterVersion);
  return settled || liveVersion <= previousVersion ? undefined : { previousVersion, newVersion: liveVersion };
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
  return cut && { ...cut, cutShort: true };
}

/**
 * As `withoutOwnChanges`, for the version of the parameter. A rotation command that was cut short is not this run's
 * own change: whatever it wrote has to be documented first, like anybody's.
 */
export function versionWithoutOwnRotation(
  entries: readonly LedgerEntry[],
  liveVersion: number,
  runId: number,
): number {
  return rotationMade(ofRun(entries, runId), liveVersion)?.previousVersion ?? liveVersion;
}
