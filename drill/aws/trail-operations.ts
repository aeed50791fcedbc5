/** CloudTrail's operations on trails. https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_Operations.html */
import { z } from "zod";
import { AwsError } from "./errors.ts";
import { readInput } from "./input.ts";
import type { CallContext, JsonObject, JsonOperation, Quota } from "./service.ts";
import type { Trail } from "./trail.ts";
import { digestKey } from "./trail-keys.ts";

/** Who holds the trails. */
export interface TrailHost {
  trails(): Trail[];
  removeTrail(trail: Trail): void;
}

/** Transactions per second, per account and region. https://docs.aws.amazon.com/awscloudtrail/latest/userguide/WhatIsCloudTrail-Limits.html */
const QUOTA_SOURCE =
  "https://docs.aws.amazon.com/awscloudtrail/latest/userguide/WhatIsCloudTrail-Limits.html";
const reads: Quota = { ratePerSecond: 10, burst: 10, source: QUOTA_SOURCE };
const writes: Quota = { ratePerSecond: 1, burst: 1, source: QUOTA_SOURCE };
export const TRAIL_QUOTAS: Readonly<Record<string, Quota>> = {
  DescribeTrails: reads,
  GetTrail: reads,
  GetTrailStatus: reads,
  GetEventSelectors: reads,
  ListPublicKeys: reads,
  StartLogging: writes,
  StopLogging: writes,
  UpdateTrail: writes,
  DeleteTrail: writes,
};

const DAY_MS = 86_400_000;
const INVALID = "InvalidParameterException";
const trailName = z.string().min(3).max(256);
const Named = z.strictObject({ Name: trailName });
const SelectorsInput = z.strictObject({ TrailName: trailName });
const DescribeInput = z.strictObject({
  trailNameList: z.array(trailName).default([]),
  includeShadowTrails: z.boolean().default(true),
});
const KeysInput = z.strictObject({
  StartTime: z.number().optional(),
  EndTime: z.number().optional(),
});
const UpdateInput = z.strictObject({
  Name: trailName,
  S3BucketName: z.string().min(3).optional(),
  S3KeyPrefix: z.string().max(200).optional(),
  IncludeGlobalServiceEvents: z.boolean().optional(),
  IsMultiRegionTrail: z.boolean().optional(),
  EnableLogFileValidation: z.boolean().optional(),
});

export function trailOperations(host: TrailHost): Readonly<Record<string, JsonOperation>> {
  const named = (raw: JsonObject, context: CallContext, operation: string) =>
    find(host, readInput(Named, raw, INVALID, operation).Name, context);
  return {
    DescribeTrails: (raw, context) => {
      const { trailNameList, includeShadowTrails } = readInput(DescribeInput, raw, INVALID, "DescribeTrails");
      const seen = host.trails().filter((trail) => isSeen(trail, context));
      const wanted = seen.filter(
        (trail) =>
          (trailNameList.length === 0 ||
            [trail.name, trail.arn].some((one) => trailNameList.includes(one))) &&
          (includeShadowTrails || trail.homeRegion === context.region),
      );
      return { trailList: wanted.map(onWire) };
    },
    GetTrail: (raw, context) => ({ Trail: onWire(named(raw, context, "GetTrail")) }),
    GetTrailStatus: (raw, context) => status(named(raw, context, "GetTrailStatus"), context),
    GetEventSelectors: (raw, context) => {
      const { TrailName } = readInput(SelectorsInput, raw, INVALID, "GetEventSelectors");
      return selectors(find(host, TrailName, context));
    },
    ListPublicKeys: (raw, context) => publicKeys(raw, context),
    StartLogging: (raw, context) => {
      atHome(named(raw, context, "StartLogging"), context).start(context.clock.now());
      return {};
    },
    StopLogging: (raw, context) => {
      atHome(named(raw, context, "StopLogging"), context).stop(context.clock.now());
      return {};
    },
    DeleteTrail: (raw, context) => {
      host.removeTrail(atHome(named(raw, context, "DeleteTrail"), context));
      return {};
    },
    UpdateTrail: (raw, context) => {
      const input = readInput(UpdateInput, raw, INVALID, "UpdateTrail");
      const trail = atHome(find(host, input.Name, context), context);
      trail.bucket = input.S3BucketName ?? trail.bucket;
      if (input.S3KeyPrefix !== undefined) trail.prefix = input.S3KeyPrefix === "" ? null : input.S3KeyPrefix;
      trail.globalEvents = input.IncludeGlobalServiceEvents ?? trail.globalEvents;
      trail.multiRegion = input.IsMultiRegionTrail ?? trail.multiRegion;
      trail.validation = input.EnableLogFileValidation ?? trail.validation;
      return onWire(trail);
    },
  };
}

