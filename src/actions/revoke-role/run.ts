import { z } from "zod";
import { attempt } from "../../containment/attempt.ts";
import { type ChangeContext, failed } from "../../containment/context.ts";
import { dryRun } from "../../containment/dry-run.ts";
import { movesOf } from "../../containment/engine/plan-play.ts";
import { type Move, type Moved, runPlay } from "../../containment/engine/run-play.ts";
import { finishedByThisRun } from "../../containment/finished.ts";
import { ownRoleChanges, revokedAt } from "../../containment/iam-memory.ts";
import { revocableRole } from "../../containment/iam-principal.ts";
import { openForChange } from "../../containment/open.ts";
import { approvalRows, outcomeMarkdown } from "../../containment/outcome.ts";
import { revocationOf, revokeRole } from "../../containment/revoke-role.ts";
import { STEPS } from "../../containment/steps.ts";
import { stoppedProof } from "../../containment/stop-tasks.ts";
import { type GatePass, passGate } from "../../gate/gate.ts";
import { recordedPlan } from "../../gate/recorded-plan.ts";
import type { GateRequest } from "../../gate/request.ts";
import { containCommand, undoCommand } from "../../incident/commands.ts";
import type { IncidentRecord } from "../../incident/record.ts";
import type { ActionDeps, Outputs } from "../../ports.ts";
import type { RevokeRoleInputs } from "./inputs.ts";

/** What a `contained` entry keeps for a later attempt of the same run. */
const detailsSchema = z.object({
  role: z.string(),
  revokedBefore: z.string(),
  sessionsDenied: z.boolean(),
  trustClosed: z.boolean(),
  stoppedTasks: z.array(z.string()),
});
type Details = z.infer<typeof detailsSchema>;

/**
 * Takes a role from whoever uses it without right: ends its sessions, closes its trust policy, or both, as the recorded
 * plan has it, and stops the service's tasks that run under it.
 * @throws FirebreakError before any changing call when the gate refuses or the role is not to be touched;
 *   `sessions-not-denied`, `trust-not-written` or `tasks-still-running` when it cannot be shown to have worked.
 */
export async function run(inputs: RevokeRoleInputs, deps: ActionDeps): Promise<Outputs> {
  const planOf = (record: IncidentRecord) => recordedPlan({ deps, record })?.data.plan;
  const revoke = (record: IncidentRecord) => revocationOf(planOf(record));
  const { context, recompute } = await openForChange(deps, inputs, "contain", revoke);
  const { record } = context;
  const { facts, target, runbook } = record;
  const role = revocableRole(facts.principal, target, runbook);
  const { runId } = deps.context;
  const request: GateRequest = {
    action: "revoke-role",
    change: "contain",
    needs: {
      // Were tasks to be stopped that the plan does not name, the plan would have drifted.
      redeploy: planOf(record)?.steps.some(({ id }) => id === STEPS.stopTasks) ?? true,
      parameter: false,
      role: role.name,
    },
    captureJob: inputs.captureJob,
    recompute,
    ownRoleChanges: () => ownRoleChanges(record.entries, record.id),
    spares: ({ createdAt }) => {
      const revoked = revokedAt(record.entries, runId);
      return revoked !== undefined && createdAt !== null && createdAt > revoked;
    },
  };
  if (inputs.dryRun) {
    await dryRun(deps, record, request);
    return {};
  }
  const before = finishedByThisRun(deps, record, "revoke-role");
  if (before?.kind === "contained") return outputs(detailsSchema.parse(before.data.details));
  const pass = await passGate(deps, record, request);
  await pass.recheck();
  const steps = revokeRole(facts.principal, revocationOf(pass.plan) ?? "both");
  const moves = movesOf(steps, pass.plan.steps);
  const done = await attempt(
    deps,
    record,
    "revoke-role",
    `The way back: ${undoCommand(record)}`,
    async () => {
      const moved = await runPlay({ ...context, pass }, "revoke-role", moves);
      await requireStays(context, moves);
      return whatWasDone(record, moved);
    },
  );
  await report(context, pass, done);
  return outputs(done);
}

/** Stopping tasks takes minutes, in which whoever holds rights over IAM may take the revocation back. */
async function requireStays({ aws, record }: ChangeContext, moves: readonly Move[]): Promise<void> {
  const view = { aws, target: record.target, entries: record.entries };
  for (const { planned, change } of moves) {
    const position = await change.position(view, planned);
    if (position.at === "to") continue;
    const drift = position.at === "elsewhere" ? position.drift : ["it is as it was before"];
    throw failed(
      "did-not-stay-revoked",
      [`${planned.id} of ${planned.target} was made and proved, and is taken back:`, ...drift].join("\n"),
      `Somebody works against the containment: find out who (CloudTrail), revoke that principal first, then: ${containCommand(record)}`,
    );
  }
}

function whatWasDone({ entries }: IncidentRecord, moved: readonly Moved[]): Details {
  const of = (step: string) => moved.find(({ planned }) => planned.id === step);
  const stop = of(STEPS.stopTasks);
  return {
    role: moved[0]?.planned.target ?? "",
    revokedBefore: revokedAt(entries)?.toISOString() ?? "",
    sessionsDenied: of(STEPS.denySessions) !== undefined,
    trustClosed: of(STEPS.closeTrust) !== undefined,
    stoppedTasks: stop ? stoppedProof.parse(stop.proof).stoppedTasks : [],
  };
}

function outputs({ role, revokedBefore, stoppedTasks }: Details): Outputs {
  return { role, "revoked-before": revokedBefore, "stopped-tasks": String(stoppedTasks.length) };
}

async function report({ deps, record }: ChangeContext, pass: GatePass, details: Details): Promise<void> {
  const { role, revokedBefore, sessionsDenied, trustClosed, stoppedTasks } = details;
  const taken = [
    ...(sessionsDenied ? [`sessions from before ${revokedBefore} denied`] : []),
    ...(trustClosed ? ["trust policy closed"] : []),
    `${stoppedTasks.length} task(s) stopped`,
  ].join("; ");
  const { runId, runAttempt } = deps.context;
  const key = `contained/revoke-role/${runId}/${runAttempt}`;
  const summary = `${role}: ${taken}`;
  await record.append("contained", { action: "revoke-role", summary, details }, key);
  await record.project();
  const manual = pass.plan.manual.map(({ text }): [string, string] => ["Still to do by hand", text]);
  const markdown = outcomeMarkdown("Contained: the role is taken from who used it", [
    ["Role", role],
    ["Sessions", sessionsDenied ? `denied when begun before ${revokedBefore}` : "go on until they expire"],
    ["Trust policy", trustClosed ? "lets nobody in" : "unchanged: new sessions can be begun"],
    ["Stopped tasks", stoppedTasks.join(", ") || "none ran under the role"],
    ...manual,
    ...approvalRows(pass),
    ["Way back", undoCommand(record)],
  ]);
  await record.comment(key, markdown);
  await deps.summary(markdown);
}
