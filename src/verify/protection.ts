import type { Reading, SeenLock } from "./reading.ts";
import { type StoreProtection, UnreadableError } from "./store.ts";

/** What a bucket does to keep evidence: one version an object, each under retention or legal hold. */

const TOLERANCE_MS = 3_600_000;

/** Names objects that were overwritten or deleted after they were written; both leave the sealed version in place. */
export function checkVersions({ findings, objects }: Reading): void {
  for (const { key, versions, deleteMarkers } of objects.values()) {
    if (deleteMarkers.length > 0)
      findings.problem(
        "deleted",
        key,
        `${key} was deleted (delete marker ${deleteMarkers.join(", ")}); ${versions.length} versions are left`,
      );
    if (versions.length > 1)
      findings.problem(
        "overwritten",
        key,
        `${key} was overwritten: it has ${versions.length} versions and was to be written once (newer: ${versions
          .slice(1)
          .map(({ versionId }) => versionId)
          .join(", ")})`,
      );
  }
}

/** Checks that Object Lock is in force on everything that was read. */
export async function checkLocks(
  reading: Reading,
  protection: StoreProtection,
  prefix: string,
): Promise<void> {
  const { findings, locks } = reading;
  const bucket = await bucketLock(reading, protection, prefix);
  if (bucket && !bucket.locked) {
    findings.problem(
      "unlocked",
      prefix,
      "The bucket has no Object Lock: whoever may delete can delete this evidence",
    );
    return;
  }
  const now = protection.now().getTime();
  for (const { key, lock } of locks) {
    if (lock.legalHold || (lock.retainUntil?.getTime() ?? 0) > now) continue;
    const why = lock.retainUntil
      ? `its retention ended on ${lock.retainUntil.toISOString()}`
      : "it has no retention";
    findings.problem("unlocked", key, `${key} can be deleted: ${why}, and it is under no legal hold`);
  }
  for (const [folder, group] of byCapture(locks)) checkShortened(reading, folder, group);
}

async function bucketLock(
  { findings }: Reading,
  protection: StoreProtection,
  prefix: string,
): Promise<{ locked: boolean } | undefined> {
  try {
    return await protection.bucket();
  } catch (error) {
    if (!(error instanceof UnreadableError)) throw error;
    findings.notChecked("unreadable", prefix, `The bucket's Object Lock cannot be read: ${error.message}`);
    return undefined;
  }
}

/**
 * A capture's objects are written under one rule. An object whose retention ends earlier than that of most of them,
 * both by the calendar and counted from its own writing, was shortened (Governance mode allows that to a few).
 */
function checkShortened({ findings }: Reading, folder: string, group: readonly SeenLock[]): void {
  const until = ({ lock }: SeenLock) => lock.retainUntil?.getTime() ?? 0;
  const length = (seen: SeenLock) => until(seen) - seen.lastModified.getTime();
  const retained = group.filter(({ lock }) => lock.retainUntil);
  const usual = { until: median(retained.map(until)), length: median(retained.map(length)) };
  for (const seen of retained) {
    if (until(seen) >= usual.until - TOLERANCE_MS || length(seen) >= usual.length - TOLERANCE_MS) continue;
    findings.problem(
      "retention-shortened",
      seen.key,
      `${seen.key} is kept until ${seen.lock.retainUntil?.toISOString()} only, most of ${folder} until ${new Date(usual.until).toISOString()}`,
    );
  }
}

function byCapture(locks: readonly SeenLock[]): Map<string, SeenLock[]> {
  const groups = new Map<string, SeenLock[]>();
  for (const seen of locks) {
    const folder = /^incidents\/[^/]+\/captures\/[^/]+\//.exec(seen.key)?.[0];
    if (folder !== undefined) groups.set(folder, [...(groups.get(folder) ?? []), seen]);
  }
  return groups;
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}
