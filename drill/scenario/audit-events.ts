import type { Random } from "../random.ts";
import type { PlannedMcp } from "./plan.ts";
import type { Platform } from "./platform.ts";

/**
 * Overwrites one audit object of the mcp, or hides it behind a delete marker: not the bucket's policy stops it here,
 * and the versions before stay. Which object it is, the drill's seed decides.
 * CloudTrail has it as a data event.
 */
export function tamperWithAudit(
  what: "overwrite_audit_object" | "delete_audit_object",
  by: string,
  { aws, clock }: Platform,
  { target }: PlannedMcp,
  random: Random,
): string {
  const bucket = aws.s3.bucket(target.auditBucket);
  const [prefix = ""] = target.auditLayout.split("{");
  const keys = [...bucket.keysFrom(() => true)].filter(
    (key) => key.startsWith(prefix) && bucket.current(key),
  );
  const key = keys[Math.floor(random.next() * keys.length)];
  if (key === undefined) throw new Error(`${target.auditBucket} holds no object to tamper with`);
  const deleted = what === "delete_audit_object";
  if (deleted) aws.s3.seedDeleteMarker(target.auditBucket, key);
  else aws.s3.seedObject(target.auditBucket, key, '{"outcome":"success"}\n');
  aws.cloudtrail.seed({
    eventName: deleted ? "DeleteObject" : "PutObject",
    eventTime: clock.now(),
    eventSource: "s3.amazonaws.com",
    username: by.split("/").at(-1) ?? "",
    arn: by,
    managementEvent: false,
    resources: [{ type: "AWS::S3::Object", name: `${target.auditBucket}/${key}` }],
    requestParameters: { bucketName: target.auditBucket, key },
  });
  return deleted ? `${key} got a delete marker` : `${key} was overwritten`;
}
