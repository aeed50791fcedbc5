import { UpdateServiceCommand } from "@aws-sdk/client-ecs";
import { z } from "zod";
import type { FirebreakError } from "../errors.ts";
import { type LiveTask, serviceTasks } from "../gate/live-tasks.ts";
import { containCommand, restoreCommand } from "../incident/commands.ts";
import { type ChangeContext, failed, settleMs } from "./context.ts";
import { requireCovered } from "./covered.ts";
import { ecsReasons } from "./ecs-reasons.ts";
import { begunByThisRun } from "./engine/progress.ts";
import type { PlanWorld, Step } from "./engine/step.ts";
import { describe, fullySuspended, type LiveService, readService } from "./live-service.ts";
import { scaleDownMemory, suspensionSchema } from "./memory.ts";
import { poll } from "./poll.ts";
import { restoreDesiredCount } from "./restore-desired-count.ts";
import { STEPS } from "./steps.ts";

/** How long the service has to stay at 0 before that is believed. */
const STAYS_AT_ZERO_MS = 15_000;

/** What `verify` gives as proof. */
export const zeroProof = z.object({
  stoppedTasks: z.array(z.string()),
  after: z.object({
    desiredCount: z.number(),
    runningCount: z.number(),
    taskDefinition: z.string(),
    scaling: z.unknown(),
  }),
});

/**
 * Sets the desired count to 0, remembering in the ledger what it was, and waits until every task has stopped.
 *
 * What the first scale-down remembered stays remembered until it is restored: neither a 0 that Firebreak set itself nor
 * what somebody set in between is what the service had before.
 */
export const scaleToZero: Step = {
  id: STEPS.scaleToZero,
  async plan(world) {
    const { aws, target, incident } = world;
    const live = withoutOwnSuspension(world, await readService(aws, target));
    return {
      id: STEPS.scaleToZero,
      text: "Set the desired count of the ECS service to 0 and wait until every task has stopped",
      target: live.arn,
      from: { serviceArn: live.arn, taskDefinition: live.taskDefinition, ...capacity(live) },
      to: { desiredCount: 0 },
      effect: `${target.mcp} serves no request in ${target.environment}`,
      undo: `${restoreCommand({ id: incident, target })}, once the root cause is confirmed`,
    };
  },
  async remember({ aws, record }) {
    const { desiredCount } = await describe(aws, record.target);
    const remembered = scaleDownMemory(record.entries)?.desired?.remembered || desiredCount;
    return { desiredCount, remembered };
  },
  async position({ aws, target }, { from }) {
    const { desiredCount, taskDefinition } = await describe(aws, target);
    if (desiredCount === 0) return { at: "to", outcome: { desiredCount: 0 } };
    if (taskDefinition === from.taskDefinition) return { at: "from" };
    return {
      at: "elsewhere",
      drift: [`its task definition was ${from.taskDefinition} and is ${taskDefinition}`],
    };
  },
  async apply(context) {
    const { aws, deps, record, pass } = context;
    const { cluster, service } = record.target;
    const soFar = "The service's scaling is suspended; its desired count is unchanged.";
    await requireCovered(context, pass, soFar, `Then: ${containCommand(record)}`);
    await aws.ecs.send(new UpdateServiceCommand({ cluster, service, desiredCount: 0 }));
    deps.log.info(`scale-down  desired count of ${service} set to 0`);
    return { desiredCount: 0 };
  },
  async verify(context) {
    const since = scaleDownMemory(context.record.entries)?.at ?? context.deps.clock.now();
    const stoppedTasks = await waitUntilStopped(context, since);
    const { desiredCount, runningCount, taskDefinition, scaling } = await staysAtZero(context);
    return { stoppedTasks, after: { desiredCount, runningCount, taskDefinition, scaling } };
  },
  get undo() {
    return restoreDesiredCount;
  },
};

/** The service as it would be if this workflow run had not suspended its scaling: what its plan was made from. */
function withoutOwnSuspension(world: PlanWorld, live: LiveService): LiveService {
  const suspended = begunByThisRun(world, "scale-down", STEPS.suspendScaling);
  if (!suspended || !live.scaling) return live;
  const before = suspensionSchema.parse(suspended.from.suspended);
  return { ...live, scaling: { ...live.scaling, suspended: before } };
}

/** How many tasks: the desired count, or its bounds where the autoscaler may move it at any moment. */
export function capacity({ desiredCount, scaling }: LiveService): Record<string, unknown> {
  if (!scaling || fullySuspended(scaling.suspended)) return { desiredCount };
  return { minCapacity: scaling.minCapacity, maxCapacity: scaling.maxCapacity };
}

/** @returns the ids of the tasks that stopped: those seen since it began, and those that stopped since `since`. */
async function waitUntilStopped(context: ChangeContext, since: Date): Promise<string[]> {
  const { deps, record } = context;
  const { cluster, service } = record.target;
  const seen = new Set<string>();
  let left: LiveTask[] = [];
  const stopped = await poll(deps, "scale-down", settleMs(context), async () => {
    const { desiredCount } = await describe(context.aws, record.target);
    if (desiredCount > 0) throw broughtBack(await readService(context.aws, record.target), service);
    const tasks = await serviceTasks(context.aws.ecs, cluster, service, deps.clock);
    left = tasks.filter(({ lastStatus }) => lastStatus !== "STOPPED");
    const justStopped = tasks.filter(({ stoppedAt }) => stoppedAt !== null && stoppedAt >= since);
    for (const { id } of [...left, ...justStopped]) seen.add(id);
    if (left.length > 0) return { state: `${seen.size - left.length} of ${seen.size} tasks have stopped` };
    return { state: `all ${seen.size} tasks have stopped`, done: [...seen].sort() };
  });
  if (stopped) return stopped;
  const names = left.map(({ id, lastStatus }) => `${id} (${lastStatus})`).join(", ");
  const reasons = await ecsReasons(context, since);
  throw failed(
    "tasks-still-running",
    [`${left.length} task(s) of ${service} have not stopped: ${names}`, ...reasons].join("\n"),
    "Stop them by hand (aws ecs stop-task --cluster … --task …); see the service's events for what holds them.",
  );
}

/** Something other than the autoscaler may start tasks as well: a pipeline, a person. */
async function staysAtZero({ aws, deps, record }: ChangeContext): Promise<LiveService> {
  await deps.clock.sleep(STAYS_AT_ZERO_MS);
  const after = await readService(aws, record.target);
  const atZero = after.desiredCount === 0 && after.runningCount + after.pendingCount === 0;
  if (atZero && !awake(after)) return after;
  throw broughtBack(after, record.target.service);
}

function awake({ scaling }: LiveService): boolean {
  return scaling !== null && !fullySuspended(scaling.suspended);
}

function broughtBack(after: LiveService, service: string): FirebreakError {
  const { desiredCount, runningCount, pendingCount } = after;
  return failed(
    "did-not-stay-at-zero",
    `${service} does not stay at 0: desired count ${desiredCount}, ${runningCount} running, ${pendingCount} pending${awake(after) ? ", and its scaling is no longer suspended" : ""}.`,
    "Find out who scales it (CloudTrail, UpdateService and RegisterScalableTarget), stop that, then contain again.",
  );
}
