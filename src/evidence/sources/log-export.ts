import type { SourceContext } from "../context.ts";
import type { EarlierStreams } from "../log-earlier.ts";
import type { LogGroupFacts } from "../log-group.ts";
import { sourceOf } from "../manifest.ts";
import type { CapturedStream, Gap, ManifestItem, Pending } from "../source-schema.ts";
import { deadlineOf } from "../sweep/deadline.ts";
import { compareExport } from "./log-export-check.ts";
import { copyExport } from "./log-export-copy.ts";
import { createTask, type ExportTask, exportName, listTasks, requestName } from "./log-export-task.ts";

/**
 * CloudWatch's own copy of the log group, an export task to S3: the second route by which the streams are counted.
 *
 * The task is created as soon as the streams are captured, for the whole window, though "it can take up to 12 hours for
 * logs to become available for export" (https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/S3Export.html): what
 * can be exported now is out of reach of whoever deletes the group tomorrow, and waiting would gain nothing, since the
 * newest events are in the capture already and the sweep reads the streams again for late ones. What an export proves
 * is that nothing that it holds is missing from the capture; that needs no second export.
 *
 * A bucket with Object Lock may be the destination
 * (https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_CreateExportTask.html); the vault is none
 * all the same: CloudWatch writes without `If-None-Match`, which the vault's policy demands of everybody.
 */
export interface Exported {
  items: ManifestItem[];
  gaps: Gap[];
  pending: Pending[];
  /** For the manifest's `collected`, and the end of its `counted`. */
  collected: Record<string, number | string>;
  counted: string;
}

export interface ExportOf {
  group: LogGroupFacts | null;
  /** This capture's streams, and those of the captures that it adds to. */
  streams: readonly CapturedStream[];
  earlier: EarlierStreams;
}

const NOTHING: Exported = { items: [], gaps: [], pending: [], collected: {}, counted: "" };

/**
 * Takes the export one step on: asks for the task, waits for it, or copies what it has delivered. In an ordinary capture
 * it is only asked for, since a responder waits for the seal; the sweep's captures do the rest.
 */
export async function exportGroup(context: SourceContext, of: ExportOf): Promise<Exported> {
  const bucket = context.target.logExportBucket;
  if (bucket === null) return NOTHING;
  if (of.group && of.group.class !== "STANDARD") {
    return { ...NOTHING, collected: { export: `none: the class ${of.group.class} cannot be exported` } };
  }
  try {
    return await step(context, of, bucket);
  } catch (error) {
    const { name, message } = error as Error;
    const why = `${name}: ${message}; the streams themselves are captured all the same. Mend what it names (docs/setup.md), and the sweep asks again`;
    return { ...NOTHING, gaps: [{ what: whatOf(context), why }] };
  }
}

async function step(context: SourceContext, of: ExportOf, bucket: string): Promise<Exported> {
  const { own: tasks } = await listTasks(context);
  const task = tasks.at(-1);
  const delivered = task && earlierDelivery(context, task);
  if (delivered && !delivered.lacked) return { ...NOTHING, collected: delivered.counts, counted: COUNTED };
  // What was missing then may have come late: the export is here already, and is gone through again.
  if (delivered) return held(context, of, task, heldItems(context, task));
  if (task?.state === "completed" && context.earlier.length > 0) return deliver(context, of, bucket, task);
  const expired = context.clock.now() >= deadline(context);
  if (task && task.state !== "failed") {
    return expired ? gaveUp(context, task, tasks.length) : waiting(context, task);
  }
  if (expired) return gaveUp(context, task, tasks.length);
  if (task) {
    const message = `The task ${task.id} ended as ${task.status}: ${task.message}. Another one was asked for.`;
    await context.settle(requestName(context, tasks.length), "replaced", message);
  }
  const number = tasks.length + 1;
  const created = await createTask(context, bucket, number);
  await context.request({
    request: requestName(context, number),
    source: "cloudwatch-logs",
    what: `${whatOf(context)}, to s3://${bucket}/${exportName(context, number)}/`,
    of: "CloudWatch Logs",
    text: null,
    deadline: deadline(context).toISOString(),
    reference: created?.id ?? null,
  });
  return waiting(context, created);
}

