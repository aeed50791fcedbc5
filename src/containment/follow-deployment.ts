import type { Deployment } from "@aws-sdk/client-ecs";
import { serviceTasks } from "../gate/live-tasks.ts";
import { type ChangeContext, failed, settleMs } from "./context.ts";
import { ecsReasons } from "./ecs-reasons.ts";
import { describe } from "./live-service.ts";
import { poll } from "./poll.ts";

/** A deployment may take this long to show up in DescribeServices. */
const VISIBLE_MS = 30_000;
/** So many looks in a row without the deployment mean that it is gone. */
const ABSENCES = 3;

export interface FreshTask {
  id: string;
  startedAt: string;
}

/**
 * Follows a deployment by its own id until ECS has completed it.
 * @throws FirebreakError with ECS's own reasons when it fails, is rolled back or replaced, or does not end in time.
 */
export async function followDeployment(
  context: ChangeContext,
  id: string,
  taskDefinition: string,
  rotatedAt: Date,
): Promise<void> {
  const { aws, deps, record } = context;
  const begun = deps.clock.now().getTime();
  let [seen, absences] = [false, 0];
  const done = await poll(deps, "redeploy", settleMs(context), async () => {
    const { deployments } = await describe(aws, record.target);
    const ours = deployments.find((deployment) => deployment.id === id);
    const primary = deployments.find(({ status }) => status === "PRIMARY");
    if (!ours) {
      // ECS answers reads from copies, which may lag behind: one look without it proves nothing.
      absences += 1;
      const early = !seen && deps.clock.now().getTime() - begun < VISIBLE_MS;
      if (early || absences < ABSENCES) return { state: "not visible" };
      throw await broken(
        context,
        id,
        `it is gone, and ${primary?.id ?? "nothing"} took its place`,
        rotatedAt,
      );
    }
    [seen, absences] = [true, 0];
    if (ours.rolloutState === "FAILED") {
      throw await broken(context, id, ours.rolloutStateReason ?? "ECS gives no reason", rotatedAt);
    }
    if (ours.status !== "PRIMARY" || ours.taskDefinition !== taskDefinition) {
      throw await broken(context, id, `it was replaced by ${primary?.id ?? "another one"}`, rotatedAt);
    }
    const counts = `${ours.runningCount ?? 0} of ${ours.desiredCount ?? 0} tasks run, ${ours.failedTasks ?? 0} failed`;
    const state = `${ours.rolloutState ?? "no rollout state"}: ${counts}`;
    return isComplete(ours, deployments) ? { state, done: true } : { state };
  });
  if (done) return;
  const { settle_minutes: minutes } = record.runbook.containment;
  const reasons = await ecsReasons(context, rotatedAt, id);
  throw failed(
    "deployment-stuck",
    [
      `Deployment ${id} of ${record.target.service} did not complete within ${minutes} minutes.`,
      ...(await oldTasks(context, id)),
      ...reasons,
    ].join("\n"),
    "Mend what ECS names, then dispatch contain.yml again: the rotation stands, and the deployment is made anew.",
  );
}

/** The tasks that another deployment has started and that still run: they may be what keeps this one from its end. */
async function oldTasks({ aws, deps, record }: ChangeContext, id: string): Promise<string[]> {
  const { cluster, service } = record.target;
  const tasks = await serviceTasks(aws.ecs, cluster, service, deps.clock).catch(() => []);
  const old = tasks.filter(({ runsCode, startedBy }) => runsCode && startedBy !== id);
  return old.length === 0
    ? []
    : [
        `${old.length} task(s) that it did not start still run, with the old secret: ${old.map((task) => task.id).join(", ")}`,
      ];
}

/** Deployments of old services have no rollout state; those are complete when they are alone at their full count. */
function isComplete(ours: Deployment, all: readonly Deployment[]): boolean {
  if (ours.rolloutState !== undefined) return ours.rolloutState === "COMPLETED";
  return all.length === 1 && ours.runningCount === ours.desiredCount;
}

/**
 * Waits for the tasks of former deployments to stop, and proves that the others started after `rotatedAt`.
 * @throws FirebreakError `old-tasks-still-running`.
 */
export async function onlyNewTasks(
  context: ChangeContext,
  id: string,
  rotatedAt: Date,
): Promise<FreshTask[]> {
  const { aws, deps, record } = context;
  const { cluster, service } = record.target;
  let old: string[] = [];
  const tasks = await poll(deps, "redeploy", settleMs(context), async () => {
    const running = (await serviceTasks(aws.ecs, cluster, service, deps.clock)).filter(
      ({ runsCode }) => runsCode,
    );
    const fresh = running.filter(
      (task) => task.startedBy === id && task.startedAt && task.startedAt > rotatedAt,
    );
    old = running.filter((task) => !fresh.includes(task)).map((task) => task.id);
    if (old.length > 0) return { state: `${old.length} task(s) from before the rotation still run` };
    const started = fresh.map((task) => ({ id: task.id, startedAt: task.startedAt?.toISOString() ?? "" }));
    return { state: `every task (${fresh.length}) started after the rotation`, done: started };
  });
  if (tasks) return tasks;
  throw failed(
    "old-tasks-still-running",
    `Deployment ${id} is complete, and ${old.length} task(s) that it did not start after the rotation still run: ${old.join(", ")}.`,
    `Stop them: aws ecs stop-task --cluster ${cluster} --task <id>; ECS replaces them by tasks with the new secret.`,
  );
}

async function broken(context: ChangeContext, id: string, why: string, rotatedAt: Date): Promise<Error> {
  const reasons = await ecsReasons(context, rotatedAt, id);
  return failed(
    "deployment-failed",
    [
      `Deployment ${id} of ${context.record.target.service} failed or was rolled back: ${why}`,
      ...reasons,
    ].join("\n"),
    "Tasks may still run with the old secret. Mend what ECS names, then dispatch contain.yml again: the rotation stands, and the deployment is made anew.",
  );
}
