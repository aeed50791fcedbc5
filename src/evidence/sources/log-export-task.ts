import {
  type ExportTask as AwsTask,
  CreateExportTaskCommand,
  DescribeExportTasksCommand,
} from "@aws-sdk/client-cloudwatch-logs";
import type { SourceContext } from "../context.ts";
import { pages } from "../pages.ts";
import { patiently } from "../patience.ts";

/** An export task that this incident asked for. */
export interface ExportTask {
  id: string;
  /** The first that was asked for is 1. */
  number: number;
  status: string;
  state: "under way" | "completed" | "failed";
  message: string;
  /** The folder of its objects, with a slash at its end. */
  folder: string;
}

/** The ordinary capture whose window is exported. */
function captureOf({ earlier, capture }: SourceContext): string {
  return earlier[0]?.capture ?? capture;
}

/** The task's name and its folder in the bucket: `INC-42/7001`, a further try `INC-42/7001-2`. */
export function exportName(context: SourceContext, number: number): string {
  return `${context.incident}/${captureOf(context)}${number === 1 ? "" : `-${number}`}`;
}

/** The request's name in the ledger. */
export function requestName(context: SourceContext, number: number): string {
  return `log-export/${exportName(context, number).slice(context.incident.length + 1)}`;
}

export interface ExportTasks {
  /** Those for this window, in the order in which they were asked for. */
  own: ExportTask[];
  /** Whether one runs in the account that is not for this window. */
  othersRun: boolean;
}

/**
 * The account's tasks. Those for this window are told by their names: the answer to CreateExportTask may have got lost,
 * and a killed run has left no note.
 */
export async function listTasks(context: SourceContext): Promise<ExportTasks> {
  const numbers = new Map<string, number>();
  for (let number = 1; number <= MOST_TRIES; number += 1) numbers.set(taskName(context, number), number);
  const tasks: ExportTasks = { own: [], othersRun: false };
  const listing = pages(
    context.clock,
    (nextToken) => context.aws.logs.send(new DescribeExportTasksCommand(nextToken ? { nextToken } : {})),
    ({ nextToken }) => nextToken,
  );
  for await (const { exportTasks = [] } of listing) {
    for (const task of exportTasks) {
      const number = numbers.get(task.taskName ?? "");
      if (number !== undefined && task.logGroupName === context.target.logGroup)
        tasks.own.push(ownTask(task, number));
      else if (ACTIVE.has(task.status?.code ?? "")) tasks.othersRun = true;
    }
  }
  tasks.own.sort((a, b) => a.number - b.number);
  return tasks;
}

const ACTIVE = new Set(["PENDING", "RUNNING", "PENDING_CANCEL"]);

/** A task that fails is asked for again, but not for ever. */
const MOST_TRIES = 20;

function taskName(context: SourceContext, number: number): string {
  return `firebreak ${exportName(context, number)}`;
}

function ownTask({ taskId = "", status, destinationPrefix }: AwsTask, number: number): ExportTask {
  const code = status?.code ?? "UNKNOWN";
  const failed = code === "FAILED" || code === "CANCELLED" || code === "PENDING_CANCEL";
  return {
    id: taskId,
    number,
    status: code,
    state: failed ? "failed" : code === "COMPLETED" ? "completed" : "under way",
    message: status?.message ?? "",
    folder: `${destinationPrefix}/${taskId}/`,
  };
}

/**
 * Asks for a task, unless one runs in the account: "each account can only have one active (RUNNING or PENDING) export
 * task at a time" (https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_CreateExportTask.html).
 * Nobody else's task is ever cancelled, and it is not tried for the sake of the refusal, which the SDK takes for
 * throttling and tries again for a minute. @returns undefined when it has to wait.
 */
export async function createTask(
  context: SourceContext,
  bucket: string,
  number: number,
): Promise<ExportTask | undefined> {
  if (number > MOST_TRIES) throw new Error(`${MOST_TRIES} export tasks have failed`);
  const { window, target } = context;
  const create = new CreateExportTaskCommand({
    taskName: taskName(context, number),
    logGroupName: target.logGroup,
    from: window.from.getTime(),
    to: window.to.getTime(),
    destination: bucket,
    destinationPrefix: exportName(context, number),
  });
  return patiently(context.clock, async () => {
    // Looked up before every try: one whose answer got lost has made the task.
    const { own, othersRun } = await listTasks(context);
    const made = own.find((task) => task.number === number);
    if (made || othersRun) return made;
    try {
      const { taskId } = await context.aws.logs.send(create);
      return ownTask(
        { taskId, status: { code: "PENDING" }, destinationPrefix: exportName(context, number) },
        number,
      );
    } catch (error) {
      if ((error as Error).name === "LimitExceededException") return undefined;
      throw error;
    }
  });
}
