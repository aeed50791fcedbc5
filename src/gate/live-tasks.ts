import { DescribeTasksCommand, ListTasksCommand, type Task } from "@aws-sdk/client-ecs";
import { FirebreakError } from "../errors.ts";
import type { Aws, Clock } from "../ports.ts";

/** A task of a service, as ECS describes it at this moment. */
export interface LiveTask {
  arn: string;
  /** The last part of the ARN; it is in the name of every log stream of the task. */
  id: string;
  lastStatus: string;
  /** `STOPPED` once it is meant to stop. */
  desiredStatus: string;
  /** True while a container of the task may still run code. */
  runsCode: boolean;
  startedBy: string | null;
  createdAt: Date | null;
  startedAt: Date | null;
  stoppedAt: Date | null;
  stoppedReason: string | null;
  containerReasons: string[];
  taskDefinition: string | null;
  /** Roles that the task was started with in place of its task definition's. */
  overrides: { taskRole: string | null; executionRole: string | null };
}

/** DescribeTasks takes up to 100 (https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DescribeTasks.html). */
const DESCRIBED_AT_ONCE = 100;

/** ECS answers from copies: a task may be listed that another copy does not know yet, or no longer. */
const TRIES = 5;
const BETWEEN_TRIES_MS = 2_000;

/** Between these states a task's containers run, or finish their work after SIGTERM. */
const RUNS_CODE = ["RUNNING", "DEACTIVATING", "STOPPING"];

/**
 * Every task of a service that ECS still lists: those meant to run, and those meant to stop, among them tasks that
 * are stopping right now and the recently stopped.
 *
 * A task in PROVISIONING or PENDING has run nothing yet; one in ACTIVATING has as soon as one of its containers runs
 * (https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-lifecycle-explanation.html).
 *
 * A task that is listed as stopped and no longer described (failure MISSING) has stopped for good; one that is listed
 * as meant to run is asked for again.
 * @throws FirebreakError `check-failed` when ECS goes on to list a task as meant to run and not to describe it.
 */
export async function serviceTasks(
  ecs: Aws["ecs"],
  cluster: string,
  service: string,
  clock: Clock,
): Promise<LiveTask[]> {
  for (let attempt = 1; ; attempt += 1) {
    const [running, stopped] = await Promise.all([
      listTasks(ecs, cluster, service, "RUNNING"),
      listTasks(ecs, cluster, service, "STOPPED"),
    ]);
    const tasks = await describeTasks(ecs, cluster, [...new Set([...running, ...stopped])]);
    const unknown = running.filter((arn) => !tasks.some((task) => task.arn === arn));
    if (unknown.length === 0) return tasks;
    if (attempt === TRIES) {
      throw new FirebreakError(
        "check-failed",
        `ECS lists ${unknown.join(", ")} as meant to run and does not describe it: whether it runs is unknown.`,
        "Run the job again; if ECS goes on so, see aws ecs describe-tasks.",
      );
    }
    await clock.sleep(BETWEEN_TRIES_MS);
  }
}

async function describeTasks(ecs: Aws["ecs"], cluster: string, arns: readonly string[]): Promise<LiveTask[]> {
  const tasks: LiveTask[] = [];
  for (let start = 0; start < arns.length; start += DESCRIBED_AT_ONCE) {
    const batch = arns.slice(start, start + DESCRIBED_AT_ONCE);
    const described = await ecs.send(new DescribeTasksCommand({ cluster, tasks: batch }));
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
    desiredStatus: task.desiredStatus ?? "UNKNOWN",
    runsCode: RUNS_CODE.includes(lastStatus) || activated,
    startedBy: task.startedBy ?? null,
    createdAt: task.createdAt ?? null,
    startedAt: task.startedAt ?? null,
    stoppedAt: task.stoppedAt ?? null,
    stoppedReason: task.stoppedReason ?? null,
    containerReasons: containers.flatMap(({ name, reason, exitCode }) => {
      const why = reason ?? (exitCode ? `exit code ${exitCode}` : undefined);
      return why ? [`${name ?? "container"}: ${why}`] : [];
    }),
    taskDefinition: task.taskDefinitionArn ?? null,
    overrides: {
      taskRole: task.overrides?.taskRoleArn ?? null,
      executionRole: task.overrides?.executionRoleArn ?? null,
    },
  };
}
