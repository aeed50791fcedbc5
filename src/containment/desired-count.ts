import { UpdateServiceCommand } from "@aws-sdk/client-ecs";
import { type LiveTask, serviceTasks } from "../gate/live-tasks.ts";
import { type Json, makeChange } from "./changes.ts";
import { type ChangeContext, failed, settleMs } from "./context.ts";
import { ecsReasons } from "./ecs-reasons.ts";
import { describe, fullySuspended, type LiveService, readService } from "./live-service.ts";
import type { ScaleDownMemory } from "./memory.ts";
import { poll } from "./poll.ts";
import { STEPS } from "./steps.ts";

/** How long the service has to stay at 0 before that is believed. */
const STAYS_AT_ZERO_MS = 15_000;

export interface ScaledDown {
  previousDesiredCount: number;
  stoppedTasks: string[];
  after: LiveService;
}

/**
 * Sets the desired count to 0, remembering in the ledger what it was, and waits until every task has stopped.
 *
 * What the first scale-down remembered stays remembered until it is restored: neither a 0 that Firebreak set itself nor
 * what somebody set in between is what the service had before.
 * @param before the service without this run's own changes. @param beforeEnding called before tasks are ended; throws
 *   when they may not be.
 */
export async function scaleToZero(
  context: ChangeContext,
  before: LiveService,
  memory: ScaleDownMemory | undefined,
  beforeEnding: () => Promise<void>,
): Promise<ScaledDown> {
  const { aws, deps, record } = context;
  const { cluster, service } = record.target;
  const { desiredCount, taskDefinition } = before;
  const remembered = memory?.desired?.remembered || desiredCount;
  const since = memory?.at ?? deps.clock.now();
  const change = {
    action: "scale-down",
    step: STEPS.scaleToZero,
    target: before.arn,
    from: { desiredCount, remembered, taskDefinition },
    to: { desiredCount: 0 },
  } as const;
  if ((await describe(aws, record.target)).desiredCount !== 0) await beforeEnding();
  const ran = await liveTasks(context);
  const { after, stoppedTasks } = await makeChange(record, deps.context, change, async () => {
    if ((await describe(aws, record.target)).desiredCount !== 0) {
      await aws.ecs.send(new UpdateServiceCommand({ cluster, service, desiredCount: 0 }));
      deps.log.info(`scale-down  desired count of ${service} set from ${desiredCount} to 0`);
    }
    const stoppedTasks = await waitUntilStopped(context, ran, since);
    const after = await staysAtZero(context);
    return { outcome: { desiredCount: 0, stoppedTasks } as Json, after, stoppedTasks };
  });
  return { previousDesiredCount: remembered, stoppedTasks, after };
}

/** Sets the desired count that the ledger remembers and waits until that many tasks run. @returns their ids. */
export async function restoreDesiredCount(
  context: ChangeContext,
  live: LiveService,
  wanted: number,
): Promise<string[]> {
  const { aws, deps, record } = context;
  const { cluster, service } = record.target;
  const change = {
    action: "restore-service",
    step: STEPS.restoreDesiredCount,
    target: live.arn,
    from: { desiredCount: live.desiredCount, taskDefinition: live.taskDefinition },
    to: { desiredCount: wanted },
  } as const;
  const { tasks } = await makeChange(record, deps.context, change, async () => {
    const since = deps.clock.now();
    if ((await describe(aws, record.target)).desiredCount !== wanted) {
      await aws.ecs.send(new UpdateServiceCommand({ cluster, service, desiredCount: wanted }));
      deps.log.info(`restore  desired count of ${service} set to ${wanted}`);
    }
    const tasks = await waitUntilRunning(context, wanted, since);
    return { outcome: { desiredCount: wanted, tasks }, tasks };
  });
  return tasks;
}

/** @returns the ids of the tasks that stopped: those that ran when it began, those seen since, those stopped since. */
async function waitUntilStopped(
  context: ChangeContext,
  ran: readonly LiveTask[],
  since: Date,
): Promise<string[]> {
  const { deps, record } = context;
  const { cluster, service } = record.target;
  const seen = new Set(ran.map(({ id }) => id));
  let left: LiveTask[] = [];
  const stopped = await poll(deps, "scale-down", settleMs(context), async () => {
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
  const awake = after.scaling !== null && !fullySuspended(after.scaling.suspended);
  if (after.desiredCount === 0 && after.runningCount + after.pendingCount === 0 && !awake) return after;
  throw failed(
    "did-not-stay-at-zero",
    `${record.target.service} does not stay at 0: desired count ${after.desiredCount}, ${after.runningCount} running, ${after.pendingCount} pending${awake ? ", and its scaling is no longer suspended" : ""}.`,
    "Find out who scales it (CloudTrail, UpdateService and RegisterScalableTarget), stop that, then contain again.",
  );
}

async function waitUntilRunning(context: ChangeContext, wanted: number, since: Date): Promise<string[]> {
  const { deps, record } = context;
  const running = await poll(deps, "restore", settleMs(context), async () => {
    const up = (await liveTasks(context)).filter(({ lastStatus }) => lastStatus === "RUNNING");
    const state = `${up.length} of ${wanted} tasks run`;
    return up.length >= wanted ? { state, done: up.map(({ id }) => id).sort() } : { state };
  });
  if (running) return running;
  const reasons = await ecsReasons(context, since);
  throw failed(
    "tasks-not-running",
    [`${record.target.service} does not get to ${wanted} running tasks.`, ...reasons].join("\n"),
    "Mend what ECS names, then dispatch restore.yml again: it goes on from here.",
  );
}

async function liveTasks({ aws, deps, record }: ChangeContext): Promise<LiveTask[]> {
  const { cluster, service } = record.target;
  const tasks = await serviceTasks(aws.ecs, cluster, service, deps.clock);
  return tasks.filter(({ lastStatus }) => lastStatus !== "STOPPED");
}
