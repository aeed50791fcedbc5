import { resolve } from "node:path";
import { type AuditTrailReport, checkAuditTrail } from "../../evidence/audit-trail/check.ts";
import { expectedPolicy } from "../../evidence/audit-trail/expected-policy.ts";
import { reportMarkdown } from "../../evidence/audit-trail/words.ts";
import { containCommand } from "../../incident/commands.ts";
import { codeSpan } from "../../incident/markdown.ts";
import { IncidentRecord } from "../../incident/record.ts";
import { raiseSeverity } from "../../incident/severity.ts";
import type { ActionDeps, Outputs } from "../../ports.ts";
import { loadRunbook } from "../../runbook/load.ts";
import { automaticOf } from "../../runbook/play.ts";
import { atLeast } from "../../runbook/severities.ts";
import type { VerifyAuditTrailInputs } from "./inputs.ts";

const FINDINGS_IN_LEDGER = 200;
const FINDINGS_IN_COMMENT = 40;
const FINDINGS_IN_SUMMARY = 300;
const LONGEST_WHY = 1000;
const LONGEST_REASON = 600;

/**
 * Checks whether the audit trail was tampered with, and writes the answer into ledger, issue and job summary. Changes
 * nothing else. A changed bucket policy raises the incident to Critical, as the runbook has it.
 *
 * Tampering is what it is there to find, so it does not fail for it: the verdict is an output.
 * @throws FirebreakError `expected-policy-unreadable`.
 */
export async function run(inputs: VerifyAuditTrailInputs, deps: ActionDeps): Promise<Outputs> {
  const { log, context } = deps;
  const runbook = await loadRunbook(resolve(context.workspace, inputs.runbook));
  const record = await IncidentRecord.open(deps, runbook, inputs.environment, inputs.incident);
  const policy = await expectedPolicy(context.workspace, runbook, record.target);
  const report = await checkAuditTrail(deps, record, policy);
  tell(deps, report);
  const bucket = record.target.auditBucket;
  await deps.summary(
    `## Audit trail of ${record.id}\n\n${reportMarkdown(bucket, report, FINDINGS_IN_SUMMARY)}\n`,
  );
  if (inputs.dryRun) {
    log.info("Dry run: nothing is written to the ledger or the issue.");
    return outputsOf(record, report, "");
  }

  const key = `audit-trail-verified/${context.runId}/${context.runAttempt}`;
  await record.append("audit-trail-verified", entryOf(report), key);
  let escalate = "";
  if (report.policyChanged) {
    const raised = await raiseSeverity(deps, record, "critical", reasonOf(report));
    escalate = JSON.stringify(raised.recipients);
  }
  await record.project();
  const markdown = reportMarkdown(bucket, report, FINDINGS_IN_COMMENT);
  await record.comment(key, `${markdown}${wayOn(record, report)}`);
  return outputsOf(record, report, escalate);
}

/** How to contain by this verdict, where the play goes by it. */
function wayOn(record: IncidentRecord, { verdict }: AuditTrailReport): string {
  const play = automaticOf(record.facts.type, record.runbook);
  if (verdict !== "tampered" || !play.some(({ action }) => action === "protect-audit-logs")) return "";
  return `\n\nWhat follows from this verdict \`incident.yml\` plans by itself. Otherwise: ${codeSpan(containCommand(record), 400)}`;
}

/** Why the severity is raised: who changed the policy, where CloudTrail knows it; else what is wrong with it. */
function reasonOf({ findings }: AuditTrailReport): string {
  const changes = findings.filter(({ policy }) => policy);
  const change = changes.find(({ what }) => /^(Put|Delete)BucketPolicy /.test(what)) ?? changes[0];
  return `The audit bucket's policy was changed. ${change?.what}: ${change?.why}`.slice(0, LONGEST_REASON);
}

function tell({ log }: ActionDeps, { verdict, findings }: AuditTrailReport): void {
  const say = { tampered: log.error, unclear: log.warning, attempt: log.warning, note: log.info };
  for (const { weight, what, why } of findings.slice(0, FINDINGS_IN_SUMMARY))
    say[weight].call(log, `${weight}: ${what}: ${why}`);
  const left = findings.length - FINDINGS_IN_SUMMARY;
  if (left > 0) log.warning(`and ${left} more findings`);
  log.info(`Audit trail: ${verdict}`);
}

function entryOf({ verdict, policyChanged, findings, changedBy, capture, window }: AuditTrailReport) {
  const listed = findings.slice(0, FINDINGS_IN_LEDGER);
  return {
    verdict,
    policyChanged,
    findings: listed.map(({ weight, what, why }) => ({ weight, what, why: why.slice(0, LONGEST_WHY) })),
    changedBy,
    more: findings.length - listed.length,
    capture,
    window: { from: window.from.toISOString(), to: window.to.toISOString() },
  };
}

function outputsOf(record: IncidentRecord, report: AuditTrailReport, escalate: string): Outputs {
  return {
    verdict: report.verdict,
    "policy-changed": String(report.policyChanged),
    findings: String(report.findings.filter(({ weight }) => weight !== "note").length),
    severity: record.severity,
    escalate,
    review: String(atLeast(record.severity, record.runbook.review.from)),
  };
}
