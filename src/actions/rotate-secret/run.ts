import { attempt } from "../../containment/attempt.ts";
import type { ChangeContext } from "../../containment/context.ts";
import { dryRun } from "../../containment/dry-run.ts";
import { rotationFolder } from "../../containment/folder.ts";
import { rotationMade } from "../../containment/memory.ts";
import { openForChange } from "../../containment/open.ts";
import { approvalRows, outcomeMarkdown } from "../../containment/outcome.ts";
import type { StartProcess } from "../../containment/process.ts";
import { type Redeployed, redeploy } from "../../containment/redeploy.ts";
import { type Rotation, rotateSecret } from "../../containment/rotation.ts";
import {
  checkDisabled,
  type Disabled,
  disabledInput,
  recordDisabled,
} from "../../containment/secret-disabled.ts";
import { sourceOf } from "../../evidence/manifest.ts";
import { type GatePass, passGate } from "../../gate/gate.ts";
import { type GateRequest, held } from "../../gate/request.ts";
import { containCommand } from "../../incident/commands.ts";
import type { ActionDeps, Outputs } from "../../ports.ts";
import type { RotateSecretInputs } from "./inputs.ts";

type Done = Rotation & Redeployed;

/**
 * Replaces a compromised secret: requires that the old one is disabled, runs the rotation command, forces a new
 * deployment, and ends when every task has started with the new secret.
 * @param startProcess starts the rotation command.
 * @throws FirebreakError when the gate refuses (nothing is changed then), the secret is not another one afterwards,
 *   or the deployment fails.
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
  const request = gateRequest(context, inputs.captureJob, disabled, recompute);
  if (inputs.dryRun) {
    await dryRun(deps, record, request);
    return {};
  }
  const before = finishedByThisRun(context);
  if (before) return before;
  if (disabled) await recordDisabled(deps, record, disabled);
  const pass = await passGate(deps, record, request);
  await pass.recheck();
  const wayBack = `There is no way back to the old secret, which is disabled. To go on: ${containCommand(record)}`;
  const done = await attempt(deps, record, "rotate-secret", wayBack, () =>
    rotate(context, pass, startProcess),
  );
  await report(context, pass, done);
  return outputs(done);
}

function gateRequest(
  { deps, record }: ChangeContext,
  captureJob: string,
  disabled: Disabled | undefined,
  recompute: GateRequest["recompute"],
): GateRequest {
  return {
    action: "rotate-secret",
    change: "contain",
    needs: { redeploy: true, parameter: true },
    captureJob,
    recompute,
    rotatedFrom: ({ version }) => rotationMade(record.entries, version)?.previousVersion,
    also: [
      { name: "old secret", check: async () => checkDisabled(record, disabled) },
      {
        name: "rotation folder",
        check: async () => {
          await rotationFolder(deps.context.workspace, record.target.folder);
          return held(`the rotation command's folder is ${record.target.folder}`);
        },
      },
    ],
  };
}

async function rotate(context: ChangeContext, pass: GatePass, startProcess: StartProcess): Promise<Done> {
  const { deps, record } = context;
  const documented = sourceOf(pass.capture.manifest, "ssm-parameter")?.parameter;
  if (!documented) throw new Error("the gate passed a capture without the parameter");
  const folder = await rotationFolder(deps.context.workspace, record.target.folder);
  const rotation = await rotateSecret(context, documented, folder, startProcess);
  return { ...rotation, ...(await redeploy(context, rotation.rotatedAt)) };
}

async function report({ deps, record }: ChangeContext, pass: GatePass, done: Done): Promise<void> {
  const { previousVersion, newVersion, deploymentId, tasks } = done;
  const { parameter } = record.target;
  const summary = `${parameter} rotated from version ${previousVersion} to ${newVersion}; ${tasks.length} task(s) run with the new secret`;
  const details = {
    previousVersion,
    newVersion,
    rotatedAt: done.rotatedAt.toISOString(),
    deploymentId,
    tasks,
  };
  const { runId, runAttempt } = deps.context;
  const key = `contained/rotate-secret/${runId}/${runAttempt}`;
  await record.append("contained", { action: "rotate-secret", summary, details }, key);
  await record.project();
  const markdown = outcomeMarkdown(`Contained: ${record.target.mcp} runs with a new secret`, [
    ["Parameter", parameter],
    ["Version", `${previousVersion} → ${newVersion}`],
    ["Deployment", deploymentId],
    ["Tasks, all started after the rotation", tasks.map(({ id }) => id).join(", ")],
    ...approvalRows(pass.approvals, pass.capture.capture),
  ]);
  await record.comment(key, markdown);
  await deps.summary(markdown);
}

/** The outputs of an earlier attempt that got to its end, unless a newer plan asks for another rotation. */
function finishedByThisRun({ deps, record }: ChangeContext): Outputs | undefined {
  const { runId } = deps.context;
  const contained = record.all("contained").findLast(({ by }) => by.runId === runId);
  const planned = record.all("planned").findLast(({ data }) => data.runId === runId);
  if (contained?.data.action !== "rotate-secret" || (planned && planned.sequence > contained.sequence))
    return undefined;
  deps.log.info("rotation  an earlier attempt of this run has contained the incident already");
  const { previousVersion, newVersion, deploymentId } = contained.data.details;
  return outputs({ previousVersion, newVersion, deploymentId });
}

function outputs(done: { previousVersion: unknown; newVersion: unknown; deploymentId: unknown }): Outputs {
  return {
    "previous-version": String(done.previousVersion),
    "new-version": String(done.newVersion),
    "deployment-id": String(done.deploymentId),
  };
}
