import { type Event, type LookupAttribute, LookupEventsCommand } from "@aws-sdk/client-cloudtrail";
import type { Aws, Clock } from "../../ports.ts";
import type { Pace } from "../pace.ts";
import { patiently } from "../patience.ts";

/** From `from` to just before `to`, in milliseconds since the epoch. */
export interface TimeRange {
  from: number;
  to: number;
}

/** "The rate of lookup requests is limited to two per second, per account, per Region", 50 events each. */
export const LOOKUPS_A_SECOND = 2;
const EVENTS_A_PAGE = 50;
const SECOND_MS = 1000;

/**
 * The management events of a range, page by page, newest first
 * (https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_LookupEvents.html).
 *
 * Start and end time are inclusive and whole seconds there, so events of the seconds at the edges come too. When a
 * token is refused as expired, it goes on from the oldest event seen, and some events come twice.
 */
export async function* lookUp(
  deps: { cloudtrail: Aws["cloudtrail"]; clock: Clock; pace: Pace },
  range: TimeRange,
  attribute?: LookupAttribute,
): AsyncGenerator<Event[]> {
  const { cloudtrail, clock, pace } = deps;
  let end = range.to;
  let oldest = range.to;
  let token: string | undefined;
  for (;;) {
    await pace.turn();
    const command = new LookupEventsCommand({
      StartTime: new Date(Math.floor(range.from / SECOND_MS) * SECOND_MS),
      EndTime: new Date(Math.ceil(end / SECOND_MS) * SECOND_MS),
      MaxResults: EVENTS_A_PAGE,
      ...(attribute ? { LookupAttributes: [attribute] } : {}),
      ...(token ? { NextToken: token } : {}),
    });
    try {
      const page = await patiently(
        clock,
        () => cloudtrail.send(command),
        () => pace.slowDown(),
      );
      if ((page.$metadata.attempts ?? 1) > 1) pace.slowDown();
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
