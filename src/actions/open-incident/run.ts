import { resolve } from "node:path";
import { previewPlan, recordPlan } from "../../containment/record-plan.ts";
import { describeError, FirebreakError } from "../../errors.ts";
import type { IncidentFacts } from "../../incident/entries.ts";
import { createIssueOnce, ensureLabels, readIssue, updateIssue } from "../../incident/issue.ts";
import { labelsOf } from "../../incident/labels.ts";
import { codeSpan, plainTitle } from "../../incident/markdown.ts";
import { keepDraft } from "../../incident/notification-draft.ts";
import { personBehind } from "../../incident/person.ts";
import type { Plan } from "../../incident/plan.ts";
import { IncidentRecord } from "../../incident/record.ts";
import { renderPlan, renderUnrecorded, runMarker } from "../../incident/render.ts";
import { STATUSES } from "../../incident/status.ts";
import { claimBySignal, readBySignal, recordBySignal } from "../../intake/by-signal.ts";
import type { ActionDeps, Outputs } from "../../ports.ts";
import { loadRunbook } from "../../runbook/load.ts";
import { automaticOf, isAboutUser } from "../../runbook/play.ts";
import type { Runbook } from "../../runbook/schema.ts";
import { atLeast } from "../../runbook/severities.ts";
import { resolveTarget } from "../../runbook/target.ts";
import { userPrincipal } from "../../runbook/user-principal.ts";
import { checkFacts } from "./facts.ts";
import type { OpenIncidentInputs } from "./inputs.ts";

/**
 * Declares an incident: the issue, the first entry of its ledger, and the plan that a person will approve.
 *
 * Run again by the same workflow run it goes on with the issue it opened. A plan that cannot be made (the service is
 * not there, ECS does not answer) does not keep the incident from being declared: it is recorded, and containment refuses.
 */
export async function run(given: OpenIncidentInputs, deps: ActionDeps): Promise<Outputs> {
  const runbook = await loadRunbook(resolve(deps.context.workspace, given.runbook));
  const bySignal =
    given.signal === undefined
      ? undefined
      : await readBySignal(deps, runbook, { ...given, signal: given.signal });
  const inputs: OpenIncidentInputs = {
    ...given,
    description: given.description || (bySignal?.signal.description ?? ""),
    detectedAt: given.detectedAt ?? (bySignal && new Date(bySignal.signal.seenAt)),
    principal: given.principal ?? bySignal?.principal,
  };
  const checked = checkFacts(inputs, runbook, deps.context, deps.clock.now());
  const target = resolveTarget(runbook, inputs.environment, inputs.mcp);
  const review = atLeast(inputs.severity, runbook.review.from);
  const escalate = runbook.escalation.notify.some(
    ({ from }) => from !== "low" && atLeast(inputs.severity, from),
  );
  const common = {
    escalate: String(escalate),
    review: String(review),
    action: automaticOf(inputs.type, runbook)[0]?.action ?? "",
    "window-hours": String(hoursOf(checked.window)),
  };
  const userIn = (plan: Plan | undefined) =>
    isAboutUser(inputs.type, runbook) ? userByName(inputs.principal, plan, deps.log) : "";
  const choices = { revoke: inputs.revoke, credentialKeyId: inputs.credentialKeyId };
  if (inputs.dryRun) {
    const { plan, sha256 } = await previewPlan(deps, runbook, { ...checked, ...nobody }, target, choices);
    deps.log.info(`Dry run: no incident is opened. The plan would be ${JSON.stringify(plan)}`);
    await deps.summary(`## Dry run: no incident is opened\n\n${renderPlan(plan, sha256)}\n`);
    const action = plan.action ?? "";
    return {
      ...common,
      user: userIn(plan),
      action,
      incident: "",
      "issue-url": "",
      plan: JSON.stringify(plan),
      "plan-sha256": sha256,
    };
  }

  const declaring = bySignal ? await claimBySignal(deps, bySignal) : deps.context.runId;
  if (declaring !== deps.context.runId) return declaredElsewhere(deps, declaring);
  const { owner, repo } = deps.context;
  const { data: workflowRun } = await deps.github.rest.actions.getWorkflowRun({
    owner,
    repo,
    run_id: deps.context.runId,
  });
  const labels = labelsOf(checked, "open");
  await ensureLabels(deps, [...labels, ...STATUSES.flatMap((status) => labelsOf(checked, status).slice(-1))]);
  const issue = await createIssueOnce(deps, {
    marker: runMarker(deps.context.runId),
    title: `[${runbook.severities[inputs.severity].name}] ${plainTitle(inputs.summary, 200)}`,
    body: `${runMarker(deps.context.runId)}\nThis incident is being declared; its ledger is about to begin.`,
    labels: labels.map(({ name }) => name),
    label: "incident",
    since: new Date(workflowRun.created_at),
  });
  deps.log.info(`Incident INC-${issue.number}: ${issue.url}`);

  const facts: IncidentFacts = { ...checked, declaredBy: await personBehind(deps), issueUrl: issue.url };
  const record = await startRecord(deps, runbook, issue.number, facts);
  if (bySignal) await recordBySignal(deps, record, bySignal);
  const planned = await recordPlan(deps, record, "contain", choices);
  await record.project();
  await keepDraft(record);

  const headline = `## ${record.id} declared: ${codeSpan(facts.summary)}\n\n[Issue #${issue.number}](${issue.url})`;
  await deps.summary(
    `${headline}\n\n${planned ? renderPlan(planned.plan, planned.sha256) : "**There is no plan**: see the issue."}\n`,
  );
  return {
    ...common,
    // A play may have nothing to change yet; one that could not be planned is for its gate to refuse.
    ...(planned ? { action: planned.plan.action ?? "" } : {}),
    user: userIn(planned?.plan),
    incident: String(issue.number),
    "issue-url": issue.url,
    plan: planned ? JSON.stringify(planned.plan) : "",
    "plan-sha256": planned?.sha256 ?? "",
  };
}

