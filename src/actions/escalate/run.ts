import { resolve } from "node:path";
import { recipients } from "../../incident/escalation.ts";
import { codeBlock, codeSpan, escapeMarkdown } from "../../incident/markdown.ts";
import { IncidentRecord } from "../../incident/record.ts";
import type { ActionDeps, Outputs } from "../../ports.ts";
import { loadRunbook } from "../../runbook/load.ts";
import type { EscalateInputs } from "./inputs.ts";

/**
 * Works out whom the runbook wants told, puts it in the ledger and at the top of the issue, and writes the message to
 * send. It sends nothing itself: the steps "Report" and "Escalate" stay open until a person has done them.
 */
export async function run(inputs: EscalateInputs, deps: ActionDeps): Promise<Outputs> {
  const runbook = await loadRunbook(resolve(deps.context.workspace, inputs.runbook));
  const record = await IncidentRecord.open(deps, runbook, inputs.environment, inputs.incident);
  const { facts, severity } = record;
  const told = recipients(runbook, severity, facts.environment);
  for (const { who, missing } of told.filter(({ missing }) => missing !== null)) {
    deps.log.warning(`The runbook has no address for ${who}: ${missing} is still to be filled in.`);
  }
  if (!inputs.dryRun) {
    await record.append("escalation-due", { recipients: told }, `escalation-due/${severity}`);
    await record.project();
  }
  const rows = told.map(
    ({ who, address, missing }) =>
      `| ${escapeMarkdown(who)} | ${address ? codeSpan(address) : `missing: ${escapeMarkdown(missing ?? "")}`} |`,
  );
  const message = [
    `${runbook.severities[severity].name}: ${runbook.incident_types[facts.type]?.name ?? facts.type}`,
    `${facts.mcp} in ${facts.environment}, detected ${facts.detectedAt}`,
    facts.summary,
    `${record.id}: ${facts.issueUrl}`,
  ].join("\n");
  await deps.summary(
    [
      `## ${record.id}: tell these people now`,
      "",
      "| Who | Where |",
      "|---|---|",
      ...rows,
      "",
      "The message:",
      "",
      codeBlock(message),
      "",
    ].join("\n"),
  );
  deps.log.info(
    `To be told: ${told.map(({ who, address }) => `${who}${address ? ` <${address}>` : ""}`).join("; ")}`,
  );
  return { recipients: JSON.stringify(told) };
}
