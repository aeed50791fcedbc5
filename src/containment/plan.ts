import { FirebreakError } from "../errors.ts";
import { currentVersion } from "../gate/live-parameter.ts";
import { restoreCommand } from "../incident/commands.ts";
import type { IncidentFacts, LedgerEntry } from "../incident/entries.ts";
import type { Plan, PlanStep } from "../incident/plan.ts";
import type { ActionDeps } from "../ports.ts";
import type { Runbook } from "../runbook/schema.ts";
import type { Target } from "../runbook/target.ts";
import {
  ALL_SUSPENDED,
  fullySuspended,
  type LiveScaling,
  type LiveService,
  readService,
} from "./live-service.ts";
import { scaleDownMemory, standingRotation, versionWithoutOwnRotation, withoutOwnChanges } from "./memory.ts";
import { manualSteps, playAction } from "./play.ts";
import { STEPS } from "./steps.ts";

export interface PlanArgs {
  /** `INC-42`. */
  incident: string;
  change: Plan["change"];
  facts: Pick<IncidentFacts, "type">;
  target: Target;
  runbook: Runbook;
  /** The incident's ledger. What this workflow run changed itself does not count as a difference. */
  entries: readonly LedgerEntry[];
}

/**
 * Reads the live system and says what would be changed, from what to what.
 *
 * The same world gives the same plan, byte for byte, so its SHA-256 tells whether the world moved. A type without an
 * automatic action gives manual steps only, and nothing is read. No value of a secret is read.
 * @throws FirebreakError when the service or the parameter is missing, or there is nothing to restore.
 */
export async function computePlan(deps: Pick<ActionDeps, "aws" | "context">, args: PlanArgs): Promise<Plan> {
  const action = args.change === "restore" ? "restore-service" : playAction(args.facts.type, args.runbook);
  const steps = action === null ? [] : await stepsOf(action, deps, args);
  return {
    schema: "firebreak/plan/v1",
    incident: args.incident,
    change: args.change,
    type: args.facts.type,
    environment: args.target.environment,
    mcp: args.target.mcp,
    action,
    steps,
    manual: args.change === "restore" ? [] : manualSteps(args.facts.type, args.runbook),
  };
}

async function stepsOf(
  action: NonNullable<Plan["action"]>,
  deps: Pick<ActionDeps, "aws" | "context">,
  args: PlanArgs,
): Promise<PlanStep[]> {
  const aws = deps.aws(args.target.region);
  const { runId } = deps.context;
  const live = withoutOwnChanges(await readService(aws, args.target), args.entries, runId);
  if (action === "scale-down") return scaleDownSteps(live, args);
  if (action === "restore-service") return restoreSteps(live, args);
  const parameter = await currentVersion(aws.ssm, args.target.parameter);
  const standing = standingRotation(args.entries, parameter.version, runId);
  if (standing) return [redeployStep(live, standing)];
  const version = versionWithoutOwnRotation(args.entries, parameter.version, runId);
  return [rotationStep(version, args), redeployStep(live)];
}

function scaleDownSteps(live: LiveService, args: PlanArgs): PlanStep[] {
  const undo = `${restoreCommand({ id: args.incident, target: args.target })}, once the root cause is confirmed`;
  const suspend = live.scaling && {
    id: STEPS.suspendScaling,
    text: "Suspend Application Auto Scaling of the service, which would otherwise start tasks again",
    target: live.scaling.resourceId,
    from: scalingState(live.scaling),
    to: { suspended: ALL_SUSPENDED },
    effect: "The service does not scale by itself; minimum and maximum stay as they are",
    undo,
  };
  const toZero = {
    id: STEPS.scaleToZero,
    text: "Set the desired count of the ECS service to 0 and wait until every task has stopped",
    target: live.arn,
    from: { serviceArn: live.arn, taskDefinition: live.taskDefinition, ...capacity(live) },
    to: { desiredCount: 0 },
    effect: `${args.target.mcp} serves no request in ${args.target.environment}`,
    undo,
  };
  return suspend ? [suspend, toZero] : [toZero];
}

function restoreSteps(live: LiveService, args: PlanArgs): PlanStep[] {
  const memory = scaleDownMemory(args.entries);
  if (!memory) {
    throw new FirebreakError(
      "nothing-to-restore",
      `The ledger of ${args.incident} has no scale-down that is still to be taken back.`,
      "Look at the ledger in the issue; a service that was not scaled down by Firebreak is not for Firebreak to restore.",
    );
  }
  const { environment, mcp } = args.target;
  const up = memory.desired && {
    id: STEPS.restoreDesiredCount,
    text: "Set the desired count of the ECS service back to what it was, and wait until the tasks run",
    target: live.arn,
    from: { serviceArn: live.arn, taskDefinition: live.taskDefinition, desiredCount: live.desiredCount },
    to: { desiredCount: memory.desired.remembered },
    effect: `${mcp} serves requests in ${environment} again`,
    undo: "Declare the incident anew, or dispatch contain.yml for this one",
  };
  const resume = memory.scaling &&
    live.scaling && {
      id: STEPS.resumeScaling,
      text: "Give Application Auto Scaling back its former state",
      target: live.scaling.resourceId,
      from: scalingState(live.scaling),
      to: { suspended: memory.scaling.remembered },
      effect: fullySuspended(memory.scaling.remembered)
        ? "None: scaling was suspended before the incident, too"
        : "The service scales by itself again",
      undo: "Declare the incident anew, or dispatch contain.yml for this one",
    };
  return [up, resume].filter((step) => step !== null);
}

function rotationStep(version: number, { runbook, target }: PlanArgs): PlanStep {
  return {
    id: STEPS.rotateSecret,
    text: "Run the rotation command, which makes a new secret and writes it to the SSM parameter",
    target: target.parameter,
    from: { parameterVersion: version },
    to: {
      parameterVersion: "a newer version with another value",
      strategy: runbook.rotation.strategy,
      command: runbook.rotation.command,
      folder: target.folder,
    },
    effect: "None yet: running tasks keep the secret they were started with",
    undo: "None: the old secret is compromised. Running the command again makes another new one",
  };
}

/** @param standing the rotation that the deployment is for, where this plan does not rotate. */
function redeployStep(live: LiveService, standing?: ReturnType<typeof standingRotation>): PlanStep {
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
    undo: "None needed: a failed deployment leaves the tasks of the one before",
  };
}

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

/** How many tasks: the desired count, or its bounds where the autoscaler may move it at any moment. */
function capacity({ desiredCount, scaling }: LiveService): Record<string, unknown> {
  if (!scaling || fullySuspended(scaling.suspended)) return { desiredCount };
  return { minCapacity: scaling.minCapacity, maxCapacity: scaling.maxCapacity };
}

function scalingState({ minCapacity, maxCapacity, suspended }: LiveScaling): Record<string, unknown> {
  return { minCapacity, maxCapacity, suspended };
}
