import { type Event, type LookupAttribute, LookupEventsCommand } from "@aws-sdk/client-cloudtrail";
import type { Aws } from "../../ports.ts";
import type { LaneEntrance, Scheduler } from "../scheduler.ts";

/** From `from` to just before `to`, in milliseconds since the epoch. */
export interface TimeRange {
  from: number;
  to: number;
}

/** "The rate of lookup requests is limited to two per second, per account, per Region", 50 events each. */
export const LOOKUPS_A_SECOND = 2;
const LOOKUPS_AT_ONCE = 2;
const EVENTS_A_PAGE = 50;
const SECOND_MS = 1000;

/** The way to a region's lookups: at exactly the quota. */
export function lookupLane(scheduler: Scheduler, region: string): LaneEntrance {
  const allowance = { atOnce: LOOKUPS_AT_ONCE, perSecond: LOOKUPS_A_SECOND };
  return scheduler.for(`cloudtrail:LookupEvents ${region}`, allowance);
}

/**
 * The management events of a range, page by page, newest first
 * (https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_LookupEvents.html).
 *
 * Start and end time are inclusive and whole seconds there, so events of the seconds at the edges come too. When a
 * token is refused as expired, it goes on from the oldest event seen, and some events come twice.
 */
export async function* lookUp(
  deps: { cloudtrail: Aws["cloudtrail"]; lane: Pick<LaneEntrance, "run"> },
  range: TimeRange,
  attribute?: LookupAttribute,
): AsyncGenerator<Event[]> {
  const { cloudtrail, lane } = deps;
  let end = range.to;
  let oldest = range.to;
  let token: string | undefined;
  for (;;) {
    const command = new LookupEventsCommand({
      StartTime: new Date(Math.floor(range.from / SECOND_MS) * SECOND_MS),
      EndTime: new Date(Math.ceil(end / SECOND_MS) * SECOND_MS),
      MaxResults: EVENTS_A_PAGE,
      ...(attribute ? { LookupAttributes: [attribute] } : {}),
      ...(token ? { NextToken: token } : {}),
    });
    try {
      const page = await lane.run(() => cloudtrail.send(command));
      const events = page.Events ?? [];
      for (const { EventTime } of events) oldest = Math.min(oldest, EventTime?.getTime() ?? oldest);
      yield events;
      token = page.NextToken;
      if (!token) return;
    } catch (error) {
      const expired = error instanceof Error && error.name === "InvalidNextTokenException";
      if (!expired || oldest >= end) throw error;
      end = oldest;
      token = undefined;
    }
  }
}
