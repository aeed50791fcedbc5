import type { Random } from "../random.ts";
import type { PlannedMcp } from "./plan.ts";
import type { Platform } from "./platform.ts";
import { deliveryBucket } from "./stacks.ts";

/** The files that the portal's export of sign-in logs makes, one for each kind of sign-in. */
const KINDS = ["InteractiveSignIns", "NonInteractiveSignIns", "ApplicationSignIns", "MSISignIns"];
const FOLDER = "sign-ins";

/** The identity team lays its export of the last day's sign-ins down in a bucket of its own. */
export function deliverSignIns(
  records: number,
  { aws, clock }: Platform,
  { settings, target }: PlannedMcp,
  random: Random,
): string {
  const bucket = deliveryBucket(target.environment);
  for (const kind of KINDS) {
    const signIns = Array.from({ length: records }, () => ({
      id: random.hex(32),
      createdDateTime: new Date(clock.now() - Math.floor(random.next() * 86_400_000)).toISOString(),
      userPrincipalName: random.pick(settings.users),
      appDisplayName: target.application,
      ipAddress: "198.51.100.7",
      status: { errorCode: 0 },
    }));
    aws.s3.seedObject(bucket, `${FOLDER}/${kind}.json`, JSON.stringify(signIns));
  }
  return `the identity team delivered s3://${bucket}/${FOLDER}/`;
}
