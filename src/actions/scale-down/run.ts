import { z } from "zod";
import { attempt } from "../../containment/attempt.ts";
import type { ChangeContext } from "../../containment/context.ts";
import { dryRun } from "../../containment/dry-run.ts";
import { movesOf } from "../../containment/engine/plan-play.ts";
import { type Moved, runPlay } from "../../containment/engine/run-play.ts";
import { finishedByThisRun } from "../../containment/finished.ts";
import { scaleDownMemory } from "../../containment/memory.ts";
import { openForChange } from "../../containment/open.ts";
import { approvalRows, outcomeMarkdown } from "../../containment/outcome.ts";
import { SCALE_DOWN } from "../../containment/scale-down.ts";
import { zeroProof } from "../../containment/scale-to-zero.ts";
import { type GatePass, passGate } from "../../gate/gate.ts";
import type { GateRequest } from "../../gate/request.ts";
import { restoreCommand } from "../../incident/commands.ts";
import type { IncidentRecord } from "../../incident/record.ts";
import type { ActionDeps, Outputs } from "../../ports.ts";
import type { ScaleDownInputs } from "./inputs.ts";

interface Done extends z.infer<typeof zeroProof> {
  service: string;
  previousDesiredCount: number;
  previousScaling: { minCapacity: number; maxCapacity: number; suspended: unknown } | null;
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
  const before = await finishedByThisRun(deps, record, "scale-down");
  if (before?.kind === "contained") {
    const { previousDesiredCount, stoppedTasks } = detailsSchema.parse(before.data.details);
    return outputs(previousDesiredCount, stoppedTasks);
  }
  const pass = await passGate(deps, record, request);
  await pass.recheck();
  const wayBack = `The way back: ${restoreCommand(record)}`;
  const moves = movesOf(SCALE_DOWN, pass.plan.steps);
  const moved = await attempt(deps, record, "scale-down", wayBack, () =>
    runPlay({ ...context, pass }, "scale-down", moves),
  );
  const done = whatWasDone(record, moved);
  await report(context, pass, done);
  return outputs(done.previousDesiredCount, done.stoppedTasks);
}

function outputs(previousDesiredCount: number, stoppedTasks: readonly string[]): Outputs {
  return {
    "previous-desired-count": String(previousDesiredCount),
    "stopped-tasks": String(stoppedTasks.length),
  };
}

/** What the ledger remembers of before, and what the last step proved. */
function whatWasDone({ entries }: IncidentRecord, moved: readonly Moved[]): Done {
  const memory = scaleDownMemory(entries);
  const last = moved.at(-1);
  const { scaling, desired } = memory ?? {};
  return {
    ...zeroProof.parse(last?.proof),
    service: last?.planned.target ?? "",
    previousDesiredCount: desired?.remembered ?? 0,
    previousScaling: scaling
      ? { minCapacity: scaling.minCapacity, maxCapacity: scaling.maxCapacity, suspended: scaling.remembered }
      : null,
  };
}

async function report({ deps, record }: ChangeContext, pass: GatePass, done: Done): Promise<void> {
  const { previousDesiredCount, previousScaling, stoppedTasks, after } = done;
  const { service } = record.target;
  const summary = `${service} scaled from ${previousDesiredCount} to 0; ${stoppedTasks.length} task(s) stopped`;
  const details = {
    service: done.service,
    previousDesiredCount,
    previousScaling,
    after,
    stoppedTasks,
    taskDefinition: after.taskDefinition,
  };
  const { runId, runAttempt } = deps.context;
  const key = `contained/scale-down/${runId}/${runAttempt}`;
  await record.append("contained", { action: "scale-down", summary, details }, key);
  await record.project();
  const markdown = outcomeMarkdown(`Contained: ${service} serves nothing`, [
    ["Desired count", `${previousDesiredCount} → 0`],
    ["Stopped tasks", stoppedTasks.join(", ")],
    ["Automatic scaling", after.scaling ? "suspended; minimum and maximum unchanged" : "none"],
    ...approvalRows(pass),
    ["Way back", restoreCommand(record)],
  ]);
  await record.comment(key, markdown);
  await deps.summary(markdown);
}
