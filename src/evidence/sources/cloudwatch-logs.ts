import type { SourceContext, SourceResult } from "../context.ts";
import { AdaptiveLimit, forEachLimited } from "../limit.ts";
import type { CapturedStream, Gap, ManifestItem, SourceOf } from "../manifest.ts";
import type { ServiceView } from "../service-view.ts";
import { findStreams, type WantedStream } from "./log-streams.ts";
import { collectStream } from "./stream-items.ts";

/** GetLogEvents allows 25 calls a second for an account and region; eight readers come close to that. */
const STREAMS_AT_ONCE = 8;

/**
 * The log events themselves, stream by stream, from the window's beginning to each stream's newest event. (An export
 * task may need 12 hours before data can be exported, and is unsorted.)
 */
export async function collectLogs(
  context: SourceContext,
): Promise<SourceResult<SourceOf<"cloudwatch-logs">>> {
  const gaps: Gap[] = [];
  const view = await viewOf(context, gaps);
  const { wanted, unlisted } = await findStreams(context, view?.tasks ?? []);
  gaps.push(...unlisted);
  const streams: CapturedStream[] = [];
  const items: ManifestItem[] = [];
  let events = 0;
  const report = () =>
    context.progress({
      unit: "streams",
      done: streams.length,
      total: wanted.length,
      volume: { unit: "events", count: events },
    });

  await forEachLimited(wanted, new AdaptiveLimit(STREAMS_AT_ONCE), async (stream) => {
    const result = await collectOne(context, stream, (more) => {
      events += more;
      report();
    });
    streams.push(result.stream);
    items.push(...result.items);
    gaps.push(...result.gaps);
    report();
  });

  const byName = (a: CapturedStream, b: CapturedStream) =>
    `${a.group}\n${a.stream}` < `${b.group}\n${b.stream}` ? -1 : 1;
  const nothingToCollect = wanted.length === 0 && unlisted.length === 0;
  const whole = streams.filter(({ complete }) => complete).length;
  return {
    record: {
      source: "cloudwatch-logs",
      status: gaps.length === 0 ? "complete" : items.length > 0 || nothingToCollect ? "partial" : "failed",
      expected: {
        streams: wanted.length,
        counted: "DescribeLogStreams, and the running tasks' log configuration",
      },
      collected: {
        streams: whole,
        events: streams.reduce((sum, stream) => sum + stream.events, 0),
        bytes: items.reduce((sum, { size }) => sum + size, 0),
      },
      gaps,
      streams: streams.sort(byName),
    },
    items,
  };
}

async function viewOf(context: SourceContext, gaps: Gap[]): Promise<ServiceView | undefined> {
  try {
    return await context.service();
  } catch (error) {
    gaps.push({
      what: `streams of the tasks of ${context.target.service}`,
      why: `which tasks run is unknown, so only listed streams were collected: ${(error as Error).message}`,
    });
    return undefined;
  }
}

async function collectOne(
  context: SourceContext,
  wanted: WantedStream,
  onEvents: (events: number) => void,
): Promise<{ stream: CapturedStream; items: ManifestItem[]; gaps: Gap[] }> {
  const { group, stream, expectedNewest } = wanted;
  const base = { group, stream, expectedNewest: iso(expectedNewest) };
  const what = `${group}:${stream}`;
  try {
    const { items, events, newest, through } = await collectStream(context, wanted, onEvents);
    const [key = null, ...continued] = items.map((item) => item.key);
    const missed =
      expectedNewest !== null &&
      expectedNewest >= context.window.from.getTime() &&
      expectedNewest > (newest ?? 0);
    const gaps = missed
      ? [
          {
            what,
            why: `CloudWatch names an event of ${iso(expectedNewest)}; the newest that it gave is of ${iso(newest) ?? "no time"}`,
          },
        ]
      : [];
    return {
      stream: { ...base, key, continued, events, newestEvent: iso(newest), through, complete: !missed },
      items,
      gaps,
    };
  } catch (error) {
    const why = `${(error as Error).name}: ${(error as Error).message}`;
    return {
      stream: {
        ...base,
        key: null,
        continued: [],
        events: 0,
        newestEvent: null,
        through: null,
        complete: false,
      },
      items: [],
      gaps: [{ what, why }],
    };
  }
}

function iso(milliseconds: number | null): string | null {
  return milliseconds === null ? null : new Date(milliseconds).toISOString();
}
