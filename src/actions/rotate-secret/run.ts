import { z } from "zod";
import { attempt } from "../../containment/attempt.ts";
import { proveBothSecrets } from "../../containment/both-secrets.ts";
import type { ChangeContext } from "../../containment/context.ts";
import { dryRun } from "../../containment/dry-run.ts";
import { movesOf } from "../../containment/engine/plan-play.ts";
import { runPlay } from "../../containment/engine/run-play.ts";
import { finishedByThisRun } from "../../containment/finished.ts";
import { rotationFolder } from "../../containment/folder.ts";
import { describe } from "../../containment/live-service.ts";
import { type RotatedVersions, rotationMade } from "../../containment/memory.ts";
import { openForChange } from "../../containment/open.ts";
import type { StartProcess } from "../../containment/process.ts";
import { forcedBefore, redeployProof } from "../../containment/redeploy.ts";
import { takeOverRotation } from "../../containment/rotation.ts";
import { rotationSteps } from "../../containment/rotation-play.ts";
import {
  checkDisabled,
  type Disabled,
  disabledInput,
  recordDisabled,
} from "../../containment/secret-disabled.ts";
import { STEPS } from "../../containment/steps.ts";
import { writtenByThisRun } from "../../containment/written-by-this-run.ts";
import { type GatePass, passGate } from "../../gate/gate.ts";
import { currentVersion } from "../../gate/live-parameter.ts";
import { type GateRequest, held } from "../../gate/request.ts";
import { containCommand } from "../../incident/commands.ts";
import type { ActionDeps, Outputs } from "../../ports.ts";
import type { RotateSecretInputs } from "./inputs.ts";
import { type Rotated, reportRotation } from "./report.ts";

/** What a `contained` entry keeps for a later attempt of the same run. */
const detailsSchema = z.object({
  previousVersion: z.number(),
  newVersion: z.number(),
  deploymentId: z.string(),
});

/**
 * Replaces a compromised secret. By strategy `terragrunt` it requires that the old one is disabled and runs the rotation
 * command; by strategy `entra` it removes the old one and makes the new one itself. Then it forces a new deployment, and
 * ends when every task has started with the new secret and the old one is shown to be dead.
 * @param startProcess starts the rotation command.
 * @throws FirebreakError when the gate refuses (nothing is changed then), the secret is not another one afterwards,
 *   the deployment fails, or the old secret is accepted or the new one refused.
 */
export function rotateSecretBy(
  startProcess: StartProcess,
): (inputs: RotateSecretInputs, deps: ActionDeps) => Promise<Outputs> {
  return (inputs, deps) => run(inputs, deps, startProcess);
}

async function run(
  inputs: RotateSecretInputs,
  deps: ActionDeps,
  startProcess: StartProcess,
): Promise<Outputs> {
  const disabled = disabledInput(inputs.disabledBy, inputs.disabledAt, deps.clock.now());
  const { context, recompute } = await openForChange(deps, inputs, "contain");
  const { record } = context;
  const unnoted = await writtenByThisRun(context);
  const request = gateRequest(context, inputs.captureJob, disabled, recompute, unnoted);
  if (inputs.dryRun) {
    await dryRun(deps, record, request);
    return {};
  }
  const before = await finishedByThisRun(deps, record, "rotate-secret");
  if (before?.kind === "contained") return outputs(detailsSchema.parse(before.data.details));
  if (disabled) await recordDisabled(deps, record, disabled);
  const pass = await passGate(deps, record, request);
  await pass.recheck();
  const wayBack = `There is no way back to the old secret. To go on: ${containCommand(record)}`;
  const done = await attempt(deps, record, "rotate-secret", wayBack, () =>
    rotate(context, pass, startProcess),
  );
  await reportRotation(context, pass, done);
  return outputs(done);
}

function gateRequest(
  context: ChangeContext,
  captureJob: string,
  disabled: Disabled | undefined,
  recompute: GateRequest["recompute"],
  unnoted: RotatedVersions | undefined,
): GateRequest {
  const { record } = context;
  return {
    action: "rotate-secret",
    change: "contain",
    needs: { redeploy: true, parameter: true },
    captureJob,
    recompute,
    rotatedFrom: ({ version }) =>
      rotationMade(record.entries, version)?.previousVersion ??
      (unnoted?.newVersion === version ? unnoted.previousVersion : undefined),
    ownDeployment: () => ownDeployment(context),
    also: record.runbook.rotation.strategy === "entra" ? [] : commandChecks(context, disabled),
  };
}

/** Where a command rotates, a person has disabled the old secret before; where Firebreak does, its first step does that. */
function commandChecks(
  context: ChangeContext,
  disabled: Disabled | undefined,
): NonNullable<GateRequest["also"]> {
  const { deps, record } = context;
  return [
    { name: "old secret", check: () => checkDisabled(context, disabled) },
    {
      name: "rotation folder",
      check: async () => {
        await rotationFolder(deps.context.workspace, record.target.folder);
        return held(`the rotation command's folder is ${record.target.folder}`);
      },
    },
  ];
}

/** The deployment that an earlier, killed job has forced for the rotation that stands: it will be followed. */
async function ownDeployment({ aws, record }: ChangeContext): Promise<string | undefined> {
  const { version } = await currentVersion(aws.ssm, record.target.parameter);
  const rotation = rotationMade(record.entries, version);
  if (!rotation) return undefined;
  const { deployments } = await describe(aws, record.target);
  return forcedBefore(record.entries, deployments, new Date(rotation.rotatedAt));
}

async function rotate(context: ChangeContext, pass: GatePass, startProcess: StartProcess): Promise<Rotated> {
  const steps = { ...context, pass };
  await takeOverRotation(steps);
  const moves = movesOf(rotationSteps(startProcess), pass.plan.steps);
  const moved = await runPlay(steps, "rotate-secret", moves);
  const { entries, target } = context.record;
  const { version } = await currentVersion(context.aws.ssm, target.parameter);
  const rotation = rotationMade(entries, version);
  const proof = moved.find(({ planned }) => planned.id === STEPS.redeploy)?.proof;
  if (!rotation) throw new Error(`${target.parameter} is no longer at the version that was rotated to`);
  const secrets = await proveBothSecrets(steps, rotation);
  return { ...rotation, ...redeployProof.parse(proof), secrets };
}

function outputs(done: z.infer<typeof detailsSchema>): Outputs {
  return {
    "previous-version": String(done.previousVersion),
    "new-version": String(done.newVersion),
    "deployment-id": String(done.deploymentId),
  };
}
