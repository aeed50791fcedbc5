import { FilterLogEventsCommand } from "@aws-sdk/client-cloudwatch-logs";
import type { SourceContext } from "../context.ts";
import { EventIds } from "../log-ids.ts";
import { openLog } from "../log-lines.ts";
import { sourceOf } from "../manifest.ts";
import { pages } from "../pages.ts";
import { patiently } from "../patience.ts";
import { count } from "../progress.ts";
import type { Gap } from "../source-schema.ts";
import { capturedKeys } from "./log-captured-keys.ts";
import { earlierGaps } from "./log-earlier-gaps.ts";
import type { ExportOf } from "./log-export.ts";

/**
 * So many events at most are counted again. FilterLogEvents gives pages as large as GetLogEvents does, at 5 to 25 a
 * second for the whole group and never side by side: a hundred thousand events are some 50 calls at most. For larger
 * windows the export is the second route, which reads no quota at all.
 */
const MOST_EVENTS = 100_000;
/** The least that any region allows (https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/cloudwatch_limits_cwl.html). */
const CALLS_A_SECOND = 5;

export interface Recount {
  gaps: Gap[];
  collected: Record<string, number>;
  counted: string;
}

export const NOT_RECOUNTED: Recount = { gaps: [], collected: {}, counted: "" };

/** What a count before this one gave and no capture held; it stays missing for as long as it cannot be seen to be held. */
export function missingBefore({ earlier }: Pick<SourceContext, "earlier">): Gap[] {
  return earlierGaps({ earlier }, ({ why }) => why.startsWith(GIVES));
}

const GIVES = "FilterLogEvents gives";

/**
 * Asks for the window's events by another route than they were collected by, FilterLogEvents over the whole group, and
 * looks for each among the captured ones by its id. What came to CloudWatch after the streams were read (`readAt`) is
 * left out.
 *
 * A count that cannot be made is told: as a gap when CloudWatch refuses, among how it was `counted` when there is more
 * than this route is for.
 */
export async function recount(context: SourceContext, of: ExportOf, readAt: Date): Promise<Recount> {
  const captured = capturedKeys(context, of);
  const events = [...captured.values()].reduce((sum, stream) => sum + stream.events, 0);
  const logGroup = context.target.logGroup;
  const before = missingBefore(context);
  const not = (why: string): Recount => ({ ...NOT_RECOUNTED, gaps: before, counted: `; ${NOT}: ${why}` });
  if (events > MOST_EVENTS)
    return not(
      `${count(events)} events are more than the ${count(MOST_EVENTS)} that FilterLogEvents is asked for`,
    );
  if (of.group && of.group.class !== "STANDARD")
    return not(`FilterLogEvents does not read the class ${of.group.class}`);
  try {
    const held = await heldIds(
      context,
      [...captured.values()].flatMap(({ keys }) => keys),
    );
    const { found, missing } = await compare(context, held, readAt.getTime());
    const gone = found < countedBefore(context) ? before : [];
    return {
      gaps: [
        ...gone.filter(({ what }) => !missing.has(what.slice(logGroup.length + 1))),
        ...[...missing].map(([stream, events]) => ({
          what: `${logGroup}:${stream}`,
          why: `${GIVES} ${events} events of it that the captured ones do not hold`,
        })),
      ],
      collected: { recountedEvents: found },
      counted: ", and FilterLogEvents over the group, each event looked for among the captured ones",
    };
  } catch (error) {
    const { name, message } = error as Error;
    context.log.warning(`cloudwatch-logs  the events could not be counted again: ${name}: ${message}`);
    const what = `a second count of the events of the log group ${logGroup}`;
    const why = `${NOT}, FilterLogEvents: ${name}: ${message}`;
    return { ...not(`${name}: ${message}`), gaps: [...before, { what, why }] };
  }
}

const NOT = "not counted by another route";

/** The most events that an earlier count was given: fewer now means that some are in CloudWatch no more. */
function countedBefore({ earlier }: SourceContext): number {
  const counts = earlier.map(
    ({ manifest }) => sourceOf(manifest, "cloudwatch-logs")?.collected.recountedEvents,
  );
  return Math.max(0, ...counts.map((one) => Number(one ?? 0)));
}

async function heldIds(context: SourceContext, keys: readonly string[]): Promise<Set<string>> {
  const ids = new Set<string>();
  for (const key of keys) {
    await patiently(context.clock, async () => {
      for await (const lines of (await openLog(context.vault, key)).lines) {
        for (const line of lines) ids.add((JSON.parse(line) as { eventId: string }).eventId);
      }
    });
  }
  return ids;
}

async function compare(
  { aws, clock, scheduler, target, window }: SourceContext,
  held: ReadonlySet<string>,
  readAt: number,
): Promise<{ found: number; missing: Map<string, number> }> {
  const lane = scheduler.for(`logs:FilterLogEvents ${target.region}`, {
    atOnce: 1,
    perSecond: CALLS_A_SECOND,
  });
  const ids = new Map<string, EventIds>();
  const missing = new Map<string, number>();
  let found = 0;
  const listing = pages(
    clock,
    (nextToken) =>
      lane.run(() =>
        aws.logs.send(
          new FilterLogEventsCommand({
            logGroupName: target.logGroup,
            startTime: window.from.getTime(),
            endTime: window.to.getTime(),
            ...(nextToken ? { nextToken } : {}),
          }),
        ),
      ),
    ({ nextToken }) => nextToken,
  );
  for await (const { events = [] } of listing) {
    for (const event of events) {
      const { logStreamName: stream = "", ingestionTime = 0 } = event;
      const own = ids.get(stream) ?? new EventIds({ group: target.logGroup, stream });
      ids.set(stream, own);
      const id = own.next(event);
      if (ingestionTime > readAt) continue;
      found += 1;
      if (!held.has(id)) missing.set(stream, (missing.get(stream) ?? 0) + 1);
    }
  }
  return { found, missing };
}
