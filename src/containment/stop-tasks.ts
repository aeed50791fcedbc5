import { StopTaskCommand } from "@aws-sdk/client-ecs";
import { z } from "zod";
import { containCommand } from "../incident/commands.ts";
import type { Clock } from "../ports.ts";
import type { Json } from "./changes.ts";
import { failed, settleMs } from "./context.ts";
import { requireCovered } from "./covered.ts";
import { ecsReasons } from "./ecs-reasons.ts";
import { viewOf } from "./engine/run-play.ts";
import type { LiveView, Step, StepContext } from "./engine/step.ts";
import { revokedAt } from "./iam-memory.ts";
import { roleToRevoke } from "./iam-role.ts";
import { describe } from "./live-service.ts";
import { poll } from "./poll.ts";
import { type RoleTask, serviceTasksUnder } from "./role-tasks.ts";
import { STEPS } from "./steps.ts";

const outcomeSchema = z.object({ tasks: z.array(z.string()) });

/** What `verify` gives as proof. */
export const stoppedProof = z.object({
  stoppedTasks: z.array(z.string()),
  runningSince: z.array(z.string()),
});

/**
 * Stops the tasks of the mcp's service that run under the role and were begun before it was revoked: a task that goes
 * on just gets new credentials from ECS
 * (https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-iam-roles.html). The service starts new ones.
 */
export function stopTasks(principal: string | null, trustIsClosed: boolean): Step {
  return {
    id: STEPS.stopTasks,
    async plan(world) {
      const { aws, target } = world;
      const { arn: role } = await roleToRevoke(world, principal);
      const tasks = await serviceTasksUnder(aws.ecs, target, role, atOnce);
      if (tasks.length === 0) return null;
      const { arn, taskDefinition } = await describe(aws, target);
      const uses = [...new Set(tasks.flatMap((task) => task.uses))].sort();
      return {
        id: STEPS.stopTasks,
        text: `Stop every task of the service that runs under the role (as ${uses.join(" and ")}): it would just fetch new credentials`,
        target: arn,
        from: { taskDefinition, role, uses },
        to: { tasks: "begun before the revocation: stopped" },
        effect: trustIsClosed
          ? `${target.mcp} serves no request in ${target.environment}: new tasks cannot start while nobody can take on the role`
          : `${target.mcp} answers slowly or not at all in ${target.environment} until ECS has started new tasks; requests under way are cut off`,
        undo: "None: a stopped task does not come back. The service starts new ones in its place",
      };
    },
    async position(view, planned) {
      const left = (await tasksBefore(view, planned.from)).filter(goesOn);
      return left.length > 0 ? { at: "from" } : { at: "to", outcome: { tasks: [] } };
    },
    async apply(context, planned) {
      const { aws, deps, record, pass } = context;
      const soFar = "What the role may do has been revoked; its tasks run on and get new credentials.";
      await requireCovered(context, pass, soFar, `Then: ${containCommand(record)}`);
      const tasks = (await tasksBefore(viewOf(context), planned.from)).filter(goesOn);
      const reason = `Firebreak ${record.id}: the role ${z.string().parse(planned.from.role)} was revoked`;
      for (const { arn: task, id } of tasks) {
        await aws.ecs.send(new StopTaskCommand({ cluster: record.target.cluster, task, reason }));
        deps.log.info(`stop-tasks  ${id} is to stop`);
      }
      return { tasks: tasks.map(({ id }) => id).sort() };
    },
    async verify(context, planned, outcome) {
      return proveStopped(context, planned.from, outcomeSchema.parse(outcome).tasks);
    },
    undo: { none: "A stopped task does not come back; the service has started new ones in its place." },
  };
}

/** A task that ECS does not mean to stop. */
function goesOn({ desiredStatus }: RoleTask): boolean {
  return desiredStatus !== "STOPPED";
}

/** The service's tasks under the role that were begun before it was revoked, and have not stopped. */
async function tasksBefore({ aws, target, entries }: LiveView, from: Json): Promise<RoleTask[]> {
  const revoked = revokedAt(entries);
  const tasks = await serviceTasksUnder(aws.ecs, target, z.string().parse(from.role), atOnce);
  return tasks.filter(({ createdAt }) => revoked === undefined || createdAt === null || createdAt <= revoked);
}

async function proveStopped(context: StepContext, from: Json, asked: readonly string[]): Promise<Json> {
  const { deps, record } = context;
  const since = revokedAt(record.entries) ?? deps.clock.now();
  const seen = new Set(asked);
  let left: RoleTask[] = [];
  const done = await poll(deps, "stop-tasks", settleMs(context), async () => {
    left = await tasksBefore(viewOf(context), from);
    for (const { id } of left) seen.add(id);
    const state = `${seen.size - left.length} of ${seen.size} tasks under the role have stopped`;
    return left.length === 0 ? { state, done: true } : { state };
  });
  if (done) {
    const role = z.string().parse(from.role);
    const now = await serviceTasksUnder(context.aws.ecs, record.target, role, deps.clock);
    return { stoppedTasks: [...seen].sort(), runningSince: now.map(({ id }) => id).sort() };
  }
  const names = left.map(({ id, lastStatus }) => `${id} (${lastStatus})`).join(", ");
  const reasons = await ecsReasons(context, since);
  throw failed(
    "tasks-still-running",
    [`${left.length} task(s) under the revoked role have not stopped: ${names}`, ...reasons].join("\n"),
    `Stop them by hand (aws ecs stop-task --cluster ${record.target.cluster} --task ...): until then they get new credentials.`,
  );
}

/** For a look that cannot wait: a task that ECS lists and does not describe is asked for again at once. */
const atOnce: Clock = { now: () => new Date(), sleep: () => Promise.resolve() };
