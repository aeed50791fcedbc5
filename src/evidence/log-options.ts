import type { ContainerDefinition, Task, TaskDefinition } from "@aws-sdk/client-ecs";

/** Where a task's output goes. */
export interface TaskOutput {
  streams: { group: string; stream: string }[];
  /** Containers whose output cannot be found in CloudWatch Logs of this region. */
  uncaptured: { container: string; why: string }[];
}

/**
 * Derives the log streams of a task from its definition: `<prefix>/<container>/<task id>` for the awslogs driver, or
 * the container's id where there is no prefix
 * (https://docs.aws.amazon.com/AmazonECS/latest/developerguide/using_awslogs.html).
 */
export function taskOutput(task: Task, definition: TaskDefinition | undefined, region: string): TaskOutput {
  const output: TaskOutput = { streams: [], uncaptured: [] };
  if (!definition) {
    output.uncaptured.push({
      container: "*",
      why: `the task definition ${task.taskDefinitionArn} could not be read`,
    });
    return output;
  }
  for (const container of definition.containerDefinitions ?? []) {
    const found = containerStream(task, container, region);
    if (typeof found === "string") output.uncaptured.push({ container: container.name ?? "?", why: found });
    else output.streams.push(found);
  }
  return output;
}

/** The last part of a task's ARN. */
export function taskId(arn: string): string {
  return arn.slice(arn.lastIndexOf("/") + 1);
}

/** The container's stream, or why there is none. */
function containerStream(
  task: Task,
  container: ContainerDefinition,
  region: string,
): { group: string; stream: string } | string {
  const log = container.logConfiguration;
  if (!log?.logDriver) return "it has no log configuration";
  if (log.logDriver !== "awslogs") return `it logs through the driver ${log.logDriver}`;
  const options = log.options ?? {};
  const group = options["awslogs-group"];
  if (!group) return "its awslogs driver names no log group";
  const where = options["awslogs-region"];
  if (where && where !== region) return `it logs to the region ${where}`;
  const prefix = options["awslogs-stream-prefix"];
  if (prefix) return { group, stream: `${prefix}/${container.name}/${taskId(task.taskArn ?? "")}` };
  const runtimeId = task.containers?.find(({ name }) => name === container.name)?.runtimeId;
  return runtimeId
    ? { group, stream: runtimeId }
    : "its stream is named after a container id that ECS does not tell";
}
