import { codeBlock, codeSpan } from "../../incident/markdown.ts";
import { renderPlan } from "../../incident/render.ts";
import type { RecordPlanInputs } from "./inputs.ts";
import type { OnePlan } from "./run.ts";

/** The job summary that the reviewer reads: the plan of each mcp, of a restore the root cause, of an undo the reason. */
export function planSummary(
  headline: string,
  plans: readonly OnePlan[],
  { rootCause, reason }: Pick<RecordPlanInputs, "rootCause" | "reason">,
): string {
  const said = [
    ...(rootCause === undefined ? [] : [`Root cause:\n\n${codeBlock(rootCause)}`]),
    ...(reason === undefined ? [] : [`Reason:\n\n${codeBlock(reason)}`]),
  ];
  return `${[headline, ...overview(plans), ...plans.map((one) => planText(one, plans.length)), ...said].join("\n\n")}\n`;
}

/** Several mcps are approved by one review: what it is about, in one table. */
function overview(plans: readonly OnePlan[]): string[] {
  if (plans.length < 2) return [];
  const rows = plans.map(({ mcp, planned, problem }) => {
    const steps = planned?.plan.steps.map(({ id }) => codeSpan(id)).join(", ") || "nothing to change";
    const what = planned ? steps : `**no plan**: ${codeSpan(problem?.reason ?? "")}`;
    return `| ${codeSpan(mcp)} | ${what} | ${planned ? codeSpan(planned.sha256) : "–"} |`;
  });
  const table = ["| mcp | What would be changed | Plan SHA-256 |", "|---|---|---|", ...rows].join("\n");
  return [`**${plans.length} mcps.** One review approves all of them; each has a gate of its own.`, table];
}

function planText({ mcp, planned, problem }: OnePlan, of: number): string {
  const text = planned
    ? renderPlan(planned.plan, planned.sha256)
    : `**There is no plan**, and its gate will refuse:\n\n${codeBlock(`${problem?.message ?? ""}\nTo mend it: ${problem?.remedy ?? ""}`)}`;
  return of === 1 ? text : `### ${codeSpan(mcp)}\n\n${text}`;
}
