import { resolve } from "node:path";
import { computePlan } from "../../containment/plan.ts";
import { recordPlan } from "../../containment/record-plan.ts";
import { FirebreakError } from "../../errors.ts";
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
  if (inputs.dryRun) {
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
    return {
      plan: JSON.stringify(plan),
      "plan-sha256": planSha256(plan),
      action: plan.action ?? "",
      mcp: facts.mcp,
    };
  }
  const planned = await recordPlan(deps, record, inputs.change, inputs.revoke);
  await record.project();
  const failed = planned ? undefined : record.latest("plan-failed")?.data;
  if (!planned) {
    throw new FirebreakError(
      failed?.reason ?? "plan-failed",
      failed?.message ?? "No plan can be made.",
      failed?.remedy ?? "See the issue.",
    );
  }
  await deps.summary(
    `## ${record.id}: plan to ${inputs.change}\n\n${renderPlan(planned.plan, planned.sha256)}\n`,
  );
  return {
    plan: JSON.stringify(planned.plan),
    "plan-sha256": planned.sha256,
    action: planned.plan.action ?? "",
    mcp: facts.mcp,
  };
}
