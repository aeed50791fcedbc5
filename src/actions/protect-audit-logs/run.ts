import { z } from "zod";
import { attempt } from "../../containment/attempt.ts";
import type { ChangeContext } from "../../containment/context.ts";
import { dryRun } from "../../containment/dry-run.ts";
import { movesOf } from "../../containment/engine/plan-play.ts";
import { type Moved, runPlay } from "../../containment/engine/run-play.ts";
import { finishedByThisRun } from "../../containment/finished.ts";
import { roleNameOf } from "../../containment/iam-role.ts";
import { openForChange } from "../../containment/open.ts";
import { approvalRows, outcomeMarkdown } from "../../containment/outcome.ts";
import {
  leavesUnprotected,
  ownPolicyChange,
  plannedRole,
  protectAuditLogs,
} from "../../containment/protect-audit-logs.ts";
import { revocationOf } from "../../containment/revoke-role.ts";
import { requireStays } from "../../containment/stays.ts";
import { STEPS } from "../../containment/steps.ts";
import { ownTaking, takenRows, takenSchema, takenSummary, whatWasTaken } from "../../containment/taken.ts";
import { type GatePass, passGate } from "../../gate/gate.ts";
import { recordedPlan } from "../../gate/recorded-plan.ts";
import type { GateRequest } from "../../gate/request.ts";
import { undoCommand } from "../../incident/commands.ts";
import type { IncidentRecord } from "../../incident/record.ts";
import type { ActionDeps, Outputs } from "../../ports.ts";
import type { ProtectAuditLogsInputs } from "./inputs.ts";

/** What a `contained` entry keeps for a later attempt of the same run. */
const detailsSchema = z.object({
  /** Null when no role was taken. */
  taken: takenSchema.nullable(),
  /** Null when the bucket's policy was as expected already. */
  policy: z.object({ bucket: z.string(), sha256: z.string() }).nullable(),
});
type Details = z.infer<typeof detailsSchema>;

const policyProof = z.object({ sha256: z.string() });

/**
 * Contains a tampering of the audit trail as the recorded plan has it: takes the role from whoever changed something,
 * puts the expected policy on the audit bucket, and stops the service's tasks that run under that role.
 * @throws FirebreakError before any changing call when the gate refuses; `policy-not-restored`, or a revocation's own
 *   failure, when it cannot be shown to have worked; `did-not-stay-revoked` when somebody took it back meanwhile.
 */
export async function run(inputs: ProtectAuditLogsInputs, deps: ActionDeps): Promise<Outputs> {
  const planOf = (record: IncidentRecord) => recordedPlan({ deps, record })?.data.plan;
  const { context, recompute } = await openForChange(deps, inputs, "contain", (record) =>
    revocationOf(planOf(record)),
  );
  const { record } = context;
  const request = requestFor(deps, record, inputs.captureJob, recompute);
  if (inputs.dryRun) {
    await dryRun(deps, record, request);
    return {};
  }
  const before = await finishedByThisRun(deps, record, "protect-audit-logs");
  if (before?.kind === "contained") return outputs(detailsSchema.parse(before.data.details));
  const pass = await passGate(deps, record, request);
  await pass.recheck();
  const steps = protectAuditLogs(plannedRole(pass.plan), revocationOf(pass.plan) ?? "both");
  const moves = movesOf(steps, pass.plan.steps);
  const wayBack = `The way back, as far as there is one: ${undoCommand(record)}`;
  const done = await attempt(deps, record, "protect-audit-logs", wayBack, async () => {
    const moved = await runPlay({ ...context, pass }, "protect-audit-logs", moves);
    await requireStays(context, moves);
    return whatWasDone(record, moved);
  });
  await report(context, pass, done);
  return outputs(done);
}

function requestFor(
  deps: ActionDeps,
  record: IncidentRecord,
  captureJob: string,
  recompute: GateRequest["recompute"],
): GateRequest {
  const plan = recordedPlan({ deps, record })?.data.plan;
  const has = (step: string) => plan?.steps.some(({ id }) => id === step) ?? true;
  const role = plannedRole(plan);
  return {
    action: "protect-audit-logs",
    change: "contain",
    needs: {
      redeploy: has(STEPS.stopTasks),
      parameter: false,
      bucketPolicy: has(STEPS.restoreBucketPolicy),
      ...(role === null ? {} : { role: roleNameOf(role) }),
    },
    captureJob,
    recompute,
    ...ownTaking(record, deps.context.runId),
    ownPolicyChange: () => ownPolicyChange(record.entries),
  };
}

function whatWasDone(record: IncidentRecord, moved: readonly Moved[]): Details {
  const restored = moved.find(({ planned }) => planned.id === STEPS.restoreBucketPolicy);
  const bucket = record.target.auditBucket;
  return {
    taken: whatWasTaken(record, moved),
    policy: restored ? { bucket, ...policyProof.parse(restored.proof) } : null,
  };
}

function outputs({ taken, policy }: Details): Outputs {
  return {
    role: taken?.role ?? "",
    "revoked-before": taken?.revokedBefore ?? "",
    "stopped-tasks": String(taken?.stoppedTasks.length ?? 0),
    "policy-sha256": policy?.sha256 ?? "",
  };
}

async function report({ deps, record }: ChangeContext, pass: GatePass, details: Details): Promise<void> {
  const { taken, policy } = details;
  const { runId, runAttempt } = deps.context;
  const key = `contained/protect-audit-logs/${runId}/${runAttempt}`;
  const whole = !leavesUnprotected(pass.plan);
  const summary = [
    ...(policy ? [`expected policy on ${policy.bucket}`] : []),
    ...(taken ? [takenSummary(taken)] : []),
    ...(whole ? [] : ["what else was changed is still to be mended by hand"]),
  ].join("; ");
  await record.append("contained", { action: "protect-audit-logs", summary, details }, key);
  await record.project();
  const manual = pass.plan.manual.map(({ text }): [string, string] => ["Still to do by hand", text]);
  const title = whole
    ? "Contained: the audit records are protected again"
    : "Contained, and the audit records are not protected yet: what else was changed is to be mended by hand";
  const markdown = outcomeMarkdown(title, [
    [
      "Bucket policy",
      policy ? `${policy.bucket}: as expected again, SHA-256 ${policy.sha256}` : "was as expected",
    ],
    ...(taken ? takenRows(taken) : []),
    ...manual,
    ...approvalRows(pass),
    [
      "Way back",
      taken ? `${undoCommand(record)} (the role; the former bucket policy is not put back)` : "none",
    ],
  ]);
  await record.comment(key, markdown);
  await deps.summary(markdown);
}
