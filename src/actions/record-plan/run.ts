import { resolve } from "node:path";
import { breakGlassRequest } from "../../containment/break-glass-request.ts";
import { computePlan } from "../../containment/plan.ts";
import { type Planned, recordPlan } from "../../containment/record-plan.ts";
import { FirebreakError } from "../../errors.ts";
import { requireMayBreakGlass } from "../../gate/break-glass.ts";
import { planSha256 } from "../../incident/plan.ts";
import { IncidentRecord } from "../../incident/record.ts";
import { renderPlan } from "../../incident/render.ts";
import type { ActionDeps, Outputs } from "../../ports.ts";
import { loadRunbook } from "../../runbook/load.ts";
import type { RecordPlanInputs } from "./inputs.ts";

/** Plans a change of an existing incident anew, so that the reviewer of this run sees what this run would change. */
export async function run(inputs: RecordPlanInputs, deps: ActionDeps): Promise<Outputs> {
  const runbook = await loadRunbook(resolve(deps.context.workspace, inputs.runbook));
  const record = await IncidentRecord.open(deps, runbook, inputs.environment, inputs.incident, inputs.mcp);
  const { facts, target, entries } = record;
  const { breakGlass } = inputs;
  if (inputs.dryRun) {
    if (breakGlass) requireMayBreakGlass(record, inputs.change, breakGlass.reason);
    const plan = await computePlan(deps, {
      incident: record.id,
      change: inputs.change,
      facts,
      target,
      runbook,
      entries,
      revoke: inputs.revoke,
    });
    await deps.summary(`## Dry run: this plan is not recorded\n\n${renderPlan(plan, planSha256(plan))}\n`);
    return outputs(record, { plan, sha256: planSha256(plan) }, breakGlass !== undefined);
  }
  const planned = await recordPlan(deps, record, inputs.change, inputs.revoke, breakGlass);
  await record.project();
  const failed = planned ? undefined : record.latest("plan-failed")?.data;
  if (!planned) {
    throw new FirebreakError(
      failed?.reason ?? "plan-failed",
      failed?.message ?? "No plan can be made.",
      failed?.remedy ?? "See the issue.",
    );
  }
  if (breakGlass) {
    const { actor, runId, runAttempt } = deps.context;
    const request = breakGlassRequest(record, breakGlass.reason, actor);
    await record.comment(`break-glass/${runId}/${runAttempt}`, request);
    await deps.summary(request);
  }
  await deps.summary(
    `## ${record.id}: plan to ${inputs.change}\n\n${renderPlan(planned.plan, planned.sha256)}\n`,
  );
  return outputs(record, planned, breakGlass !== undefined);
}

function outputs({ facts, target }: IncidentRecord, { plan, sha256 }: Planned, glass: boolean): Outputs {
  const { breakGlassEnvironment, githubEnvironment } = target;
  return {
    plan: JSON.stringify(plan),
    "plan-sha256": sha256,
    action: plan.action ?? "",
    mcp: facts.mcp,
    "github-environment": (glass ? breakGlassEnvironment : null) ?? githubEnvironment,
  };
}
