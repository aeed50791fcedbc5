import { attempt } from "../../containment/attempt.ts";
import type { ChangeContext } from "../../containment/context.ts";
import { dryRun } from "../../containment/dry-run.ts";
import { movesOf } from "../../containment/engine/plan-play.ts";
import { runPlay } from "../../containment/engine/run-play.ts";
import { finishedByThisRun } from "../../containment/finished.ts";
import { revocableRole } from "../../containment/iam-principal.ts";
import { openForChange } from "../../containment/open.ts";
import { approvalRows, outcomeMarkdown } from "../../containment/outcome.ts";
import { revocationOf, revokeRole } from "../../containment/revoke-role.ts";
import { requireStays } from "../../containment/stays.ts";
import { STEPS } from "../../containment/steps.ts";
import {
  ownTaking,
  type Taken,
  takenRows,
  takenSchema,
  takenSummary,
  whatWasTaken,
} from "../../containment/taken.ts";
import { type GatePass, passGate } from "../../gate/gate.ts";
import { recordedPlan } from "../../gate/recorded-plan.ts";
import type { GateRequest } from "../../gate/request.ts";
import { undoCommand } from "../../incident/commands.ts";
import type { IncidentRecord } from "../../incident/record.ts";
import type { ActionDeps, Outputs } from "../../ports.ts";
import type { RevokeRoleInputs } from "./inputs.ts";

/**
 * Takes a role from whoever uses it without right: ends its sessions, closes its trust policy, or both, as the recorded
 * plan has it, and stops the service's tasks that run under it.
 * @throws FirebreakError before any changing call when the gate refuses or the role is not to be touched;
 *   `sessions-not-denied`, `trust-not-written` or `tasks-still-running` when it cannot be shown to have worked.
 */
export async function run(inputs: RevokeRoleInputs, deps: ActionDeps): Promise<Outputs> {
  const planOf = (record: IncidentRecord) => recordedPlan({ deps, record })?.data.plan;
  const revoke = (record: IncidentRecord) => revocationOf(planOf(record));
  const { context, recompute } = await openForChange(deps, inputs, "contain", revoke);
  const { record } = context;
  const { facts, target, runbook } = record;
  const role = revocableRole(facts.principal, target, runbook);
  const request: GateRequest = {
    action: "revoke-role",
    change: "contain",
    needs: {
      // Were tasks to be stopped that the plan does not name, the plan would have drifted.
      redeploy: planOf(record)?.steps.some(({ id }) => id === STEPS.stopTasks) ?? true,
      parameter: false,
      role: role.name,
    },
    captureJob: inputs.captureJob,
    recompute,
    ...ownTaking(record, deps.context.runId),
  };
  if (inputs.dryRun) {
    await dryRun(deps, record, request);
    return {};
  }
  const before = await finishedByThisRun(deps, record, "revoke-role");
  if (before?.kind === "contained") return outputs(takenSchema.parse(before.data.details));
  const pass = await passGate(deps, record, request);
  await pass.recheck();
  const steps = revokeRole(facts.principal, revocationOf(pass.plan) ?? "both");
  const moves = movesOf(steps, pass.plan.steps);
  const done = await attempt(
    deps,
    record,
    "revoke-role",
    `The way back: ${undoCommand(record)}`,
    async () => {
      const moved = await runPlay({ ...context, pass }, "revoke-role", moves);
      await requireStays(context, moves);
      const taken = whatWasTaken(record, moved);
      if (!taken) throw new Error("the plan takes nothing from the role");
      return taken;
    },
  );
  await report(context, pass, done);
  return outputs(done);
}

function outputs({ role, revokedBefore, stoppedTasks }: Taken): Outputs {
  return { role, "revoked-before": revokedBefore, "stopped-tasks": String(stoppedTasks.length) };
}

async function report({ deps, record }: ChangeContext, pass: GatePass, details: Taken): Promise<void> {
  const { runId, runAttempt } = deps.context;
  const key = `contained/revoke-role/${runId}/${runAttempt}`;
  await record.append("contained", { action: "revoke-role", summary: takenSummary(details), details }, key);
  await record.project();
  const manual = pass.plan.manual.map(({ text }): [string, string] => ["Still to do by hand", text]);
  const markdown = outcomeMarkdown("Contained: the role is taken from who used it", [
    ...takenRows(details),
    ...manual,
    ...approvalRows(pass),
    ["Way back", undoCommand(record)],
  ]);
  await record.comment(key, markdown);
  await deps.summary(markdown);
}
