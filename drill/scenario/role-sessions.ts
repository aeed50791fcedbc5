/** Somebody who holds a session of a role, and calls with it over the wire. */
import { DeleteObjectCommand, ListObjectsV2Command, S3Client } from "@aws-sdk/client-s3";
import type { Target } from "../../src/runbook/target.ts";
import type { WorldPlan } from "./plan.ts";
import type { Platform } from "./platform.ts";
import type { ScenarioEvent } from "./schema.ts";

const TWELVE_HOURS = 12 * 3600;

/**
 * Lists the audit bucket, or deletes from it, with a session of the role that was begun when the scenario says, and
 * holds the answer against what is expected. Throws when it is another one: a revoked session that acts ends the drill.
 */
export async function useRole(
  event: Extract<ScenarioEvent, { do: "use_role" }>,
  { aws, clock }: Platform,
  { accountId, region, start }: WorldPlan,
  target: Target,
): Promise<string> {
  const name = event.role.replaceAll("{service}", target.service);
  const minutes = event.begun_minutes_before;
  const ageSeconds = minutes === undefined ? 0 : (clock.now() - start) / 1000 + minutes * 60;
  const roleArn = `arn:aws:iam::${accountId}:role/${name}`;
  const credentials = aws.sessions.issue({ roleArn, ageSeconds, durationSeconds: TWELVE_HOURS });
  // The endpoint lives in simulated time, and so has the signature.
  const systemClockOffset = clock.now() - Date.now();
  const s3 = new S3Client({ region, endpoint: aws.url, credentials, systemClockOffset });
  const Bucket = target.auditBucket;
  const call =
    event.call === "delete"
      ? s3.send(new DeleteObjectCommand({ Bucket, Key: "no-such-record" }))
      : s3.send(new ListObjectsV2Command({ Bucket, MaxKeys: 1 }));
  const got = await call.then(
    () => "accepted",
    (error: Error) => (error.name === "AccessDenied" ? "refused" : error.name),
  );
  s3.destroy();
  const begun = minutes === undefined ? "just now" : `${minutes} minutes before the drill`;
  const sentence = `a call (${event.call}) by a session of ${name} that was begun ${begun} was ${got}`;
  if (got !== event.expect) throw new Error(`${sentence}; it should have been ${event.expect}`);
  return sentence;
}
