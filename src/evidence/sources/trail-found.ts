import {
  type AdvancedEventSelector,
  DescribeTrailsCommand,
  type EventSelector,
  GetEventSelectorsCommand,
  GetTrailStatusCommand,
} from "@aws-sdk/client-cloudtrail";
import type { SourceContext } from "../context.ts";
import { patiently } from "../patience.ts";

/** The trail that the runbook names, as it is set up now. */
export interface FoundTrail {
  name: string;
  arn: string;
  homeRegion: string;
  bucket: string;
  prefix: string;
  /** Whether it records every region; otherwise its home region alone. */
  multiRegion: boolean;
  organization: boolean;
  /** Whether CloudTrail delivers digest files. */
  validated: boolean;
  /** Since when it has not been logging, in milliseconds; null while it logs. */
  stoppedAt: number | null;
  /** Which management events it records; null when its selectors are not understood or could not be read. */
  records: ManagementEvents | null;
}

export interface ManagementEvents {
  reads: boolean;
  changes: boolean;
  /** Event sources that it leaves out, for example `kms.amazonaws.com`. */
  excluded: readonly string[];
}

/**
 * Looks the trail up by name or ARN from the environment's region, where trails of other home regions are seen too
 * (https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_DescribeTrails.html). Read-only.
 * @throws Error when there is no such trail, or it may not be looked at.
 */
export async function findTrail(context: SourceContext, nameOrArn: string): Promise<FoundTrail> {
  const { clock } = context;
  const { cloudtrail } = context.awsIn(context.target.region);
  const everywhere = new DescribeTrailsCommand({ includeShadowTrails: true });
  const { trailList = [] } = await patiently(clock, () => cloudtrail.send(everywhere));
  const trail = trailList.find(({ Name, TrailARN }) => Name === nameOrArn || TrailARN === nameOrArn);
  if (!trail?.TrailARN || !trail.S3BucketName)
    throw new Error(`no trail of this name is seen in ${context.target.region}`);
  const arn = trail.TrailARN;
  const homeRegion = trail.HomeRegion ?? context.target.region;
  const home = context.awsIn(homeRegion).cloudtrail;
  const status = await patiently(clock, () => home.send(new GetTrailStatusCommand({ Name: arn })));
  return {
    name: trail.Name ?? nameOrArn,
    arn,
    homeRegion,
    bucket: trail.S3BucketName,
    prefix: trail.S3KeyPrefix ?? "",
    multiRegion: trail.IsMultiRegionTrail ?? false,
    organization: trail.IsOrganizationTrail ?? false,
    validated: trail.LogFileValidationEnabled ?? false,
    stoppedAt: status.IsLogging === false ? (status.StopLoggingTime?.getTime() ?? 0) : null,
    records: await recordedEvents(context, homeRegion, arn),
  };
}

async function recordedEvents(
  { clock, awsIn, log }: SourceContext,
  homeRegion: string,
  arn: string,
): Promise<ManagementEvents | null> {
  try {
    const { cloudtrail } = awsIn(homeRegion);
    const ask = new GetEventSelectorsCommand({ TrailName: arn });
    const { EventSelectors, AdvancedEventSelectors } = await patiently(clock, () => cloudtrail.send(ask));
    if (AdvancedEventSelectors && AdvancedEventSelectors.length > 0)
      return ofAdvanced(AdvancedEventSelectors);
    return ofBasic(EventSelectors ?? []);
  } catch (error) {
    log.warning(`cloudtrail  the trail's event selectors could not be read: ${(error as Error).message}`);
    return null;
  }
}

/** https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_EventSelector.html */
export function ofBasic(selectors: readonly EventSelector[]): ManagementEvents {
  const own = selectors.filter(({ IncludeManagementEvents }) => IncludeManagementEvents !== false);
  const kinds = own.map(({ ReadWriteType }) => ReadWriteType ?? "All");
  const excluded = own.map(({ ExcludeManagementEventSources }) => ExcludeManagementEventSources ?? []);
  return {
    reads: kinds.some((kind) => kind !== "WriteOnly"),
    changes: kinds.some((kind) => kind !== "ReadOnly"),
    excluded: (excluded[0] ?? []).filter((source) => excluded.every((list) => list.includes(source))),
  };
}

/**
 * Understands the one selector for management events that AWS documents: by `readOnly`, and with sources left out
 * (https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_AdvancedFieldSelector.html). Null for more.
 */
export function ofAdvanced(selectors: readonly AdvancedEventSelector[]): ManagementEvents | null {
  const own = selectors.filter(({ FieldSelectors }) =>
    FieldSelectors?.some(({ Field, Equals }) => Field === "eventCategory" && Equals?.includes("Management")),
  );
  if (own.length === 0) return { reads: false, changes: false, excluded: [] };
  const [selector, ...more] = own;
  if (more.length > 0) return null;
  const records = { reads: true, changes: true, excluded: [] as string[] };
  for (const { Field, Equals, NotEquals, ...others } of selector?.FieldSelectors ?? []) {
    if (Field === "eventCategory") continue;
    const understood = Object.values(others).every((value) => value === undefined);
    if (Field === "readOnly" && Equals?.length === 1 && understood) {
      records.reads = Equals[0] === "true";
      records.changes = Equals[0] === "false";
    } else if (Field === "eventSource" && NotEquals && !Equals && understood)
      records.excluded.push(...NotEquals);
    else return null;
  }
  return records;
}
