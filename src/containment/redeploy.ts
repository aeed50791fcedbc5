import { type Deployment, UpdateServiceCommand } from "@aws-sdk/client-ecs";
import { serviceTasks } from "../gate/live-tasks.ts";
import type { LedgerEntry } from "../incident/entries.ts";
import { intended, makeChange } from "./changes.ts";
import { type ChangeContext, failed, settleMs } from "./context.ts";
import { ecsReasons } from "./ecs-reasons.ts";
import { describe } from "./live-service.ts";
import { openRotation } from "./memory.ts";
import { poll } from "./poll.ts";
import { STEPS } from "./steps.ts";

/** A deployment may take this long to show up in DescribeServices. */
const VISIBLE_MS = 30_000;
/** So many looks in a row without the deployment mean that it is gone. */
const ABSENCES = 3;

export interface Redeployed {
  deploymentId: string;
  tasks: { id: string; startedAt: string }[];
}

/**
 * Forces a new deployment and follows it, by its own id, until ECS has completed it and every task of the service was
 * started by it after `rotatedAt`. ECS hands secrets to a container at its start only
 * (https://docs.aws.amazon.com/AmazonECS/latest/developerguide/secrets-envvar-ssm-paramstore.html).
 *
 * A deployment that a killed job has forced since the rotation is followed, not forced a second time.
 * @param beforeForcing called before a deployment is forced, which ends tasks; throws when they may not be ended.
 * @throws FirebreakError with ECS's own reasons when it fails, is rolled back, or does not end in time.
 */
export async function redeploy(
  context: ChangeContext,
  rotatedAt: Date,
  beforeForcing: () => Promise<void>,
): Promise<Redeployed> {
  const { aws, deps, record } = context;
  const before = await describe(aws, record.target);
  const primary = before.deployments.find(({ status }) => status === "PRIMARY");
  const change = {
    action: "rotate-secret",
    step: STEPS.redeploy,
    target: before.arn,
    from: { deploymentId: primary?.id ?? null, taskDefinition: before.taskDefinition },
    to: { deployment: "a new one, forced" },
  } as const;
  const adopted = forcedBefore(record.entries, before.deployments, rotatedAt);
  if (adopted === undefined) await beforeForcing();
  const { result } = await makeChange(record, deps.context, change, async () => {
    const id = adopted ?? (await force(context));
    deps.log.info(`redeploy  following deployment ${id}`);
    await follow(context, id, before.taskDefinition, rotatedAt);
    const tasks = await onlyNewTasks(context, id, rotatedAt);
    const result = { deploymentId: id, tasks };
    return { outcome: { ...result }, result };
  });
  return result;
}

/**
 * The deployment that an earlier, killed job forced for the rotation that is still open: the primary one, made after
 * the rotation and other than the one that stood there when that job announced it. Undefined when it failed.
 */
export function forcedBefore(
  entries: readonly LedgerEntry[],
  deployments: readonly Deployment[],
  rotatedAt: Date,
): string | undefined {
  const primary = deployments.find(({ status }) => status === "PRIMARY");
  if (!primary?.id || !primary.createdAt || primary.rolloutState === "FAILED") return undefined;
  const announced = intended(openRotation(entries), "rotate-secret", STEPS.redeploy);
  const anew = announced.some(({ data }) => data.from.deploymentId !== primary.id);
  return anew && primary.createdAt >= rotatedAt ? primary.id : undefined;
}

async function force({ aws, record }: ChangeContext): Promise<string> {
  const { cluster, service } = record.target;
  const answer = await aws.ecs.send(new UpdateServiceCommand({ cluster, service, forceNewDeployment: true }));
  const id = answer.service?.deployments?.find(({ status }) => status === "PRIMARY")?.id;
  if (id) return id;
  throw failed(
    "no-deployment",
    `ECS started no deployment of ${service}.`,
    "See the service's events, then contain again.",
  );
}

async function follow(
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
      ...reasons,
    ].join("\n"),
    "Mend what ECS names, then dispatch contain.yml again: the rotation stands, and the deployment is made anew.",
  );
}

/** Deployments of old services have no rollout state; those are complete when they are alone at their full count. */
function isComplete(ours: Deployment, all: readonly Deployment[]): boolean {
  if (ours.rolloutState !== undefined) return ours.rolloutState === "COMPLETED";
  return all.length === 1 && ours.runningCount === ours.desiredCount;
}

/** Waits for the tasks of former deployments to stop, and proves that the others started with the new secret. */
async function onlyNewTasks(
  context: ChangeContext,
  id: string,
  rotatedAt: Date,
): Promise<Redeployed["tasks"]> {
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
