import { gunzipSync } from "node:zlib";
import type { CloudTrailClient } from "@aws-sdk/client-cloudtrail";
import type { SourceContext } from "../../src/evidence/context.ts";
import { Scheduler } from "../../src/evidence/scheduler.ts";
import type { ManifestItem } from "../../src/evidence/source-schema.ts";
import type { Clock } from "../../src/ports.ts";
import { readObject } from "../../src/vault/vault.ts";
import type { PreservePlatform } from "./preserve-platform.ts";

const SECOND_MS = 1000;
const PAGE = 50;

export interface PastEvent {
  id: string;
  /** Milliseconds; shown in whole seconds, as CloudTrail does. */
  at: number;
  readOnly: boolean;
  /** Shown only when this many calls have been made. */
  shownAfter?: number;
}

interface Lookup {
  StartTime: Date;
  EndTime: Date;
  NextToken?: string;
  LookupAttributes?: { AttributeKey: string; AttributeValue: string }[];
}

/** One region's event history in memory, which answers LookupEvents as CloudTrail documents it. */
export class TrailHistory {
  events: PastEvent[] = [];
  readonly lookups: Lookup[] = [];
  /** What a call fails with instead of being answered. */
  fail: (call: number, input: Lookup) => Error | undefined = () => undefined;

  readonly client = {
    send: async ({ input }: { input: Lookup }) => {
      this.lookups.push(input);
      const error = this.fail(this.lookups.length, input);
      if (error) throw error;
      return this.#answer(input);
    },
  } as unknown as Pick<CloudTrailClient, "send">;

  /** What the lookup under way finds: its pages are of one state. */
  #found: (PastEvent & { second: number })[] = [];

  #find(from: number, to: number, changesOnly: boolean): (PastEvent & { second: number })[] {
    return this.events
      .map((event) => ({ ...event, second: Math.floor(event.at / SECOND_MS) }))
      .filter(({ second, readOnly, shownAfter = 0 }) => {
        const wanted = !changesOnly || !readOnly;
        return second >= from && second <= to && wanted && this.lookups.length > shownAfter;
      })
      .sort((a, b) => b.second - a.second || (a.id < b.id ? -1 : 1));
  }

  #answer({ StartTime, EndTime, NextToken, LookupAttributes }: Lookup): object {
    const from = Math.floor(StartTime.getTime() / SECOND_MS);
    const to = Math.floor(EndTime.getTime() / SECOND_MS);
    const changesOnly = LookupAttributes !== undefined;
    const found = NextToken ? this.#found : this.#find(from, to, changesOnly);
    this.#found = found;
    const start = Number(NextToken ?? 0);
    return {
      $metadata: { attempts: 1 },
      Events: found.slice(start, start + PAGE).map(({ id, second, readOnly }) => ({
        EventId: id,
        EventName: readOnly ? "DescribeThings" : "ChangeThings",
        EventTime: new Date(second * SECOND_MS),
        Username: "someone",
        CloudTrailEvent: JSON.stringify({ eventID: id }),
      })),
      ...(start + PAGE < found.length ? { NextToken: `${start + PAGE}` } : {}),
    };
  }
}

/** A source's context whose regions have these histories, and whose clock only moves by waiting. */
export async function trailContext(
  platform: PreservePlatform,
  histories: Readonly<Record<string, TrailHistory>>,
): Promise<SourceContext & { waited: () => number }> {
  const source = await platform.source();
  const start = platform.clock.now();
  let waited = 0;
  const clock: Clock = {
    now: () => new Date(start + waited),
    sleep: async (ms) => {
      waited += ms;
    },
  };
  return {
    ...source,
    // These histories have no trail beside them.
    target: { ...source.target, trail: null },
    clock,
    scheduler: new Scheduler(clock),
    awsIn: (region) => ({
      ...source.aws,
      cloudtrail: (histories[region] ?? new TrailHistory()).client,
    }),
    waited: () => waited,
  };
}

/** The lines of an NDJSON item. */
export async function linesOf(
  platform: PreservePlatform,
  item: ManifestItem,
): Promise<{ eventId: string; timestamp: number; record: string }[]> {
  const body = (await readObject(platform.vault, item.key)) ?? Buffer.alloc(0);
  return gunzipSync(body)
    .toString("utf8")
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line));
}
