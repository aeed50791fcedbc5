/** How a deployment begins, fails and ends. */
import type { Random } from "../../random.ts";
import type { Deployment, Fate, TaskDefinition } from "./model.ts";
import { digits } from "./new-task.ts";

/** A deployment that has just become PRIMARY; `sourceRevisionIds` are those of the deployments it replaces. */
export function newDeployment(
  random: Random,
  definition: TaskDefinition,
  fate: Fate,
  createdAt: number,
  sourceRevisionIds: readonly string[],
): Deployment {
  const id = `ecs-svc/${digits(random, 19)}`;
  return {
    id,
    definition,
    fate,
    createdAt,
    serviceDeploymentId: random.hex(21),
    revisionId: digits(random, 19),
    sourceRevisionIds,
    updatedAt: createdAt,
    status: "PRIMARY",
    rolloutState: "IN_PROGRESS",
    rolloutStateReason: `ECS deployment ${id} in progress.`,
    failedTasks: 0,
    outcome: "IN_PROGRESS",
    finishedAt: null,
  };
}

/** The rollout reached its end. */
export function complete(deployment: Deployment, now: number): void {
  deployment.rolloutState = "COMPLETED";
  deployment.rolloutStateReason = `ECS deployment ${deployment.id} completed.`;
  deployment.updatedAt = now;
  if (deployment.outcome === "IN_PROGRESS") finish(deployment, "SUCCESSFUL", now);
}

/** Writes the deployment's outcome into the service's deployment history. */
export function finish(deployment: Deployment, outcome: Deployment["outcome"], now: number): void {
  deployment.outcome = outcome;
  deployment.finishedAt = now;
  deployment.updatedAt = now;
}

/**
 * How many failed tasks trip the circuit breaker: half the desired count, at least 3 and at most 200.
 * https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-circuit-breaker.html
 */
export function failureThreshold(desiredCount: number): number {
  return Math.min(Math.max(Math.ceil(desiredCount / 2), 3), 200);
}
