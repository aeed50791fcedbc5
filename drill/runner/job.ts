import { data } from "@actions/expressions";
import type { JobRecord } from "../contracts.ts";
import { ConcurrencyCancelled } from "./concurrency.ts";
import { enterGroup, readConcurrency } from "./concurrency-key.ts";
import { messageOf } from "./errors.ts";
import { annotationOf } from "./events.ts";
import { evaluate, evaluateBoolean, evaluateOptional, type Scope, toData } from "./expressions.ts";
import type { JobOutcome, JobPlan } from "./job-plan.ts";
import { runOnRunner } from "./job-runner.ts";
import { matrixJobName } from "./matrix.ts";
import { noteJobStatus, type RunContext } from "./run-context.ts";
import { fieldsOf, literalText } from "./tokens.ts";

/** One job with steps, from its place in the queue to its outcome. */

/** A job that a reviewer turned down. */
class DeploymentRejected extends Error {
  override readonly name = "DeploymentRejected";
}

/** Queues the job, passes its concurrency group and its environment, and runs it. */
export async function executeJob(run: RunContext, plan: JobPlan): Promise<JobOutcome> {
  const scope = planScope(run, plan);
  const record = queueJob(run, plan, scope);
  const cancel = new AbortController();
  const signal = AbortSignal.any([plan.signal, cancel.signal]);
  let release = () => {};
  let softFail = false;
  try {
    softFail = evaluateBoolean(plan.job.continueOnError, scope, false);
    for (const token of [plan.job.name, plan.job.runsOn]) if (token) evaluate(token, scope);
    environmentName(plan, scope);
    const concurrency = readConcurrency(plan.job.concurrency, scope);
    release = await enterGroup(run, concurrency, plan.heldGroups, cancel, signal);
    await passEnvironment(run, record, signal);
    return await runOnRunner(run, plan, record, signal, softFail);
  } catch (error) {
    const cancelled = signal.aborted || error instanceof ConcurrencyCancelled;
    return refuse(run, record, cancelled ? "cancelled" : "failure", messageOf(error), softFail);
  } finally {
    release();
  }
}

/** A job that ends before it runs: skipped by its condition, or failed by an expression of its own. */
export function settleJob(
  run: RunContext,
  plan: JobPlan,
  result: "skipped" | "failure",
  reason?: string,
): JobOutcome {
  const record = queueJob(run, plan, planScope(run, plan));
  if (reason !== undefined) return refuse(run, record, "failure", reason, false);
  complete(run, record, result);
  return { result, conclusion: result, outputs: {}, records: [record] };
}

/** What the job's own keys see, before it has a runner. */
export function planScope(run: RunContext, plan: JobPlan): Scope {
  const github = new data.Dictionary();
  for (const [name, value] of Object.entries(run.github)) github.add(name, value);
  const contexts: Record<string, data.ExpressionData> = {
    github,
    inputs: plan.inputs,
    needs: plan.needs,
    vars: toData(run.vars),
    matrix: toData(plan.combination),
    strategy: toData({
      "fail-fast": plan.strategy.failFast,
      "job-index": plan.strategy.index,
      "job-total": plan.strategy.total,
      "max-parallel": plan.strategy.maxParallel,
    }),
  };
  return { file: plan.job.file, contexts, functions: {} };
}

function queueJob(run: RunContext, plan: JobPlan, scope: Scope): JobRecord {
  const name = plan.namePrefix + jobName(plan, scope);
  const environment = attempt(() => environmentName(plan, scope), null);
  const created = run.host.createJob({
    runId: run.run.id,
    attempt: run.run.attempt,
    key: plan.key,
    name,
    environment,
  });
  const record: JobRecord = { ...created, steps: [] };
  noteJobStatus(run, record.id, "queued");
  run.emit({ type: "job-queued", at: run.clock.now(), job: { ...record } });
  return record;
}

/**
 * The job's `name`, else its id. GitHub adds the matrix values unless the name holds an expression. A name that
 * cannot be evaluated counts as absent.
 */
export function jobName({ job, combination }: JobPlan, scope: Scope): string {
  const literal = literalText(job.name ?? undefined);
  if (job.name === null || literal !== null) return matrixJobName(literal || job.key, combination ?? {});
  return attempt(() => evaluateOptional(job.name, scope), null) || matrixJobName(job.key, combination ?? {});
}

/** A value for the job's record; an expression that fails is reported when the job starts. */
function attempt<T>(evaluation: () => T, fallback: T): T {
  try {
    return evaluation();
  } catch {
    return fallback;
  }
}

function environmentName({ job }: JobPlan, scope: Scope): string | null {
  if (job.environment === null) return null;
  // A `url` sees the steps, which are still to come; only the name is wanted here.
  const value = evaluate(fieldsOf(job.environment).get("name") ?? job.environment, scope);
  const name = value !== null && typeof value === "object" && !Array.isArray(value) ? value.name : value;
  return name === null || name === undefined || name === "" ? null : String(name);
}

/** Holds the job back while its environment's rules want a review. */
async function passEnvironment(run: RunContext, record: JobRecord, signal: AbortSignal): Promise<void> {
  const { environment } = record;
  if (environment === null || !run.host.enterEnvironment(environment).protected) return;
  record.status = "waiting";
  run.host.updateJob(record.id, { status: "waiting" });
  noteJobStatus(run, record.id, "waiting");
  run.emit({ type: "job-waiting", at: run.clock.now(), job: { ...record }, environment });
  const state = await run.host.awaitApproval(run.run.id, environment, signal);
  run.emit({ type: "job-reviewed", at: run.clock.now(), job: { ...record }, environment, state });
  if (state === "rejected") {
    throw new DeploymentRejected("The deployment was rejected or didn't satisfy other protection rules.");
  }
  record.status = "queued";
  run.host.updateJob(record.id, { status: "queued" });
}

function refuse(
  run: RunContext,
  record: JobRecord,
  result: "failure" | "cancelled",
  message: string,
  softFail: boolean,
): JobOutcome {
  const annotation = annotationOf(record.name, message);
  run.annotations.push(annotation);
  run.host.setJobLog(record.id, `${new Date(run.clock.now()).toISOString()} ##[error]${message}\n`);
  run.emit({ type: "annotation", at: run.clock.now(), job: { ...record }, annotation });
  complete(run, record, result);
  return {
    result: softFail && result === "failure" ? "success" : result,
    conclusion: result,
    outputs: {},
    records: [record],
  };
}

function complete(run: RunContext, record: JobRecord, conclusion: "failure" | "cancelled" | "skipped"): void {
  const now = run.clock.now();
  const patch = { status: "completed", conclusion, startedAt: now, completedAt: now } as const;
  Object.assign(record, patch);
  run.host.updateJob(record.id, patch);
  noteJobStatus(run, record.id, "completed");
  run.emit({ type: "job-completed", at: now, job: { ...record } });
}
