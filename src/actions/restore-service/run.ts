import { z } from "zod";
import { attempt } from "../../containment/attempt.ts";
import { checkElsewhere } from "../../containment/contained-elsewhere.ts";
import type { ChangeContext } from "../../containment/context.ts";
import { checkDrift } from "../../containment/drift.ts";
import { dryRun } from "../../containment/dry-run.ts";
import { movesOf } from "../../containment/engine/plan-play.ts";
import { type Moved, runPlay } from "../../containment/engine/run-play.ts";
import { finishedByThisRun } from "../../containment/finished.ts";
import { type LiveScaling, readScaling, readService } from "../../containment/live-service.ts";
import { scaleDownMemory } from "../../containment/memory.ts";
import { openForChange } from "../../containment/open.ts";
import { approvalRows, outcomeMarkdown } from "../../containment/outcome.ts";
import { runningProof } from "../../containment/restore-desired-count.ts";
import { SCALE_DOWN } from "../../containment/scale-down.ts";
import { STEPS } from "../../containment/steps.ts";
import { type GatePass, passGate } from "../../gate/gate.ts";
import { type GateRequest, held } from "../../gate/request.ts";
import { containCommand } from "../../incident/commands.ts";
import type { ActionDeps, Outputs } from "../../ports.ts";
import type { RestoreServiceInputs } from "./inputs.ts";

interface Done {
  desiredCount: number;
  tasks: string[];
  scaling: LiveScaling | null;
}

/**
 * Takes a scale-down back from the ledger: the desired count as it was, then, once the tasks run, the scaling as it
 * was.
 * @throws FirebreakError when the gate refuses, the service is not as the scale-down left it, or the tasks do not run.
 */
export async function run(inputs: RestoreServiceInputs, deps: ActionDeps): Promise<Outputs> {
  const { context, recompute } = await openForChange(deps, inputs, "restore");
  const { record, aws } = context;
  const memory = scaleDownMemory(record.entries);
  const request: GateRequest = {
    action: "restore-service",
    change: "restore",
    needs: { redeploy: false, parameter: false },
    captureJob: inputs.captureJob,
    recompute,
    also: [
      {
        name: "drift",
        // Without a scale-down there is nothing to compare with, and the plan's check says so.
        check: async () =>
          memory ? checkDrift(record, await readService(aws, record.target), memory) : held(""),
      },
      {
        name: "other incidents",
        check: async () => (memory ? checkElsewhere(record, memory) : held("")),
      },
    ],
  };
  if (inputs.dryRun) {
    await dryRun(deps, record, request);
    return {};
  }
  const before = await finishedByThisRun(deps, record, "restore-service");
  if (before) return outputs(z.object({ desiredCount: z.number() }).parse(before.data.details).desiredCount);
  const pass = await passGate(deps, record, request);
  await pass.recheck();
  const wayBack = `The way back to 0: ${containCommand(record)}`;
  const moves = movesOf(SCALE_DOWN, pass.plan.steps);
  const moved = await attempt(deps, record, "restore-service", wayBack, () =>
    runPlay({ ...context, pass }, "restore-service", moves),
  );
  const done = await whatWasDone(context, moved);
  await report(context, pass, done, inputs.rootCause);
  return outputs(done.desiredCount);
}

function outputs(desiredCount: number): Outputs {
  return { "desired-count": String(desiredCount) };
}

async function whatWasDone({ aws, record }: ChangeContext, moved: readonly Moved[]): Promise<Done> {
  const up = moved.find(({ planned }) => planned.id === STEPS.restoreDesiredCount);
  const { desiredCount } = await readService(aws, record.target);
  const tasks = up ? runningProof.parse(up.proof).tasks : [];
  return { desiredCount, tasks, scaling: await readScaling(aws, record.target) };
}

async function report(
  { deps, record }: ChangeContext,
  pass: GatePass,
  { desiredCount, tasks, scaling }: Done,
  rootCause: string,
): Promise<void> {
  const { service } = record.target;
  const summary = `${service} restored to ${desiredCount} task(s)`;
  const { runId, runAttempt } = deps.context;
  await record.append(
    "restored",
    { action: "restore-service", summary, rootCause, details: { desiredCount, tasks, scaling } },
    `restored/${runId}/${runAttempt}`,
  );
  await record.project();
  const markdown = outcomeMarkdown(
    desiredCount > 0 ? `Restored: ${service} serves again` : `Restored: ${service} had no tasks before`,
    [
      ["Desired count", String(desiredCount)],
      ["Tasks", tasks.join(", ")],
      ["Automatic scaling", scaling ? JSON.stringify(scaling.suspended) : "none"],
      ["Root cause", rootCause],
      ...approvalRows(pass),
    ],
  );
  await deps.summary(markdown);
}
