import { DescribeTasksCommand, ListTasksCommand, type Task } from "@aws-sdk/client-ecs";
import type { Aws } from "../ports.ts";

/** A task of a service, as ECS describes it at this moment. */
export interface LiveTask {
  arn: string;
  /** The last part of the ARN; it is in the name of every log stream of the task. */
  id: string;
  lastStatus: string;
  /** True while a container of the task may still run code. */
  runsCode: boolean;
  startedBy: string | null;
  startedAt: Date | null;
  stoppedAt: Date | null;
  stoppedReason: string | null;
  containerReasons: string[];
}

/** DescribeTasks takes up to 100 (https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DescribeTasks.html). */
const DESCRIBED_AT_ONCE = 100;

/** Between these states a task's containers run, or finish their work after SIGTERM. */
const RUNS_CODE = ["RUNNING", "DEACTIVATING", "STOPPING"];

/**
 * Every task of a service that ECS still lists: those meant to run, and those meant to stop, among them tasks that
 * are stopping right now and the recently stopped.
 *
 * A task in PROVISIONING or PENDING has run nothing yet; one in ACTIVATING has as soon as one of its containers runs
 * (https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-lifecycle-explanation.html).
 */
export async function serviceTasks(ecs: Aws["ecs"], cluster: string, service: string): Promise<LiveTask[]> {
  const lists = await Promise.all([
    listTasks(ecs, cluster, service, "RUNNING"),
    listTasks(ecs, cluster, service, "STOPPED"),
  ]);
  const arns = [...new Set(lists.flat())];
  const tasks: LiveTask[] = [];
  for (let start = 0; start < arns.length; start += DESCRIBED_AT_ONCE) {
    const batch = arns.slice(start, start + DESCRIBED_AT_ONCE);
    const described = await ecs.send(new DescribeTasksCommand({ cluster, tasks: batch }));
    // A task that is listed and no longer described (failure MISSING) has stopped for good.
    for (const task of described.tasks ?? []) if (task.taskArn) tasks.push(liveTask(task, task.taskArn));
  }
  return tasks;
}

async function listTasks(
  ecs: Aws["ecs"],
  cluster: string,
  serviceName: string,
  desiredStatus: "RUNNING" | "STOPPED",
): Promise<string[]> {
  const arns: string[] = [];
  let nextToken: string | undefined;
  do {
    const page = await ecs.send(new ListTasksCommand({ cluster, serviceName, desiredStatus, nextToken }));
    arns.push(...(page.taskArns ?? []));
    nextToken = page.nextToken;
  } while (nextToken);
  return arns;
}

function liveTask(task: Task, arn: string): LiveTask {
  const lastStatus = task.lastStatus ?? "UNKNOWN";
  const containers = task.containers ?? [];
  const activated =
    lastStatus === "ACTIVATING" && containers.some((container) => container.lastStatus === "RUNNING");
  return {
    arn,
    id: arn.split("/").at(-1) ?? arn,
    lastStatus,
    runsCode: RUNS_CODE.includes(lastStatus) || activated,
    startedBy: task.startedBy ?? null,
    startedAt: task.startedAt ?? null,
    stoppedAt: task.stoppedAt ?? null,
    stoppedReason: task.stoppedReason ?? null,
    containerReasons: containers.flatMap(({ name, reason, exitCode }) => {
      const why = reason ?? (exitCode ? `exit code ${exitCode}` : undefined);
      return why ? [`${name ?? "container"}: ${why}`] : [];
    }),
  };
}