function waiting(context: SourceContext, task: ExportTask | undefined): Exported {
  const why = task
    ? `the task ${task.id} is ${task.status}`
    : "another export task runs in this account, which allows one at a time; the sweep asks again";
  const expectedBy = deadline(context).toISOString();
  const pending = [{ what: whatOf(context), why, expectedBy }];
  return { ...NOTHING, pending, collected: { export: task ? `requested: task ${task.id}` : "queued" } };
}

async function gaveUp(
  context: SourceContext,
  task: ExportTask | undefined,
  number: number,
): Promise<Exported> {
  const why = task
    ? `the task ${task.id} was ${task.status} when the deadline passed: ${task.message}`
    : "other export tasks ran in this account until the deadline";
  await context.settle(
    requestName(context, Math.max(number, 1)),
    "expired",
    `The export never came: ${why}.`,
  );
  return { ...NOTHING, gaps: [{ what: whatOf(context), why }] };
}

async function deliver(
  context: SourceContext,
  of: ExportOf,
  bucket: string,
  task: ExportTask,
): Promise<Exported> {
  const items = await copyExport(context, bucket, task);
  const compared = await held(context, of, task, items);
  const lines = compared.collected.exportedLines;
  const message = `The task ${task.id} delivered ${lines} lines in ${items.length} objects; ${compared.gaps.length === 0 ? "all of them are" : `${compared.missing} of them are not`} in the captured streams.`;
  await context.settle(requestName(context, task.number), "delivered", message);
  const { missing: _, ...exported } = compared;
  return { ...exported, items };
}

/** The task's objects, which are in the vault, held against the captured events. */
async function held(
  context: SourceContext,
  of: ExportOf,
  task: ExportTask,
  items: readonly ManifestItem[],
): Promise<Exported & { missing: number }> {
  const { exported, newer, missing } = await compareExport(context, of, items);
  return {
    items: [],
    missing: missing.reduce((sum, { lines }) => sum + lines, 0),
    gaps: missing.map(({ folder, lines }) => ({
      what: `${context.target.logGroup}: ${folder}`,
      why: `${holds(task)} ${lines} lines that the captured events do not`,
    })),
    pending: [],
    collected: {
      export: deliveredBy(task),
      exportedLines: exported,
      capturedLinesNotExported: newer,
    },
    counted: COUNTED,
  };
}

const COUNTED = ", and the lines of CloudWatch's own export, each looked for among the captured events";

/** What an earlier capture, which holds what the task delivered, says of it, and whether events were missing. */
function earlierDelivery(
  { earlier }: SourceContext,
  task: ExportTask,
): { counts: Record<string, number | string>; lacked: boolean } | undefined {
  for (const { manifest } of earlier) {
    const { collected, gaps } = sourceOf(manifest, "cloudwatch-logs") ?? {};
    if (collected?.export !== deliveredBy(task)) continue;
    const counts = Object.fromEntries(Object.entries(collected).filter(([name]) => TOLD.includes(name)));
    return { counts, lacked: (gaps ?? []).some(({ why }) => why.startsWith(holds(task))) };
  }
  return undefined;
}

function heldItems({ earlier }: SourceContext, { id }: ExportTask): ManifestItem[] {
  return earlier.flatMap(({ manifest }) =>
    manifest.items.filter(({ source, detail }) => source === "cloudwatch-logs" && detail?.exportTask === id),
  );
}

function holds({ id }: ExportTask): string {
  return `the export task ${id} holds`;
}

const TOLD: readonly string[] = ["export", "exportedLines", "capturedLinesNotExported"];

function deliveredBy({ id }: ExportTask): string {
  return `delivered: task ${id}`;
}

function deadline(context: SourceContext): Date {
  const first = context.earlier[0]?.manifest.sealedAt ?? context.clock.now();
  return deadlineOf(context.runbook, "cloudwatch-logs", first);
}

function whatOf({ target, window }: SourceContext): string {
  return `export of the log group ${target.logGroup}, ${window.from.toISOString()} to ${window.to.toISOString()}`;
}
