import type { Aws, Clock } from "../../ports.ts";
import { Scheduler } from "../scheduler.ts";
import { globalRegion } from "../sources/cloudtrail.ts";
import { lookUp, lookupLane } from "../sources/trail-lookup.ts";
import { BUCKET_CHANGES, judge, TRAIL_CHANGES, type Watched } from "./events.ts";
import type { Finding } from "./finding.ts";
import { readLookedUp } from "./record.ts";

/** What CloudTrail may show only later: three times the five minutes that delivery takes on average. */
const LATE_MS = 15 * 60_000;

export interface HistoryDeps {
  awsIn: (region: string) => Aws;
  clock: Clock;
  /** The environment's. */
  region: string;
  /** Home regions of the trails that are watched: only there can they be stopped. */
  trailHomes: readonly string[];
}

/**
 * Looks through CloudTrail's event history of the window for every call that changes the bucket's protection or the
 * trail, one lookup a name and region, at the quota's pace: in the environment's region, in that of the partition's
 * global services, and where the trails have their home. A region that cannot be asked makes the answer unclear.
 */
export async function checkHistory(
  deps: HistoryDeps,
  window: { from: Date; to: Date },
  watched: Watched,
): Promise<Finding[]> {
  const regions = [...new Set([deps.region, globalRegion(deps.region), ...deps.trailHomes])];
  const found = await Promise.all(regions.map((region) => regionFindings(deps, region, window, watched)));
  const sure = new Date(window.to.getTime() - LATE_MS).toISOString();
  return [
    ...unique(found.flat()),
    {
      weight: "note",
      what: "CloudTrail's event history",
      why: `was looked through in ${regions.join(" and ")} from ${window.from.toISOString()}; what happened after ${sure} may show only later`,
    },
  ];
}

async function regionFindings(
  { awsIn, clock }: HistoryDeps,
  region: string,
  window: { from: Date; to: Date },
  watched: Watched,
): Promise<Finding[]> {
  const { cloudtrail } = awsIn(region);
  const lane = lookupLane(new Scheduler(clock), region);
  const range = { from: window.from.getTime(), to: window.to.getTime() };
  const findings: Finding[] = [];
  for (const AttributeValue of [...BUCKET_CHANGES, ...TRAIL_CHANGES]) {
    try {
      const attribute = { AttributeKey: "EventName" as const, AttributeValue };
      for await (const page of lookUp({ cloudtrail, lane }, range, attribute))
        findings.push(...page.flatMap((event) => judge(readLookedUp(event), watched) ?? []));
    } catch (error) {
      const { name, message } = error as Error;
      const what = `CloudTrail's ${AttributeValue} in ${region}`;
      findings.push({ weight: "unclear", what, why: `could not be looked up: ${name}: ${message}` });
    }
  }
  return findings;
}

/** The same event once: pages of a lookup that was taken up again overlap, and two regions may show the same. */
function unique(findings: readonly Finding[]): Finding[] {
  return [...new Map(findings.map((finding) => [finding.what, finding])).values()];
}
