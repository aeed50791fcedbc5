import { z } from "zod";
import { attempt } from "../../containment/attempt.ts";
import { checkElsewhere } from "../../containment/contained-elsewhere.ts";
import type { ChangeContext } from "../../containment/context.ts";
import { checkDrift } from "../../containment/drift.ts";
import { dryRun } from "../../containment/dry-run.ts";
import { movesOf } from "../../containment/engine/plan-play.ts";
import { type Moved, runPlay } from "../../containment/engine/run-play.ts";
import { finishedByThisRun } from "../../containment/finished.ts";
import { readService } from "../../containment/live-service.ts";
import { scaleDownMemory } from "../../containment/memory.ts";
import { openForChange } from "../../containment/open.ts";
import { approvalRows, outcomeMarkdown } from "../../containment/outcome.ts";
import { checkRoleElsewhere } from "../../containment/role-elsewhere.ts";
import { undoableSteps } from "../../containment/undo.ts";
import { type GatePass, passGate } from "../../gate/gate.ts";
import { recordedPlan } from "../../gate/recorded-plan.ts";
import { type GateRequest, held } from "../../gate/request.ts";
import { containCommand, undoCommand } from "../../incident/commands.ts";
import type { ActionDeps, Outputs } from "../../ports.ts";
import type { UndoInputs } from "./inputs.ts";

/** What a `restored` entry keeps for a later attempt of the same run. */
const detailsSchema = z.object({
  undone: z.array(
    z.object({ step: z.string(), target: z.string(), proof: z.record(z.string(), z.unknown()) }),
  ),
  remains: z.array(z.object({ step: z.string(), target: z.string(), why: z.string() })),
});
type Details = z.infer<typeof detailsSchema>;

/**
 * Takes back whatever the incident's plays have begun and nobody has taken back, the newest change first, each as the
 * ledger remembers it. What cannot be taken back is named.
 * @throws FirebreakError before any changing call when the gate refuses, there is nothing to take back, or the live
 *   system is not as a play left it; a step's own failure when it cannot be shown to be taken back.
 */
export async function run(inputs: UndoInputs, deps: ActionDeps): Promise<Outputs> {
  const { context, recompute } = await openForChange(deps, inputs, "undo");
  const { record, aws } = context;
  const memory = scaleDownMemory(record.entries);
  const request: GateRequest = {
    action: "undo",
    change: "undo",
    needs: { redeploy: false, parameter: false },
    captureJob: inputs.captureJob,
    recompute,
    // The steps of other plays look for drift themselves, where the plan is made anew.
    also: [
      {
        name: "drift",
        check: async () =>
          memory
            ? checkDrift(record, await readService(aws, record.target), memory, undoCommand(record))
            : held(""),
      },
      {
        name: "other incidents",
        check: async () => (memory ? checkElsewhere(record, memory) : held("")),
      },
      {
        name: "other incidents about the role",
        check: () => checkRoleElsewhere(record, recordedPlan({ deps, record })?.data.plan),
      },
    ],
  };
  if (inputs.dryRun) {
    await dryRun(deps, record, request);
    return {};
  }
  const before = await finishedByThisRun(deps, record, "undo");
  if (before) return outputs(detailsSchema.parse(before.data.details));
  const pass = await passGate(deps, record, request);
  await pass.recheck();
  const wayOn = `To go on with the way back: ${undoCommand(record)}\nTo contain again: ${containCommand(record)}`;
  const moves = movesOf(undoableSteps(record.facts), pass.plan.steps);
  const moved = await attempt(deps, record, "undo", wayOn, () =>
    runPlay({ ...context, pass }, "undo", moves),
  );
  const details = { undone: moved.map(undone), remains: pass.plan.remains ?? [] };
  await report(context, pass, details, inputs.reason);
  return outputs(details);
}

function undone({ planned: { id: step, target }, proof }: Moved): Details["undone"][number] {
  return { step, target, proof };
}

function outputs({ undone, remains }: Details): Outputs {
  const names = (steps: readonly { step: string }[]) => steps.map(({ step }) => step).join(",");
  return { undone: names(undone), remains: names(remains) };
}

async function report(
  { deps, record }: ChangeContext,
  pass: GatePass,
  details: Details,
  reason: string,
): Promise<void> {
  const { undone, remains } = details;
  const { runId, runAttempt } = deps.context;
  const changed = undone.map(({ step, target }) => `${step} of ${target}`).join("; ");
  const summary = changed === "" ? "it was as before already" : `taken back: ${changed}`;
  await record.append(
    "restored",
    { action: "undo", summary, rootCause: reason, details },
    `restored/${runId}/${runAttempt}`,
  );
  await record.project();
  const markdown = outcomeMarkdown("Undone: what was changed is as it was before", [
    ...undone.map(({ step, target }): [string, string] => ["Taken back", `${step} of ${target}`]),
    ...remains.map(({ step, target, why }): [string, string] => [
      "Cannot be taken back",
      `${step} of ${target}, because: ${why}`,
    ]),
    ["Reason", reason],
    ...approvalRows(pass),
    ["To contain again", containCommand(record)],
  ]);
  await deps.summary(markdown);
}
