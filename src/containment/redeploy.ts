import { type Deployment, UpdateServiceCommand } from "@aws-sdk/client-ecs";
import { z } from "zod";
import { currentVersion } from "../gate/live-parameter.ts";
import { containCommand } from "../incident/commands.ts";
import type { LedgerEntry } from "../incident/entries.ts";
import { intended } from "./changes.ts";
import { type ChangeContext, failed } from "./context.ts";
import { requireCovered } from "./covered.ts";
import type { LiveView, Step, StepContext } from "./engine/step.ts";
import { followDeployment, onlyNewTasks } from "./follow-deployment.ts";
import { describe, readService } from "./live-service.ts";
import { openRotation, type RotationOutcome, rotationMade, standingRotation } from "./memory.ts";
import { capacity } from "./scale-to-zero.ts";
import { STEPS } from "./steps.ts";

const NONE_NEEDED = "None needed: a failed deployment leaves the tasks of the one before";

/** What `verify` gives as proof. */
export const redeployProof = z.object({
  deploymentId: z.string(),
  tasks: z.array(z.object({ id: z.string(), startedAt: z.string() })),
});

/**
 * Forces a new deployment and follows it, by its own id, until ECS has completed it and every task of the service was
 * started by it after the rotation. ECS hands secrets to a container at its start only
 * (https://docs.aws.amazon.com/AmazonECS/latest/developerguide/secrets-envvar-ssm-paramstore.html).
 *
 * A deployment that a killed job has forced since the rotation is followed, not forced a second time.
 */
export const redeploy: Step = {
  id: STEPS.redeploy,
  async plan({ aws, deps, entries, target }) {
    const live = await readService(aws, target);
    const { version } = await currentVersion(aws.ssm, target.parameter);
    const standing = standingRotation(entries, version, deps.context.runId);
    const deploy =
      "Force a new deployment of the ECS service and wait until every task has started with the new secret";
    return {
      id: STEPS.redeploy,
      text: standing ? `${standingText(standing)} ${deploy}` : deploy,
      target: live.arn,
      from: {
        serviceArn: live.arn,
        taskDefinition: live.taskDefinition,
        ...capacity(live),
        ...(standing ? { parameterVersion: standing.newVersion } : {}),
      },
      to: { deployment: "a new one, forced" },
      effect: "Tasks are replaced one after the other, as the service's deployment configuration says",
      undo: NONE_NEEDED,
    };
  },
  async remember({ aws, record }) {
    const { deployments } = await describe(aws, record.target);
    return { deploymentId: deployments.find(({ status }) => status === "PRIMARY")?.id ?? null };
  },
  async position({ aws, target, entries }, { from }) {
    const { deployments, taskDefinition } = await describe(aws, target);
    const rotation = await madeRotation({ aws, target, entries });
    const deploymentId = rotation && forcedBefore(entries, deployments, new Date(rotation.rotatedAt));
    if (deploymentId !== undefined) return { at: "to", outcome: { deploymentId } };
    if (taskDefinition === from.taskDefinition) return { at: "from" };
    const drift = [`its task definition was ${from.taskDefinition} and is ${taskDefinition}`];
    return { at: "elsewhere", drift };
  },
  async apply(context) {
    const { pass, record } = context;
    const soFar = "The rotation stands; running tasks keep the old secret until they are replaced.";
    const goOn = `Then: ${containCommand(record)} (it plans the deployment only).`;
    await requireCovered(context, pass, soFar, goOn);
    return { deploymentId: await force(context) };
  },
  async verify(context, { from }, outcome) {
    const { deps } = context;
    const { deploymentId } = z.object({ deploymentId: z.string() }).parse(outcome);
    const since = await rotatedAt(context);
    deps.log.info(`redeploy  following deployment ${deploymentId}`);
    await followDeployment(context, deploymentId, String(from.taskDefinition), since);
    return { deploymentId, tasks: await onlyNewTasks(context, deploymentId, since) };
  },
  undo: { none: NONE_NEEDED },
};

function standingText({
  previousVersion,
  newVersion,
  cutShort,
}: NonNullable<ReturnType<typeof standingRotation>>): string {
  const versions = `the parameter from version ${previousVersion} to ${newVersion}`;
  return cutShort
    ? `No rotation: a rotation command that was cut short seems to have brought ${versions}, which counts once the value is seen to be another.`
    : `No rotation: an earlier run has brought ${versions}.`;
}

async function madeRotation({
  aws,
  target,
  entries,
}: Pick<LiveView, "aws" | "target" | "entries">): Promise<RotationOutcome | undefined> {
  const { version } = await currentVersion(aws.ssm, target.parameter);
  return rotationMade(entries, version);
}

/** When the secret was rotated that the deployment is for. */
async function rotatedAt({ aws, record }: StepContext): Promise<Date> {
  const { target, entries } = record;
  const rotation = await madeRotation({ aws, target, entries });
  if (rotation) return new Date(rotation.rotatedAt);
  throw failed(
    "rotated-elsewhere",
    `${target.parameter} does not have the version that this incident's rotation made.`,
    `Find out who wrote it (CloudTrail, PutParameter), preserve again, then: ${containCommand(record)}`,
  );
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