/** In regions other than its home a trail of all regions is seen too, and found by its ARN alone. */
function isSeen(trail: Trail, { region }: CallContext): boolean {
  return !trail.deleted && (trail.homeRegion === region || trail.multiRegion);
}

function find(host: TrailHost, name: string, context: CallContext): Trail {
  const found = host
    .trails()
    .find(
      (trail) =>
        isSeen(trail, context) &&
        (trail.arn === name || (trail.name === name && trail.homeRegion === context.region)),
    );
  if (found) {
    context.log(found.arn);
    return found;
  }
  const arn = name.startsWith("arn:")
    ? name
    : `arn:aws:cloudtrail:${context.region}:${context.accountId}:trail/${name}`;
  context.log(arn);
  throw new AwsError(
    "TrailNotFoundException",
    `Unknown trail: ${arn} for the user: ${context.accountId}`,
    404,
  );
}

function atHome(trail: Trail, { region }: CallContext): Trail {
  if (trail.homeRegion === region) return trail;
  throw new AwsError(
    "InvalidHomeRegionException",
    `Trail ${trail.arn} can only be changed from its home region ${trail.homeRegion}.`,
  );
}

/** https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_Trail.html */
function onWire(trail: Trail): object {
  return {
    Name: trail.name,
    S3BucketName: trail.bucket,
    ...(trail.prefix === null ? {} : { S3KeyPrefix: trail.prefix }),
    IncludeGlobalServiceEvents: trail.globalEvents,
    IsMultiRegionTrail: trail.multiRegion,
    HomeRegion: trail.homeRegion,
    TrailARN: trail.arn,
    LogFileValidationEnabled: trail.validation,
    HasCustomEventSelectors: trail.readWriteType !== "All" || trail.dataEvents,
    HasInsightSelectors: false,
    IsOrganizationTrail: trail.organizationId !== null,
  };
}

/** https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_GetTrailStatus.html */
function status(trail: Trail, { clock }: CallContext): object {
  const started = trail.periods.at(-1)?.from ?? 0;
  const stopped = trail.periods.findLast(({ to }) => to !== null)?.to;
  const newest = trail.logging ? clock.now() : (stopped ?? started);
  return {
    IsLogging: trail.logging,
    LatestDeliveryTime: newest / 1000,
    StartLoggingTime: started / 1000,
    ...(stopped === undefined || stopped === null ? {} : { StopLoggingTime: stopped / 1000 }),
  };
}

/** https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_GetEventSelectors.html */
function selectors(trail: Trail): object {
  const DataResources = trail.dataEvents ? [{ Type: "AWS::S3::Object", Values: ["arn:aws:s3"] }] : [];
  return {
    TrailARN: trail.arn,
    EventSelectors: [
      {
        ReadWriteType: trail.readWriteType,
        IncludeManagementEvents: true,
        DataResources,
        ExcludeManagementEventSources: [...trail.excludedSources],
      },
    ],
  };
}

/** The current key when no time is given. https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_ListPublicKeys.html */
function publicKeys(raw: JsonObject, { clock, region }: CallContext): object {
  const now = clock.now();
  const input = readInput(KeysInput, raw, INVALID, "ListPublicKeys");
  const [from, to] = [(input.StartTime ?? now / 1000) * 1000, (input.EndTime ?? now / 1000) * 1000];
  if (from > to)
    throw new AwsError("InvalidTimeRangeException", "The start time must be before the end time.");
  const { publicKey, fingerprint } = digestKey(region);
  const [validFrom, validTo] = [now - 120 * DAY_MS, now + 30 * DAY_MS];
  if (to < validFrom || from > validTo) return { PublicKeyList: [] };
  return {
    PublicKeyList: [
      {
        Value: publicKey.toString("base64"),
        ValidityStartTime: validFrom / 1000,
        ValidityEndTime: validTo / 1000,
        Fingerprint: fingerprint,
      },
    ],
  };
}
