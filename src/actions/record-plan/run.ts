import { resolve } from "node:path";
import { breakGlassRequest } from "../../containment/break-glass-request.ts";
import { computePlan } from "../../containment/plan.ts";
import { type Planned, recordPlan } from "../../containment/record-plan.ts";
import { FirebreakError } from "../../errors.ts";
import { requireMayBreakGlass } from "../../gate/break-glass.ts";
import { viewOf } from "../../incident/mcps.ts";
import { personBehind } from "../../incident/person.ts";
import { planSha256 } from "../../incident/plan.ts";
import { IncidentRecord } from "../../incident/record.ts";
import type { ActionDeps, Outputs } from "../../ports.ts";
import { loadRunbook } from "../../runbook/load.ts";
import { resolveTarget } from "../../runbook/target.ts";
import type { RecordPlanInputs } from "./inputs.ts";
import { join, whoHasToJoin } from "./join.ts";
import { principalToName } from "./principal.ts";
import { planSummary } from "./summary.ts";

/** One mcp's plan, or why there is none. */
export interface OnePlan {
  mcp: string;
  planned: Planned | undefined;
  problem: Pick<FirebreakError, "reason" | "message" | "remedy"> | undefined;
}

/**
 * Plans a change of an existing incident anew, so that the reviewer of this run sees what this run would change; of
 * several mcps each by itself. With `join`, those become part of the incident that it is not about yet.
 *
 * One that cannot be planned does not stop the others: its own gate will refuse.
 * @throws FirebreakError when none can be planned, or before anything is written for an mcp that may not be planned.
 */
export async function run(inputs: RecordPlanInputs, deps: ActionDeps): Promise<Outputs> {
  const runbook = await loadRunbook(resolve(deps.context.workspace, inputs.runbook));
  const open = () => IncidentRecord.open(deps, runbook, inputs.environment, inputs.incident);
  let record = await open();
  const named = principalToName(record, inputs);
  const mcps = inputs.mcps ?? [record.target.mcp];
  const joining = inputs.join ? whoHasToJoin(record, mcps) : [];
  for (const mcp of mcps.filter((one) => !joining.includes(one))) await record.of(mcp);
  if (inputs.dryRun) return preview(inputs, deps, record, mcps);

  if (named !== undefined) {
    await record.append(
      "principal-found",
      { principal: named, by: await personBehind(deps) },
      "principal-found",
    );
    record = await open();
    // Somebody else may have named another one at the same moment.
    principalToName(record, inputs);
  }
  if (inputs.join) await join(record, joining, inputs.join.reason);
  const plans: OnePlan[] = [];
  for (const mcp of mcps) plans.push(await planOne(inputs, deps, await record.of(mcp)));
  await record.project();
  for (const { mcp, problem } of plans)
    if (problem && plans.length > 1) deps.log.error(`${mcp}  [${problem.reason}] ${problem.message}`);
  const [first] = plans.flatMap(({ planned }) => planned ?? []);
  if (!first) {
    const { reason, message, remedy } = plans[0]?.problem ?? noPlan;
    throw new FirebreakError(reason, message, remedy);
  }
  await askForGlass(inputs, deps, await record.of(mcps[0] ?? ""));
  await deps.summary(planSummary(`## ${record.id}: plan to ${inputs.change}`, plans, inputs));
  return outputs(record, mcps, first, inputs.breakGlass !== undefined);
}

const noPlan = { reason: "plan-failed", message: "No plan can be made.", remedy: "See the issue." };

async function planOne(
  { change, revoke, credentialKeyId, breakGlass }: RecordPlanInputs,
  deps: ActionDeps,
  record: IncidentRecord,
): Promise<OnePlan> {
  const planned = await recordPlan(deps, record, change, { revoke, credentialKeyId }, breakGlass);
  const problem = planned ? undefined : (record.latest("plan-failed")?.data ?? noPlan);
  return { mcp: record.target.mcp, planned, problem };
}

/** Shows the plans as they would be now. */
async function preview(
  inputs: RecordPlanInputs,
  deps: ActionDeps,
  record: IncidentRecord,
  mcps: readonly string[],
): Promise<Outputs> {
  const { change, revoke, credentialKeyId, breakGlass } = inputs;
  const { id: incident, runbook, chain } = record;
  const facts = { ...record.facts, principal: principalToName(record, inputs) ?? record.facts.principal };
  if (breakGlass) requireMayBreakGlass(record, change, breakGlass.reason);
  const plans: (OnePlan & { planned: Planned })[] = [];
  for (const mcp of mcps) {
    const target = resolveTarget(runbook, facts.environment, mcp);
    const entries = viewOf(chain, mcp);
    const args = { incident, change, facts, target, runbook, entries, revoke, credentialKeyId };
    const plan = await computePlan(deps, args);
    plans.push({ mcp, planned: { plan, sha256: planSha256(plan) }, problem: undefined });
  }
  await deps.summary(planSummary("## Dry run: this plan is not recorded", plans, inputs));
  const [first] = plans;
  return first ? outputs(record, mcps, first.planned, breakGlass !== undefined) : {};
}

async function askForGlass(
  { breakGlass }: RecordPlanInputs,
  deps: ActionDeps,
  record: IncidentRecord,
): Promise<void> {
  if (!breakGlass) return;
  const { actor, runId, runAttempt } = deps.context;
  const request = breakGlassRequest(record, breakGlass.reason, actor);
  await record.comment(`break-glass/${runId}/${runAttempt}`, request);
  await deps.summary(request);
}

function outputs(
  { target }: IncidentRecord,
  mcps: readonly string[],
  { plan, sha256 }: Planned,
  glass: boolean,
): Outputs {
  const { breakGlassEnvironment, githubEnvironment } = target;
  return {
    plan: JSON.stringify(plan),
    "plan-sha256": sha256,
    action: plan.action ?? "",
    mcp: mcps.join(","),
    mcps: JSON.stringify(mcps),
    "github-environment": (glass ? breakGlassEnvironment : null) ?? githubEnvironment,
  };
}