/** Two runs were started for one signal; the other one came first. */
async function declaredElsewhere(deps: ActionDeps, runId: number): Promise<Outputs> {
  const { serverUrl, owner, repo } = deps.context;
  const run = `${serverUrl}/${owner}/${repo}/actions/runs/${runId}`;
  deps.log.info(`The run ${runId} declares by this signal, so this one ends here: ${run}`);
  await deps.summary(`## Nothing to declare\n\n[Another run](${run}) declares by the same signal.\n`);
  return { incident: "", action: "", escalate: "false", review: "false", user: "" };
}

/**
 * Audit records have names, and asked for an object id they would say "none": the name of the plan where it has one, and
 * nothing where nobody has resolved the id.
 */
function userByName(principal: string | undefined, plan: Plan | undefined, log: ActionDeps["log"]): string {
  const planned = plan?.action === "block-user" ? plan.steps[0]?.from.userPrincipalName : undefined;
  if (typeof planned === "string") return planned;
  if (principal === undefined || userPrincipal(principal)?.by !== "id") return principal ?? "";
  log.warning(
    "What this user did is not asked: audit records have names, and nothing here resolves an object id. To ask: gh workflow run query-audit-logs.yml -f question=user -f value=<user principal name>",
  );
  return "";
}

/** Until the capture ends some minutes pass: one hour more. */
function hoursOf({ from, to }: IncidentFacts["window"]): number {
  return Math.min(Math.ceil((Date.parse(to) - Date.parse(from)) / 3_600_000) + 1, 2160);
}

const nobody = { declaredBy: { login: "dry-run", name: "dry-run" }, issueUrl: "" };

/**
 * Starts the ledger. When the vault cannot be written, the issue says so and names who has to be told: the people are
 * there even when the vault is not.
 */
async function startRecord(
  deps: ActionDeps,
  runbook: Runbook,
  number: number,
  facts: IncidentFacts,
): Promise<IncidentRecord> {
  try {
    return await IncidentRecord.start(deps, runbook, number, facts);
  } catch (cause) {
    const remedy = `Mend the cause, then: gh run rerun ${deps.context.runId} --failed`;
    const unrecorded = renderUnrecorded(facts, runbook, describeError(cause), remedy);
    await updateIssue(deps, number, await readIssue(deps, number), unrecorded);
    const message = `The ledger of INC-${number} could not be started: ${(cause as Error).message}`;
    throw new FirebreakError("ledger-not-started", message, remedy, { cause });
  }
}
