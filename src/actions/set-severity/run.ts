import { resolve } from "node:path";
import { badInput, FirebreakError } from "../../errors.ts";
import { codeBlock, codeSpan, escapeMarkdown } from "../../incident/markdown.ts";
import { keepDraft } from "../../incident/notification-draft.ts";
import { personBehind } from "../../incident/person.ts";
import { IncidentRecord } from "../../incident/record.ts";
import {
  announcement,
  changeSeverity,
  makesReviewDue,
  needsApproval,
  requireAllowed,
} from "../../incident/severity.ts";
import { rises, severityChanges } from "../../incident/severity-changes.ts";
import type { ActionDeps, Outputs } from "../../ports.ts";
import { loadRunbook } from "../../runbook/load.ts";
import { requireApproval } from "./approval.ts";
import type { SetSeverityInputs } from "./inputs.ts";
import { requireMayFind } from "./personal-data.ts";

/**
 * Changes an incident's severity, up or down, says that personal data is involved after all, or both. Plans, captures and
 * what is contained stay as they are. Whom to tell and whether a review is due it says; the workflow's next steps do that.
 *
 * Down from Critical needs an approval of this run by somebody else, in the environment of the containment.
 * @throws FirebreakError before anything is written; `severity-overtaken` where another change came in between: the severity
 *   is then as it was, the personal data is recorded, and the outputs are set.
 */
export async function run(inputs: SetSeverityInputs, deps: ActionDeps): Promise<Outputs> {
  const runbook = await loadRunbook(resolve(deps.context.workspace, inputs.runbook));
  const record = await IncidentRecord.open(deps, runbook, inputs.environment, inputs.incident);
  const key = `severity-changed/run-${deps.context.runId}`;
  // What an earlier attempt of this run has written is not asked for again.
  const written = record.chain.some((entry) => entry.key === key);
  const from = record.severity;
  const to = inputs.severity ?? from;
  if (!written) requireAllowed(record, to);
  if (!written && inputs.severity === record.severity && !inputs.personalData)
    throw badInput("severity", `is what it is already: ${to}`, "Give another, or leave it as it is.");
  const awareAt = inputs.personalData ? requireMayFind(deps, record, inputs.awareAt) : undefined;
  const approval = !written && needsApproval(record, to);
  if (inputs.dryRun) {
    const line = `${record.severity} → ${to}${approval ? ", which somebody else has to approve" : ""}`;
    deps.log.info(`dry run  ${record.id}: ${line}`);
    await deps.summary(`### Dry run: nothing is recorded\n\n${record.id}: ${escapeMarkdown(line)}\n`);
    return { ...outputsOf(record, undefined, false), "approval-needed": String(approval) };
  }
  const approvals = approval ? await requireApproval(deps, record, to) : undefined;
  const by = await personBehind(deps);
  if (awareAt) {
    const found = { awareAt: awareAt.toISOString(), reason: inputs.reason, by };
    await record.append("personal-data-found", found, "personal-data-found");
  }
  // Somebody else may have changed it since it was asked whether it may be changed.
  const asked = { from, to, reason: inputs.reason, by, key, ...(approvals ? { approvals } : {}) };
  const stays = to === from && !written;
  const changed = stays ? undefined : await changeSeverity(deps, record, asked);
  if (changed) await record.comment(key, announcement(record, changed, inputs.reason));
  else await record.project();
  await keepDraft(record);
  const outputs = outputsOf(record, changed, awareAt !== undefined);
  if (!stays && !changed) throw overtaken(record, outputs);
  await deps.summary(
    `### ${record.id}: ${escapeMarkdown(runbook.severities[record.severity].name)}${awareAt ? ", personal data is involved" : ""}\n\n${codeBlock(inputs.reason)}\n\nBy ${codeSpan(by.login)}\n`,
  );
  return outputs;
}

function outputsOf(
  record: IncidentRecord,
  changed: Parameters<typeof makesReviewDue>[0] | undefined,
  personalData: boolean,
): Outputs {
  return {
    severity: record.severity,
    "approval-needed": "false",
    escalate: String(personalData || (changed !== undefined && rises(changed))),
    review: String(changed !== undefined && makesReviewDue(changed, record.runbook)),
  };
}

/** @param outputs what the workflow has to do all the same: personal data was found. */
function overtaken(record: IncidentRecord, outputs: Outputs): FirebreakError {
  const last = severityChanges(record.chain).at(-1)?.data.by?.login ?? "the audit trail's verdict";
  return new FirebreakError(
    "severity-overtaken",
    `At the same moment ${last} changed the severity of ${record.id}, which is ${record.severity} now.`,
    "Look at the issue, and dispatch anew if it still has to change.",
    { outputs },
  );
}
