import { DescribeTaskDefinitionCommand, DescribeTasksCommand, ListTasksCommand } from "@aws-sdk/client-ecs";
import { type LiveTask, serviceTasks } from "../gate/live-tasks.ts";
import type { Aws, Clock } from "../ports.ts";
import type { Target } from "../runbook/target.ts";

/** What a role is to a task: what its code may do, or what ECS may do to start it. */
export type Use = "task role" | "execution role";

interface Roles {
  taskRole: string | null;
  executionRole: string | null;
}

/** Task definitions never change, so each is read once. */
export class TaskRoles {
  readonly #ecs: Aws["ecs"];
  readonly #definitions = new Map<string, Promise<Roles>>();

  constructor(ecs: Aws["ecs"]) {
    this.#ecs = ecs;
  }

  /** For what a task uses the role; nothing when it does not. Overrides of the task count before its definition. */
  async uses(
    { taskDefinition, overrides }: Pick<LiveTask, "taskDefinition" | "overrides">,
    role: string,
  ): Promise<Use[]> {
    const defined = await this.#rolesOf(taskDefinition);
    const taskRole = overrides.taskRole ?? defined.taskRole;
    const executionRole = overrides.executionRole ?? defined.executionRole;
    return [
      ...(taskRole === role ? ["task role" as const] : []),
      ...(executionRole === role ? ["execution role" as const] : []),
    ];
  }

  #rolesOf(taskDefinition: string | null): Promise<Roles> {
    if (taskDefinition === null) return Promise.resolve({ taskRole: null, executionRole: null });
    const known = this.#definitions.get(taskDefinition) ?? this.#read(taskDefinition);
    this.#definitions.set(taskDefinition, known);
    return known;
  }

  async #read(taskDefinition: string): Promise<Roles> {
    const found = await this.#ecs.send(new DescribeTaskDefinitionCommand({ taskDefinition }));
    const { taskRoleArn, executionRoleArn } = found.taskDefinition ?? {};
    return { taskRole: taskRoleArn ?? null, executionRole: executionRoleArn ?? null };
  }
}

export interface RoleTask extends LiveTask {
  uses: Use[];
}

/** The tasks of the target's service that run under the role and have not stopped. */
export async function serviceTasksUnder(
  ecs: Aws["ecs"],
  { cluster, service }: Target,
  role: string,
  clock: Clock,
): Promise<RoleTask[]> {
  const roles = new TaskRoles(ecs);
  const tasks = await serviceTasks(ecs, cluster, service, clock);
  const under: RoleTask[] = [];
  for (const task of tasks.filter(({ lastStatus }) => lastStatus !== "STOPPED")) {
    const uses = await roles.uses(task, role);
    if (uses.length > 0) under.push({ ...task, uses });
  }
  return under;
}

/** DescribeTasks takes up to 100. */
const DESCRIBED_AT_ONCE = 100;

/**
 * What else of the target's cluster runs under the role, by group: `service:<name>` for a service's tasks, and
 * `family:<name>` for tasks that no service keeps (https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_Task.html).
 */
export async function otherGroupsUnder(
  ecs: Aws["ecs"],
  { cluster, service }: Target,
  role: string,
): Promise<string[]> {
  const arns: string[] = [];
  let nextToken: string | undefined;
  do {
    const page = await ecs.send(new ListTasksCommand({ cluster, nextToken }));
    arns.push(...(page.taskArns ?? []));
    nextToken = page.nextToken;
  } while (nextToken);
  const roles = new TaskRoles(ecs);
  const groups = new Set<string>();
  for (let start = 0; start < arns.length; start += DESCRIBED_AT_ONCE) {
    const tasks = arns.slice(start, start + DESCRIBED_AT_ONCE);
    const described = await ecs.send(new DescribeTasksCommand({ cluster, tasks }));
    for (const { group = "", taskDefinitionArn, overrides } of described.tasks ?? []) {
      if (group === `service:${service}`) continue;
      const uses = await roles.uses(
        {
          taskDefinition: taskDefinitionArn ?? null,
          overrides: {
            taskRole: overrides?.taskRoleArn ?? null,
            executionRole: overrides?.executionRoleArn ?? null,
          },
        },
        role,
      );
      if (uses.length > 0) groups.add(group);
    }
  }
  return [...groups].sort();
}
