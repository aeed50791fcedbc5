import { z } from "zod";
import { attempt } from "../../containment/attempt.ts";
import type { ChangeContext } from "../../containment/context.ts";
import { requireCovered } from "../../containment/covered.ts";
import { type ScaledDown, scaleToZero } from "../../containment/desired-count.ts";
import { dryRun } from "../../containment/dry-run.ts";
import { finishedByThisRun } from "../../containment/finished.ts";
import { type LiveScaling, readService } from "../../containment/live-service.ts";
import { scaleDownMemory, withoutOwnChanges } from "../../containment/memory.ts";
import { openForChange } from "../../containment/open.ts";
import { approvalRows, outcomeMarkdown } from "../../containment/outcome.ts";
import { suspendScaling } from "../../containment/suspend-scaling.ts";
import { type GatePass, passGate } from "../../gate/gate.ts";
import type { GateRequest } from "../../gate/request.ts";
import { containCommand, restoreCommand } from "../../incident/commands.ts";
import type { ActionDeps, Outputs } from "../../ports.ts";
import type { ScaleDownInputs } from "./inputs.ts";

interface Done extends ScaledDown {
  previousScaling: Omit<LiveScaling, "resourceId"> | null;
}

/** What a `contained` entry keeps for a later attempt of the same run. */
const detailsSchema = z.object({ previousDesiredCount: z.number(), stoppedTasks: z.array(z.string()) });

/**
 * Stops a service from serving: suspends its scaling, sets its desired count to 0 and waits until every task has
 * stopped. What it was before stays in the ledger, for restore-service.
 * @throws FirebreakError when the gate refuses (nothing is changed then) or the service does not get to 0.
 */
export async function run(inputs: ScaleDownInputs, deps: ActionDeps): Promise<Outputs> {
  const { context, recompute } = await openForChange(deps, inputs, "contain");
  const { record } = context;
  const request: GateRequest = {
    action: "scale-down",
    change: "contain",
    needs: { redeploy: true, parameter: false },
    captureJob: inputs.captureJob,
    recompute,
  };
  if (inputs.dryRun) {
    await dryRun(deps, record, request);
    return {};
  }
  const before = finishedByThisRun(deps, record, "scale-down");
  if (before?.kind === "contained") {
    const { previousDesiredCount, stoppedTasks } = detailsSchema.parse(before.data.details);
    return outputs(previousDesiredCount, stoppedTasks);
  }
  const pass = await passGate(deps, record, request);
  await pass.recheck();
  const wayBack = `The way back: ${restoreCommand(record)}`;
  const done = await attempt(deps, record, "scale-down", wayBack, () => scaleDown(context, pass));
  await report(context, pass, done);
  return outputs(done.previousDesiredCount, done.stoppedTasks);
}

function outputs(previousDesiredCount: number, stoppedTasks: readonly string[]): Outputs {
  return {
    "previous-desired-count": String(previousDesiredCount),
    "stopped-tasks": String(stoppedTasks.length),
  };
}

async function scaleDown(context: ChangeContext, pass: GatePass): Promise<Done> {
  const { aws, deps, record } = context;
  const live = await readService(aws, record.target);
  const before = withoutOwnChanges(live, record.entries, deps.context.runId);
  const memory = scaleDownMemory(record.entries);
  await suspendScaling(context, before, memory);
  const soFar = "The service's scaling is suspended; its desired count is unchanged.";
  const goOn = `Then: ${containCommand(record)}`;
  const done = await scaleToZero(context, before, memory, () => requireCovered(context, pass, soFar, goOn));
  const scaling = scaleDownMemory(record.entries)?.scaling;
  const previousScaling = scaling && {
    minCapacity: scaling.minCapacity,
    maxCapacity: scaling.maxCapacity,
    suspended: scaling.remembered,
  };
  return { ...done, previousScaling: previousScaling ?? null };
}

async function report({ deps, record }: ChangeContext, pass: GatePass, done: Done): Promise<void> {
  const { previousDesiredCount, previousScaling, stoppedTasks, after } = done;
  const { service } = record.target;
  const summary = `${service} scaled from ${previousDesiredCount} to 0; ${stoppedTasks.length} task(s) stopped`;
  const { desiredCount, runningCount, taskDefinition, scaling } = after;
  const details = {
    service: after.arn,
    previousDesiredCount,
    previousScaling,
    after: { desiredCount, runningCount, taskDefinition, scaling },
    stoppedTasks,
    taskDefinition,
  };
  const { runId, runAttempt } = deps.context;
  const key = `contained/scale-down/${runId}/${runAttempt}`;
  await record.append("contained", { action: "scale-down", summary, details }, key);
  await record.project();
  const markdown = outcomeMarkdown(`Contained: ${service} serves nothing`, [
    ["Desired count", `${previousDesiredCount} → 0`],
    ["Stopped tasks", stoppedTasks.join(", ")],
    ["Automatic scaling", scaling ? "suspended; minimum and maximum unchanged" : "none"],
    ...approvalRows(pass.approvals, pass.capture.capture),
    ["Way back", restoreCommand(record)],
  ]);
  await record.comment(key, markdown);
  await deps.summary(markdown);
}
