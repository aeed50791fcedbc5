import {
  DescribeServicesCommand,
  DescribeTaskDefinitionCommand,
  DescribeTasksCommand,
  ListTasksCommand,
  type Service,
  type Task,
  type TaskDefinition,
} from "@aws-sdk/client-ecs";
import type { Aws, Clock } from "../ports.ts";
import type { Target } from "../runbook/target.ts";
import { type TaskOutput, taskId, taskOutput } from "./log-options.ts";
import { pages } from "./pages.ts";
import { patiently } from "./patience.ts";

/** The ECS service as it runs: looked at once, shared by the sources. */
export interface ServiceView {
  observedAt: Date;
  service: Service;
  /** Running and recently stopped. ECS forgets a stopped task after about an hour. */
  tasks: ObservedTask[];
  taskDefinitions: TaskDefinition[];
  /** Task definitions and tasks that ECS named and would not describe. */
  unreadable: { what: string; why: string }[];
}

export interface ObservedTask {
  id: string;
  task: Task;
  output: TaskOutput;
  /** Whether its containers run, or ran until a moment ago: they have produced output. */
  hasRun: boolean;
  running: boolean;
}

/** https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DescribeTasks.html */
const TASKS_A_CALL = 100;

/** https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-lifecycle-explanation.html */
const NOT_STARTED = new Set(["PROVISIONING", "PENDING", "ACTIVATING"]);

/** Looks at the service, its tasks and their definitions. Read-only. @throws Error when ECS does not know the service. */
export async function observeService(aws: Aws, clock: Clock, target: Target): Promise<ServiceView> {
  const observedAt = clock.now();
  const { services, failures } = await patiently(clock, () =>
    aws.ecs.send(new DescribeServicesCommand({ cluster: target.cluster, services: [target.service] })),
  );
  const service = services?.[0];
  if (!service) {
    throw new Error(
      `ECS does not know the service ${target.service} in ${target.cluster}: ${failures?.[0]?.reason ?? "no answer"}`,
    );
  }
  const unreadable: ServiceView["unreadable"] = [];
  const tasks = await describeTasks(aws, clock, target, unreadable);
  const arns = [service.taskDefinition, ...tasks.map(({ taskDefinitionArn }) => taskDefinitionArn)];
  const definitions = await describeDefinitions(aws, clock, arns, unreadable);
  return {
    observedAt,
    service,
    tasks: tasks.map((task) => observe(task, definitions, target.region)),
    taskDefinitions: [...definitions.values()],
    unreadable,
  };
}

function observe(task: Task, definitions: ReadonlyMap<string, TaskDefinition>, region: string): ObservedTask {
  const status = task.lastStatus ?? "UNKNOWN";
  return {
    id: taskId(task.taskArn ?? ""),
    task,
    output: taskOutput(task, definitions.get(task.taskDefinitionArn ?? ""), region),
    hasRun: !NOT_STARTED.has(status) && (status !== "STOPPED" || task.startedAt !== undefined),
    running: !NOT_STARTED.has(status) && status !== "STOPPED",
  };
}

/** The ARNs of the service's tasks, running and recently stopped. Read-only. */
export async function listTasks(aws: Aws, clock: Clock, target: Target): Promise<Set<string>> {
  const { cluster, service: serviceName } = target;
  const arns = new Set<string>();
  for (const desiredStatus of ["RUNNING", "STOPPED"] as const) {
    const listed = pages(
      clock,
      (nextToken) =>
        aws.ecs.send(
          new ListTasksCommand({ cluster, serviceName, desiredStatus, ...(nextToken ? { nextToken } : {}) }),
        ),
      ({ nextToken }) => nextToken,
    );
    for await (const { taskArns } of listed) for (const arn of taskArns ?? []) arns.add(arn);
  }
  return arns;
}

async function describeTasks(
  aws: Aws,
  clock: Clock,
  target: Target,
  unreadable: ServiceView["unreadable"],
): Promise<Task[]> {
  const { cluster } = target;
  const all = [...(await listTasks(aws, clock, target))];
  const found: Task[] = [];
  for (let start = 0; start < all.length; start += TASKS_A_CALL) {
    const tasks = all.slice(start, start + TASKS_A_CALL);
    const answer = await patiently(clock, () => aws.ecs.send(new DescribeTasksCommand({ cluster, tasks })));
    found.push(...(answer.tasks ?? []));
    for (const { arn, reason } of answer.failures ?? [])
      unreadable.push({ what: arn ?? "a task", why: reason ?? "no reason given" });
  }
  return found.sort((a, b) => ((a.taskArn ?? "") < (b.taskArn ?? "") ? -1 : 1));
}

async function describeDefinitions(
  aws: Aws,
  clock: Clock,
  arns: readonly (string | undefined)[],
  unreadable: ServiceView["unreadable"],
): Promise<Map<string, TaskDefinition>> {
  const found = new Map<string, TaskDefinition>();
  for (const arn of new Set(arns)) {
    if (arn === undefined) continue;
    try {
      const { taskDefinition } = await patiently(clock, () =>
        aws.ecs.send(new DescribeTaskDefinitionCommand({ taskDefinition: arn })),
      );
      if (taskDefinition) found.set(arn, taskDefinition);
    } catch (error) {
      unreadable.push({ what: arn, why: (error as Error).message });
    }
  }
  return found;
}
