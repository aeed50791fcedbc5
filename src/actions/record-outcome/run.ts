import { resolve } from "node:path";
import { unrecordedOutcome } from "../../containment/unrecorded-outcome.ts";
import { codeBlock } from "../../incident/markdown.ts";
import { IncidentRecord } from "../../incident/record.ts";
import type { ActionDeps, Outputs } from "../../ports.ts";
import { loadRunbook } from "../../runbook/load.ts";
import type { RecordOutcomeInputs } from "./inputs.ts";

/**
 * Notes the end of a change that could not note it itself: the reviewer rejected it, so its job never started, or
 * its runner died. Does nothing when the ledger has the outcome already.
 */
export async function run(inputs: RecordOutcomeInputs, deps: ActionDeps): Promise<Outputs> {
  const runbook = await loadRunbook(resolve(deps.context.workspace, inputs.runbook));
  const record = await IncidentRecord.open(deps, runbook, inputs.environment, inputs.incident, inputs.mcp);
  const outcome = await unrecordedOutcome(deps, record, inputs.result);
  if (!outcome) {
    deps.log.info("The ledger has the outcome already.");
    return { reason: "" };
  }
  const { action, reason, message, remedy } = outcome;
  const text = `${message}\nTo mend it: ${remedy}`;
  deps.log.warning(`[${reason}] ${text}`);
  if (inputs.dryRun) return { reason };

  const { runId, runAttempt } = deps.context;
  const key = `not-contained/${action}/${runId}/${runAttempt}/unrecorded`;
  await record.append("not-contained", outcome, key);
  await record.project();
  const markdown = `### Not done: ${action} for ${record.name}\n\n**${reason}**\n\n${codeBlock(text)}\n`;
  await record.comment(key, markdown);
  await deps.summary(markdown);
  return { reason };
}
