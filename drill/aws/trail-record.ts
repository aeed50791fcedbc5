/** CloudTrail's events: which kind each is, where it is recorded, and its record as LookupEvents and log files show it. */
import type { CallOutcome } from "./call.ts";
import type { TrailEvent } from "./trail-lookup.ts";

export const READ_ONLY = /^(Get|List|Describe|Head|Lookup|Filter)/;
/** S3's calls on the bucket itself; every other S3 call is a data event. */
const S3_MANAGEMENT = /^(ListBuckets|CreateBucket|GetBucket.*|PutBucket.*|GetObjectLockConfiguration)$/;
/** https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-concepts.html#cloudtrail-concepts-global-service-events */
const GLOBAL_SERVICES = new Set(["iam.amazonaws.com", "cloudfront.amazonaws.com", "signin.amazonaws.com"]);
export const GLOBAL_REGION = "us-east-1";
const LOGS_DATA = new Set(["GetLogEvents", "FilterLogEvents", "PutLogEvents"]);

/** The region in whose history and log files an event stands, in an account that lives in `region`. */
export function recordedIn({ eventSource }: Pick<TrailEvent, "eventSource">, region: string): string {
  return GLOBAL_SERVICES.has(eventSource) ? GLOBAL_REGION : region;
}

export function isManagementEvent({ service, operation }: CallOutcome["call"]): boolean {
  if (service === "s3") return S3_MANAGEMENT.test(operation);
  if (service === "sns" || service === "ses") return false;
  return !(service === "logs" && LOGS_DATA.has(operation));
}

/** https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html */
export function trailRecord(event: TrailEvent, account: { accountId: string; region: string }): object {
  const { accountId, region } = account;
  return {
    eventVersion: "1.11",
    userIdentity: {
      type: event.arn.includes(":assumed-role/") ? "AssumedRole" : "Unknown",
      arn: event.arn,
      accountId,
      accessKeyId: event.accessKeyId,
      userName: event.username,
    },
    eventTime: isoSecond(event.eventTime),
    eventSource: event.eventSource,
    eventName: event.eventName,
    awsRegion: recordedIn(event, region),
    sourceIPAddress: event.sourceIpAddress,
    ...(event.errorCode === null ? {} : { errorCode: event.errorCode, errorMessage: event.errorMessage }),
    ...(event.requestParameters === undefined ? {} : { requestParameters: event.requestParameters }),
    requestID: event.requestId,
    eventID: event.eventId,
    readOnly: event.readOnly,
    resources: event.resources.map(({ type, name }) => ({ type, ARN: name })),
    eventType: "AwsApiCall",
    managementEvent: event.managementEvent,
    recipientAccountId: accountId,
    eventCategory: event.managementEvent ? "Management" : "Data",
  };
}

/** `2026-11-21T10:15:30Z`. */
export function isoSecond(milliseconds: number): string {
  return new Date(milliseconds).toISOString().replace(/\.\d{3}Z$/, "Z");
}
