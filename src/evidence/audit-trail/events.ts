import type { Finding } from "./finding.ts";
import { policyDifferences, whyDeletionIsAllowed } from "./policy.ts";
import type { TrailEvent } from "./record.ts";

/**
 * Which calls change the audit records or what protects and records them, and what one of them means. The names are
 * CloudTrail's (https://docs.aws.amazon.com/AmazonS3/latest/userguide/cloudtrail-logging-s3-info.html), which are not
 * always the API's: PutBucketLifecycleConfiguration is recorded as PutBucketLifecycle.
 */

export const BUCKET_CHANGES = [
  "PutBucketPolicy",
  "DeleteBucketPolicy",
  "PutBucketVersioning",
  "PutBucketLifecycle",
  "PutBucketLifecycleConfiguration",
  "DeleteBucketLifecycle",
  "PutBucketObjectLockConfiguration",
  "DeleteBucket",
] as const;

export const TRAIL_CHANGES = ["StopLogging", "UpdateTrail", "DeleteTrail", "PutEventSelectors"] as const;

/** Data events: CloudTrail's event history never has them, only the files of a trail that records them. */
export const OBJECT_CHANGES = [
  "DeleteObject",
  "DeleteObjects",
  "PutObjectRetention",
  "PutObjectLegalHold",
] as const;

/** What the records lie in and are recorded by, and what is expected of it. */
export interface Watched {
  bucket: string;
  /** Name or ARN of the trail; null when the runbook names none: then every trail of the account is watched. */
  trail: string | null;
  /** The expected bucket policy; null when the runbook names none. */
  policy: string | null;
}

/** What an event says about the watched bucket and trail; undefined when it is about something else. */
export function judge(event: TrailEvent, watched: Watched): Finding | undefined {
  if (!concerns(event, watched)) return undefined;
  const finding = meaningOf(event, watched);
  if (finding.weight !== "tampered") return finding;
  const at = Number.isNaN(event.at.getTime()) ? null : event.at.toISOString();
  return { ...finding, changed: { by: event.by, at } };
}

function meaningOf(event: TrailEvent, watched: Watched): Finding {
  const what = `${event.name} (${event.id})`;
  const who = `by ${event.by} from ${event.from} in ${event.region || "an unknown region"} at ${timeOf(event)}`;
  if (event.refused !== null) return { weight: "attempt", what, why: `${who}: refused, ${event.refused}` };
  switch (event.name) {
    case "PutBucketPolicy":
      return judgePolicy(event, watched, what, who);
    case "DeleteBucketPolicy":
      return {
        weight: "tampered",
        what,
        why: `${who}: the bucket policy of ${watched.bucket} was removed`,
        policy: true,
      };
    case "PutBucketVersioning":
      if (statusOf(event) === "Enabled")
        return { weight: "note", what, why: `${who}: versioning was enabled` };
      return { weight: "tampered", what, why: `${who}: versioning of ${watched.bucket} was changed` };
    default:
      return { weight: "tampered", what, why: `${who}: ${aboutOf(event, watched)}` };
  }
}

/** To put the expected policy once more, as an infrastructure pipeline does, changes nothing. */
function judgePolicy(event: TrailEvent, { bucket, policy }: Watched, what: string, who: string): Finding {
  const put = textOf(event.parameters.bucketPolicy);
  if (policy !== null && put !== null) {
    const same = unlessUnreadable(() => policyDifferences(policy, put).length === 0);
    const closed = unlessUnreadable(() => whyDeletionIsAllowed(put, bucket) === null);
    if (same && closed)
      return { weight: "note", what, why: `${who}: the expected bucket policy was put again` };
  }
  return {
    weight: "tampered",
    what,
    why: `${who}: the bucket policy of ${bucket} was changed`,
    policy: true,
  };
}

function unlessUnreadable(question: () => boolean): boolean {
  try {
    return question();
  } catch {
    return false;
  }
}

function textOf(policy: unknown): string | null {
  if (typeof policy === "string") return policy;
  return policy !== null && typeof policy === "object" ? JSON.stringify(policy) : null;
}

function timeOf({ at }: TrailEvent): string {
  return Number.isNaN(at.getTime()) ? "an unknown time" : at.toISOString();
}

function statusOf({ parameters }: TrailEvent): unknown {
  const { VersioningConfiguration: configuration } = parameters;
  return configuration !== null && typeof configuration === "object" && "Status" in configuration
    ? configuration.Status
    : undefined;
}

function aboutOf({ name, parameters, resources }: TrailEvent, { bucket }: Watched): string {
  const { key, name: trail, trailName } = parameters;
  if (isOneOf(TRAIL_CHANGES, name)) return `the trail ${String(trail ?? trailName ?? resources[0] ?? "")}`;
  return typeof key === "string" ? `s3://${bucket}/${key}` : bucket;
}

/** An event that does not say what it was about counts as one about us: better looked at than overlooked. */
function concerns(event: TrailEvent, { bucket, trail }: Watched): boolean {
  const { bucketName, name, trailName } = event.parameters;
  if (isOneOf(TRAIL_CHANGES, event.name)) {
    const named = [name, trailName, ...event.resources].filter((one) => typeof one === "string");
    return trail === null || named.length === 0 || named.some((one) => isTrail(one, trail));
  }
  if (!isOneOf(BUCKET_CHANGES, event.name) && !isOneOf(OBJECT_CHANGES, event.name)) return false;
  if (typeof bucketName === "string") return bucketName === bucket;
  if (event.resources.length === 0) return true;
  const ours = new RegExp(`^(arn:aws[a-z-]*:s3:::)?${bucket.replaceAll(".", "\\.")}(/|$)`);
  return event.resources.some((one) => ours.test(one));
}

/** Whether two names or ARNs mean one trail. Where only one of them is an ARN, the names decide. */
export function isTrail(one: string, other: string): boolean {
  if (one.startsWith("arn:") && other.startsWith("arn:")) return one === other;
  return trailName(one) === trailName(other);
}

function trailName(nameOrArn: string): string {
  return nameOrArn.replace(/^arn:.*:trail\//, "");
}

function isOneOf(names: readonly string[], name: string): boolean {
  return names.includes(name);
}
