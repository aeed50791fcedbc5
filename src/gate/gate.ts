import type { SealedCapture } from "../evidence/manifest.ts";
import type { Refusal } from "../incident/entries.ts";
import type { Plan } from "../incident/plan.ts";
import type { IncidentRecord } from "../incident/record.ts";
import type { ActionDeps } from "../ports.ts";
import { type Approval, checkApprovals } from "./approvals.ts";
import { breakGlassOf, checkBreakGlass, partition } from "./break-glass.ts";
import { captureServes } from "./capture-serves.ts";
import { checkEnvironment } from "./environment-protection.ts";
import { checkEvidence, checkEvidenceNow, readLive } from "./evidence.ts";
import { recordGlassBroken } from "./glass-broken.ts";
import { checkPlan } from "./plan-unchanged.ts";
import { recordedPlan } from "./recorded-plan.ts";
import { ledgerNotWritten, refuse } from "./refuse.ts";
import { type CheckContext, type Finding, type GateRequest, refusalOf, refused } from "./request.ts";
import { readWorkflowRun } from "./workflow-run.ts";

/** What the gate saw when everything held. */
export interface GatePass {
  /** Null where the glass was broken: no capture covers what the change requires. */
  capture: SealedCapture | null;
  /** What was approved. */
  plan: Plan;
  planSha256: string;
  approvals: Approval[];
  /**
   * Looks at everything once more: environment, approval, plan, evidence, and what the action requires itself.
   * To be called right before the first changing call. @throws FirebreakError after recording the refusal.
   */
  recheck: () => Promise<void>;
  /**
   * Why tasks that run by now may not be ended: what is not covered by any sealed capture. To be called right before
   * tasks end, where other changes came in between. Records no refusal: it is no longer true that nothing was changed.
   */
  uncovered: () => Promise<Refusal[]>;
}

export interface GateReport {
  refusals: Refusal[];
  /** Evidence that is missing, and that the change goes on without, since the glass is broken. */
  skipped: Refusal[];
  /** One sentence for each check that held. */
  held: string[];
  approvals: Approval[];
  capture: SealedCapture | null;
}

/**
 * Lets a change through when everything holds that it requires, and only then. Looks at GitHub, at the vault and at
 * the live system itself; what a job's output or the issue says counts for nothing.
 *
 * Waits for the capture of this run's own capture job. All refusals are told at once; nothing is waited for when one
 * stands already.
 * @throws FirebreakError after the ledger, the issue and the job summary have the refusals.
 */
export async function passGate(
  deps: ActionDeps,
  record: IncidentRecord,
  request: GateRequest,
): Promise<GatePass> {
  const context: CheckContext = { deps, record, request };
  const report = await runChecks(context, true);
  for (const sentence of report.held) deps.log.info(`gate  ${sentence}`);
  const planned = recordedPlan(context);
  const { capture, approvals, skipped } = report;
  if (report.refusals.length > 0 || !planned || (!capture && skipped.length === 0)) {
    throw await refuse(context, report.refusals, "gate");
  }
  const written = (entry: Promise<unknown>) =>
    entry.catch((cause: unknown) => {
      throw ledgerNotWritten(record.id, cause);
    });
  if (skipped.length > 0) await written(recordGlassBroken(context, skipped, approvals));
  const { runId, runAttempt } = deps.context;
  const passed = {
    action: request.action,
    capture: capture?.capture ?? null,
    manifestSha256: capture?.sha256 ?? null,
    planSha256: planned.data.sha256,
    approvals,
    checks: [...report.held, ...skipped.map(({ reason }) => `glass broken: without ${reason}`)],
  };
  const key = `gate-passed/${request.action}/${runId}/${runAttempt}`;
  await written(record.append("gate-passed", passed, key));
  const recheck = async () => {
    const { refusals, skipped: more } = await stillHolds(context, capture);
    if (refusals.length > 0) throw await refuse(context, refusals, "recheck");
    if (more.length > 0) await recordGlassBroken(context, more, approvals);
  };
  return {
    capture,
    plan: planned.data.plan,
    planSha256: planned.data.sha256,
    approvals,
    recheck,
    uncovered: () => uncovered(context, approvals),
  };
}

