import {
  DescribeTrailsCommand,
  GetTrailCommand,
  GetTrailStatusCommand,
  type Trail,
} from "@aws-sdk/client-cloudtrail";
import type { Aws, Clock } from "../../ports.ts";
import { patiently } from "../patience.ts";
import { isTrail } from "./events.ts";
import { asked, type Finding } from "./finding.ts";

export interface TrailDeps {
  awsIn: (region: string) => Aws;
  clock: Clock;
  /** The environment's. */
  region: string;
}

/**
 * The home regions of the trail, or of every trail where the runbook names none: a trail can be stopped, changed or
 * deleted there alone (https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_StopLogging.html). Trails of
 * other regions are seen from the environment's, if they record it. An ARN names the region by itself.
 */
export async function trailHomes(
  { awsIn, clock, region }: TrailDeps,
  name: string | null,
): Promise<{ regions: string[]; findings: Finding[] }> {
  let seen: Trail[] = [];
  const findings = await asked("the home region of the trail", async () => {
    const everywhere = new DescribeTrailsCommand({ includeShadowTrails: true });
    const { trailList = [] } = await patiently(clock, () => awsIn(region).cloudtrail.send(everywhere));
    seen = trailList.filter(
      ({ Name = "", TrailARN = "" }) => name === null || isTrail(TrailARN === "" ? Name : TrailARN, name),
    );
    return [];
  });
  const named = name?.startsWith("arn:") ? [name.split(":")[3] ?? region] : [];
  const regions = [...named, ...seen.flatMap(({ HomeRegion }) => HomeRegion ?? [])];
  return { regions: [...new Set(regions)], findings };
}

/**
 * Whether the runbook's trail is logging now, and makes the digests by which its files can be validated
 * (https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_GetTrailStatus.html). Read-only. It is asked for
 * in the region of `deps`, which by a mere name has to be the trail's home.
 */
export async function checkTrail(
  { awsIn, clock, region }: TrailDeps,
  name: string | null,
): Promise<Finding[]> {
  if (name === null)
    return [{ weight: "note", what: "the trail", why: "was not looked at: the runbook names none" }];
  const what = `the trail ${name}`;
  const { cloudtrail } = awsIn(region);
  const { Trail } = await patiently(clock, () => cloudtrail.send(new GetTrailCommand({ Name: name })));
  const status = await patiently(clock, () =>
    cloudtrail.send(new GetTrailStatusCommand({ Name: Trail?.TrailARN ?? name })),
  );
  const findings: Finding[] = [];
  if (status.IsLogging !== true) {
    const since = status.StopLoggingTime ? ` since ${status.StopLoggingTime.toISOString()}` : "";
    findings.push({ weight: "tampered", what, why: `is not logging${since}` });
  }
  if (Trail?.LogFileValidationEnabled !== true)
    findings.push({
      weight: "note",
      what,
      why: "makes no digests, so a changed file of it would not be noticed",
    });
  return findings;
}
