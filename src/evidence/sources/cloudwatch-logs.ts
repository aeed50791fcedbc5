import type { SourceContext, SourceResult } from "../context.ts";
import { EarlierStreams } from "../log-earlier.ts";
import { describeGroup, documentMasking, type LogGroupFacts, MASKED } from "../log-group.ts";
import { logQuota } from "../log-quota.ts";
import type { ObservedTask } from "../service-view.ts";
import type { CapturedStream, Gap, ManifestItem, Pending, SourceOf } from "../source-schema.ts";
import { stillMissing } from "./log-earlier-gaps.ts";
import { type Exported, type ExportOf, exportGroup } from "./log-export.ts";
import { lateBy, notYetDue } from "./log-lateness.ts";
import { missingBefore, NOT_RECOUNTED, type Recount, recount } from "./log-recount.ts";
import { type CollectedStream, collectOne } from "./log-stream-record.ts";
import { findStreams } from "./log-streams.ts";

/** Readers side by side; the account's quota paces their calls. At 30 a second and 200 ms a call six are busy. */
const STREAMS_AT_ONCE = 8;

/**
 * The log events themselves, stream by stream, from the window's beginning to each stream's newest event; then, where
 * the runbook names a bucket for it, CloudWatch's own export of the same window, which nobody waits for.
 */
export async function collectLogs(
  context: SourceContext,
): Promise<SourceResult<SourceOf<"cloudwatch-logs">>> {
  const gaps: Gap[] = [];
  const supplement = context.earlier.length > 0;
  const earlier = new EarlierStreams(context);
  const [quota, group, { wanted, unlisted }] = await Promise.all([
    logQuota(context),
    groupOf(context, gaps),
    tasksOf(context, earlier, gaps).then((tasks) => findStreams(context, tasks, earlier.refs)),
  ]);
  gaps.push(...unlisted);
  const lane = context.scheduler.for(`logs:GetLogEvents ${context.target.region}`, {
    atOnce: STREAMS_AT_ONCE,
    perSecond: quota.perSecond,
  });
  const collected: CollectedStream[] = [];
  let events = earlier.events;
  const report = () =>
    context.progress({
      unit: "streams",
      done: collected.length,
      total: wanted.length,
      volume: { unit: "events", count: events },
    });
  const now = context.clock.now();
  await lane.each(wanted, async (stream) => {
    const before = earlier.of(stream);
    if (before && notYetDue(context, now, stream, before)) return;
    const onEvents = (more: number) => {
      events += more;
      report();
    };
    collected.push(await collectOne({ ...context, lane }, { stream, group, before }, onEvents));
    report();
  });
  for (const stream of collected) gaps.push(...stream.gaps);
  const items = collected.flatMap((stream) => stream.items);
  if (group?.masked && maskingIsUnknown(context)) items.push(...(await maskingOf(context, gaps)));
  const streams = collected.map(({ record }) => record).sort(byName);
  const exported = await exportGroup(context, { group, streams, earlier });
  items.push(...exported.items);
  const recounted = await recounting(context, { group, streams, earlier }, now, exported);
  gaps.push(...exported.gaps, ...recounted.gaps);
  const incomplete = streams.filter(({ complete }) => !complete).length;
  return {
    record: {
      source: "cloudwatch-logs",
      status: statusOf(gaps, supplement ? 1 : items.length, wanted.length + unlisted.length),
      expected: {
        streams: wanted.length,
        counted: `DescribeLogStreams, and the running tasks' log configuration${exported.counted}${recounted.counted}`,
      },
      quota: { getLogEventsPerSecond: quota.perSecond, saidBy: quota.saidBy },
      collected: {
        streams: wanted.length - incomplete,
        events: earlier.events + streams.reduce((sum, stream) => sum + stream.events, 0),
        bytes: items.reduce((sum, { size }) => sum + size, 0),
        ...(group?.masked ? { masking: MASKED } : {}),
        ...exported.collected,
        ...recounted.collected,
      },
      gaps,
      ...pendingOf([...late(context, now), ...exported.pending]),
      // A supplementary capture names the streams that it adds to, and those that it could not.
      streams: supplement ? streams.filter(({ key, complete }) => key !== null || !complete) : streams,
      ...(group ? { group } : {}),
    },
    items,
  };
}