/** What the gate would say now, without waiting and without a trace: for a dry run. */
export function inspectGate(
  deps: ActionDeps,
  record: IncidentRecord,
  request: GateRequest,
): Promise<GateReport> {
  return runChecks({ deps, record, request }, false);
}

async function runChecks(context: CheckContext, wait: boolean): Promise<GateReport> {
  const { deps, record, request } = context;
  let quick = await quickChecks(context);
  const stopped = quick.refusals.length > 0;
  if (!stopped) deps.log.info(`gate  ${record.id}: looking for the evidence that ${request.action} requires`);
  let [capture, waited]: [SealedCapture | null, boolean] = [null, false];
  const evidence = await guarded("evidence", async () => {
    const finding = breakGlassOf(context)
      ? await checkEvidenceNow(context)
      : await checkEvidence(context, wait && !stopped);
    ({ capture, waited } = finding);
    return finding;
  });
  // While the capture was waited for, the plan, the environment and the approval may have changed.
  if (waited) quick = await quickChecks(context);
  const { skipped, standing } = settle(context, evidence.refusals);
  return {
    refusals: unique([...quick.refusals, ...standing]),
    skipped,
    held: [...quick.held, evidence.held].filter((sentence) => sentence !== ""),
    approvals: quick.approvals,
    capture,
  };
}

/** Everything that needs no waiting: environment, approval, plan, and what the action requires itself. */
async function quickChecks(context: CheckContext): Promise<Omit<GateReport, "capture" | "skipped">> {
  let approvals: Approval[] = [];
  const run = readWorkflowRun(context.deps);
  const glass = breakGlassOf(context);
  const findings = await Promise.all([
    ...(glass ? [guarded("break glass", async () => checkBreakGlass(context, glass))] : []),
    guarded("environment", async () => checkEnvironment(context, await run)),
    guarded("approval", async () => {
      const finding = await checkApprovals(context, await run, recordedPlan(context));
      approvals = finding.approvals;
      return finding;
    }),
    guarded("plan", () => checkPlan(context)),
    ...(context.request.also ?? []).map(({ name, check }) => guarded(name, check)),
  ]);
  return {
    refusals: findings.flatMap(({ refusals }) => refusals),
    held: findings.map(({ held }) => held),
    approvals,
  };
}

async function stillHolds(
  context: CheckContext,
  capture: SealedCapture | null,
): Promise<Pick<GateReport, "refusals" | "skipped">> {
  const [quick, evidence] = await Promise.all([
    quickChecks(context),
    guarded("evidence, once more", async () =>
      capture
        ? refused(...(await captureServes(context, capture, await readLive(context))))
        : checkEvidenceNow(context),
    ),
  ]);
  const { skipped, standing } = settle(context, evidence.refusals);
  return { refusals: unique([...quick.refusals, ...standing]), skipped };
}

/** What is missing of the evidence stops a change, unless its plan asks for breaking the glass. */
function settle(context: CheckContext, refusals: readonly Refusal[]): ReturnType<typeof partition> {
  return breakGlassOf(context) ? partition(refusals) : { skipped: [], standing: [...refusals] };
}

async function uncovered(context: CheckContext, approvals: readonly Approval[]): Promise<Refusal[]> {
  const needs = { redeploy: true, parameter: false };
  const { refusals } = await guarded("evidence of the running tasks", () =>
    checkEvidenceNow({ ...context, request: { ...context.request, needs } }),
  );
  const { skipped, standing } = settle(context, refusals);
  if (skipped.length > 0 && standing.length === 0) await recordGlassBroken(context, skipped, approvals);
  return standing;
}

async function guarded(name: string, check: () => Promise<Finding>): Promise<Finding> {
  try {
    return await check();
  } catch (error) {
    return refused(refusalOf(name, error));
  }
}

/** Two checks may meet the same obstacle, a missing service for example. */
function unique(refusals: readonly Refusal[]): Refusal[] {
  const seen = new Map(refusals.map((one) => [`${one.reason}\n${one.message}`, one]));
  return [...seen.values()];
}
