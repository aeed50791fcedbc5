import { FirebreakError } from "../../errors.ts";
import { type Approval, checkApprovalsOf } from "../../gate/approvals.ts";
import { environmentProtection } from "../../gate/environment-protection.ts";
import { readWorkflowRun } from "../../gate/workflow-run.ts";
import { setSeverityCommand } from "../../incident/commands.ts";
import type { IncidentRecord } from "../../incident/record.ts";
import type { ActionDeps } from "../../ports.ts";
import type { SeverityId } from "../../runbook/schema.ts";

/**
 * Somebody else approved this run, in an environment that really has required reviewers: asked of GitHub, whatever the
 * workflow's jobs say.
 * @throws FirebreakError in the words of the gate: `not-approved`, `self-approval`, `rejected`, `unprotected-environment`, …
 */
export async function requireApproval(
  deps: ActionDeps,
  record: IncidentRecord,
  to: SeverityId,
): Promise<Approval[]> {
  const environment = record.target.githubEnvironment;
  const protection = await environmentProtection(deps, environment);
  if (protection !== "protected")
    throw new FirebreakError(
      protection === "unknown" ? "environment-unknown" : `${protection}-environment`,
      `To lower the severity of ${record.id} from Critical somebody else has to approve, and the GitHub environment '${environment}' is ${protection === "unknown" ? "not readable" : protection === "missing" ? "not there" : "without required reviewers"}.`,
      `In the repository's settings, under Environments, give '${environment}' required reviewers, then dispatch anew.`,
    );
  const again = setSeverityCommand(record, record.runbook.severities[to].name);
  const asked = { environment, again, run: await readWorkflowRun(deps) };
  const { refusals, approvals } = await checkApprovalsOf(deps, asked);
  const [refusal] = refusals;
  if (refusal) throw new FirebreakError(refusal.reason, refusal.message, refusal.remedy);
  return approvals;
}
