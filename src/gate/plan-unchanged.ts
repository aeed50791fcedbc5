import type { LedgerEntry } from "../incident/entries.ts";
import { nothingToContain } from "../incident/nothing-to-contain.ts";
import { type Plan, planSha256 } from "../incident/plan.ts";
import { canonicalJson } from "../vault/digest.ts";
import { dispatchAgain } from "./break-glass.ts";
import { recordedPlan } from "./recorded-plan.ts";
import { type CheckContext, type Finding, held, refusal, refused } from "./request.ts";

/** The plan that was approved is the plan that would be made now, it is a plan for this action, and nobody has called it off. */
export async function checkPlan(context: CheckContext): Promise<Finding> {
  const { record, request } = context;
  const again = dispatchAgain(context);
  const planned = recordedPlan(context);
  if (!planned) {
    const failed = record.all("plan-failed").at(-1)?.data;
    const why = failed?.runId === context.deps.context.runId ? ` Planning failed: ${failed.message}` : "";
    const remedy = why === "" ? `Dispatch a workflow that plans first: ${again}` : (failed?.remedy ?? again);
    return refused(refusal("no-plan", `This workflow run has recorded no plan in the ledger.${why}`, remedy));
  }
  const { plan, sha256 } = planned.data;
  if (planSha256(plan) !== sha256) {
    const message = `The plan in ledger entry ${planned.sequence} does not have the SHA-256 that stands beside it.`;
    return refused(refusal("plan-drifted", message, `Plan anew and have it approved: ${again}`));
  }
  if (plan.change !== request.change || plan.action !== request.action) {
    const message = `The plan of this run is to ${plan.change} by ${plan.action ?? "manual steps only"}; this step is ${request.action}.`;
    return refused(refusal("plan-mismatch", message, `Dispatch the workflow that fits: ${again}`));
  }
  const since = containedSince(context, planned);
  if (since) {
    const message = `${record.name} was contained at ${since.at} by run ${since.by.runId}, after this way back was planned: it would take that back, too.`;
    return refused(refusal("contained-since", message, `Plan anew and have it approved: ${again}`));
  }
  const spared = request.change === "contain" ? nothingToContain(record.chain) : undefined;
  if (spared) {
    const message = `${spared.data.confirmedBy.login} said at ${spared.at}, after this was planned, that nothing of ${record.id} has to be contained.`;
    return refused(
      refusal("nothing-to-contain", message, `If it has to be all the same, plan it anew: ${again}`),
    );
  }
  const now = await request.recompute();
  if (planSha256(now) === sha256)
    return held(`plan ${sha256.slice(0, 12)} is unchanged since it was recorded`);
  const message = [
    "The live system is not what the plan was approved for:",
    ...planDifferences(plan, now),
  ].join("\n");
  return refused(refusal("plan-drifted", message, `Plan anew and have it approved: ${again}`));
}

/** A way back may look the same after the incident was contained once more; whoever approved it did not know of that. */
function containedSince(
  { deps, record }: CheckContext,
  { sequence, data }: LedgerEntry<"planned">,
): LedgerEntry<"contained"> | undefined {
  if (data.plan.change === "contain") return undefined;
  const newest = record.latest("contained");
  return newest && newest.sequence > sequence && newest.by.runId !== deps.context.runId ? newest : undefined;
}

/** What differs between two plans, one line each: step, field, what it was and what it is. */
export function planDifferences(was: Plan, is: Plan): string[] {
  const differences: string[] = [];
  for (const field of [
    "incident",
    "change",
    "type",
    "environment",
    "mcp",
    "action",
    "manual",
    "note",
    "remains",
  ] as const) {
    differences.push(...difference("plan", field, was[field], is[field]));
  }
  const ids = new Set([...was.steps, ...is.steps].map(({ id }) => id));
  for (const id of ids) {
    const [before, after] = [was, is].map(({ steps }) => steps.find((step) => step.id === id));
    if (!before) differences.push(`- ${id}: was not a step of the plan, and is one now`);
    else if (!after) differences.push(`- ${id}: was a step of the plan, and is none now`);
    else {
      for (const field of ["from", "to"] as const) {
        const names = new Set([...Object.keys(before[field]), ...Object.keys(after[field])]);
        for (const name of names) {
          differences.push(...difference(id, `${field}.${name}`, before[field][name], after[field][name]));
        }
      }
      for (const field of ["target", "text", "effect", "undo"] as const) {
        differences.push(...difference(id, field, before[field], after[field]));
      }
    }
  }
  return differences;
}

function difference(step: string, field: string, was: unknown, is: unknown): string[] {
  const [before, after] = [was, is].map((value) => (value === undefined ? "nothing" : canonicalJson(value)));
  return before === after ? [] : [`- ${step}: ${field} was ${before}, is ${after}`];
}
