import {
  GetBucketLifecycleConfigurationCommand,
  GetBucketVersioningCommand,
  GetObjectLockConfigurationCommand,
  type LifecycleRule,
} from "@aws-sdk/client-s3";
import type { Aws, Clock } from "../../ports.ts";
import { patiently } from "../patience.ts";
import type { Finding } from "./finding.ts";
import { livePolicy } from "./live-policy.ts";
import { policyDifferences, whyDeletionIsAllowed } from "./policy.ts";

/** The audit bucket's settings as they stand, held against what the runbook expects. All reads. */

export interface SettingsDeps {
  s3: Aws["s3"];
  clock: Clock;
  bucket: string;
}

const DAY_MS = 86_400_000;

/**
 * The bucket's policy against the expected one. Without an expected one it must at least deny everybody to delete:
 * the runbook's "the S3 bucket policy denies DeleteObject for all principals".
 */
export async function checkPolicy(deps: SettingsDeps, expected: string | null): Promise<Finding[]> {
  const what = `the bucket policy of ${deps.bucket}`;
  const actual = await patiently(deps.clock, () => livePolicy(deps.s3, deps.bucket));
  if (actual === null)
    return [{ weight: "tampered", what, why: "there is none, so nothing denies deletion", policy: true }];
  const findings: Finding[] = [];
  const open = whyDeletionIsAllowed(actual, deps.bucket);
  if (open !== null) findings.push({ weight: "tampered", what, why: open, policy: true });
  if (expected === null)
    return [
      ...findings,
      {
        weight: "note",
        what,
        why: "was held against the rule on deletion alone: the runbook names no expected policy",
      },
    ];
  const differences = policyDifferences(expected, actual);
  return [
    ...findings,
    ...differences.map((why) => ({ weight: "tampered" as const, what, why, policy: true })),
  ];
}

/** Versioning must be on: without it an overwrite leaves nothing of what was there. */
export async function checkVersioning({ s3, clock, bucket }: SettingsDeps): Promise<Finding[]> {
  const { Status } = await patiently(clock, () =>
    s3.send(new GetBucketVersioningCommand({ Bucket: bucket })),
  );
  if (Status === "Enabled") return [];
  const state = Status === "Suspended" ? "suspended" : "off";
  return [
    { weight: "tampered", what: `versioning of ${bucket}`, why: `is ${state}: records can be overwritten` },
  ];
}

/**
 * Rules that expire records before they may: before the runbook's retention, or, where it names none, early enough to
 * have expired records of this incident's window. CloudTrail does not see what a lifecycle rule deletes
 * (https://docs.aws.amazon.com/AmazonS3/latest/userguide/lifecycle-and-other-bucket-config.html), so the rules are
 * all there is to look at.
 */
export async function checkLifecycle(
  deps: SettingsDeps,
  window: { from: Date },
  retentionDays: number | null,
): Promise<Finding[]> {
  const { clock, bucket } = deps;
  const now = clock.now().getTime();
  const least = retentionDays ?? Math.ceil((now - window.from.getTime()) / DAY_MS);
  const measure = retentionDays === null ? "as old as the evidence window" : "the runbook's retention";
  const findings: Finding[] = [];
  for (const rule of await lifecycleRules(deps)) {
    const what = `lifecycle rule ${rule.ID ?? "without a name"} of ${bucket}`;
    for (const { text, days } of expiries(rule, now)) {
      const early = days < least;
      findings.push({
        weight: early ? "tampered" : "note",
        what,
        why: early ? `${text}, before ${least} days (${measure})` : `${text}`,
      });
    }
  }
  return findings;
}

async function lifecycleRules({ s3, clock, bucket }: SettingsDeps): Promise<LifecycleRule[]> {
  try {
    const { Rules = [] } = await patiently(clock, () =>
      s3.send(new GetBucketLifecycleConfigurationCommand({ Bucket: bucket })),
    );
    return Rules.filter(({ Status }) => Status === "Enabled");
  } catch (error) {
    if ((error as Error).name === "NoSuchLifecycleConfiguration") return [];
    throw error;
  }
}

/** When a rule expires records, in days after they were written. */
function expiries(rule: LifecycleRule, now: number): { text: string; days: number }[] {
  const { Expiration, NoncurrentVersionExpiration } = rule;
  const found: { text: string; days: number }[] = [];
  if (Expiration?.Days !== undefined)
    found.push({ text: `expires records after ${Expiration.Days} days`, days: Expiration.Days });
  if (Expiration?.Date !== undefined) {
    // At that moment every record expires, however young.
    const passed = Expiration.Date.getTime() <= now;
    const text = `expires every record ${passed ? "since" : "from"} ${Expiration.Date.toISOString()}${passed ? "" : " on"}`;
    found.push({ text, days: 0 });
  }
  if (NoncurrentVersionExpiration?.NoncurrentDays !== undefined) {
    const { NoncurrentDays } = NoncurrentVersionExpiration;
    found.push({ text: `expires replaced versions after ${NoncurrentDays} days`, days: NoncurrentDays });
  }
  return found;
}

/** Object Lock is the stronger protection where it is on. That it is off is no tampering: it cannot be turned off. */
export async function checkObjectLock({ s3, clock, bucket }: SettingsDeps): Promise<Finding[]> {
  const what = `Object Lock of ${bucket}`;
  try {
    const { ObjectLockConfiguration: lock } = await patiently(clock, () =>
      s3.send(new GetObjectLockConfigurationCommand({ Bucket: bucket })),
    );
    const { Mode, Days, Years } = lock?.Rule?.DefaultRetention ?? {};
    const retention = Mode
      ? `${Mode}, ${Years ? `${Years} years` : `${Days ?? 0} days`}`
      : "no default retention";
    return [
      { weight: "note", what, why: lock?.ObjectLockEnabled === "Enabled" ? `is on: ${retention}` : "is off" },
    ];
  } catch (error) {
    if ((error as Error).name !== "ObjectLockConfigurationNotFoundError") throw error;
    return [{ weight: "note", what, why: "is off: only the policy and versioning protect the records" }];
  }
}