/** Only the sweep's last look counts again, and only what no export has shown: nobody waits for either. */
async function recounting(
  context: SourceContext,
  of: ExportOf,
  readAt: Date,
  { collected, pending }: Exported,
): Promise<Recount> {
  const shown =
    pending.length > 0 || (collected.capturedLinesNotExported === 0 && missingBefore(context).length === 0);
  if (context.earlier.length > 0 && !shown && readAt >= lateBy(context)) return recount(context, of, readAt);
  return { ...NOT_RECOUNTED, gaps: missingBefore(context) };
}

function statusOf(gaps: readonly Gap[], items: number, expected: number) {
  if (gaps.length === 0) return "complete";
  return items > 0 || expected === 0 ? "partial" : "failed";
}

function pendingOf(pending: Pending[]): { pending?: Pending[] } {
  return pending.length > 0 ? { pending } : {};
}

/** Late events are looked for once more. After that what comes has come too late to be waited for. */
function late(context: SourceContext, readAt: Date): Pending[] {
  const by = lateBy(context);
  if (readAt >= by) return [];
  const why = "what a log agent still holds is not in CloudWatch yet, which takes events up to 14 days old";
  return [{ what: "late log events of the window", why, expectedBy: by.toISOString() }];
}

function byName(a: CapturedStream, b: CapturedStream): number {
  return `${a.group}\n${a.stream}` < `${b.group}\n${b.stream}` ? -1 : 1;
}

/** ECS names a stopped task for about an hour. */
const ECS_REMEMBERS_MS = 3_600_000;

/**
 * The tasks whose streams are to be read by name. A supplementary capture knows the streams from the captures before,
 * unless those could not learn which tasks run; then it asks again, for the tasks that ran in the window.
 */
async function tasksOf(
  context: SourceContext,
  earlier: EarlierStreams,
  gaps: Gap[],
): Promise<ObservedTask[]> {
  const { service, target, window } = context;
  const what = `streams of the tasks of ${target.service}`;
  const unknown = stillMissing(context, what);
  if (earlier.refs.length > 0 && !unknown) return [];
  try {
    const { tasks, observedAt } = await service();
    if (!unknown) return tasks;
    if (observedAt.getTime() > window.to.getTime() + ECS_REMEMBERS_MS)
      gaps.push({
        what,
        why: `which tasks ran was unknown until ${observedAt.toISOString()}, and ECS forgets a stopped task after about an hour; of tasks that it has forgotten, only listed streams were collected`,
      });
    return tasks.filter(({ task }) => (task.startedAt ?? task.createdAt ?? window.to) <= window.to);
  } catch (error) {
    const why = `which tasks run is unknown, so only listed streams were collected: ${(error as Error).message}`;
    gaps.push({ what, why });
    return [];
  }
}

async function groupOf(context: SourceContext, gaps: Gap[]): Promise<LogGroupFacts | null> {
  try {
    return await describeGroup(context);
  } catch (error) {
    const { name, message } = error as Error;
    gaps.push({
      what: settingsOf(context),
      why: `whether its events are masked, and with which key they are encrypted, is unknown: ${name}: ${message}`,
    });
    return null;
  }
}

function settingsOf({ target }: SourceContext): string {
  return `the settings of the log group ${target.logGroup}`;
}

function policyOf({ target }: SourceContext): string {
  return `the data protection policy of the log group ${target.logGroup}`;
}

/** Whether no earlier capture could read what is masked. */
function maskingIsUnknown(context: SourceContext): boolean {
  return (
    context.earlier.length === 0 || [settingsOf, policyOf].some((of) => stillMissing(context, of(context)))
  );
}

async function maskingOf(context: SourceContext, gaps: Gap[]): Promise<ManifestItem[]> {
  try {
    return await documentMasking(context);
  } catch (error) {
    const { name, message } = error as Error;
    gaps.push({ what: policyOf(context), why: `what was masked is unknown: ${name}: ${message}` });
    return [];
  }
}
