import type { data } from "@actions/expressions";
import type { TokenPermissions } from "../contracts.ts";
import { messageOf } from "./errors.ts";
import { evaluateCondition, type Scope, toData } from "./expressions.ts";
import { jobStatusFunctions } from "./functions.ts";
import { executeJob, planScope, settleJob } from "./job.ts";
import type { JobOutcome, JobPlan, Result } from "./job-plan.ts";
import { DEFAULT_PERMISSIONS } from "./permissions.ts";
import { runCall } from "./reusable.ts";
import type { RunContext } from "./run-context.ts";
import { runMatrix } from "./strategy.ts";
import type { Job, Workflow } from "./workflow.ts";

/** The jobs of a workflow: each starts as soon as the jobs it needs have ended. */

/** One workflow being run: the root, or a reusable one that a job calls. */
export interface Invocation {
  run: RunContext;
  workflow: Workflow;
  keyPrefix: string;
  namePrefix: string;
  inputs: data.ExpressionData;
  secretsFor(environment: string | null): Record<string, string>;
  /** What the calling job may do; null for the root. */
  callerPermissions: TokenPermissions | null;
  heldGroups: readonly string[];
  signal: AbortSignal;
  /** Outcomes that a re-run keeps, by job id. */
  kept: ReadonlyMap<string, JobOutcome>;
}

/** Runs every job and resolves with their outcomes, by job id, once all have ended. */
export async function runJobs(invocation: Invocation): Promise<Map<string, JobOutcome>> {
  const started = new Map<string, Promise<JobOutcome>>();
  const start = (key: string): Promise<JobOutcome> => {
    const running = started.get(key);
    if (running) return running;
    const job = invocation.workflow.jobs.get(key);
    if (job === undefined) return Promise.reject(new Error(`The workflow has no job '${key}'`));
    const outcome = runJob(invocation, job, start);
    started.set(key, outcome);
    return outcome;
  };
  const keys = [...invocation.workflow.jobs.keys()];
  const outcomes = await Promise.all(
    keys.map(async (key): Promise<[string, JobOutcome]> => [key, await start(key)]),
  );
  return new Map(outcomes);
}

async function runJob(
  invocation: Invocation,
  job: Job,
  outcomeOf: (key: string) => Promise<JobOutcome>,
): Promise<JobOutcome> {
  const ancestors = new Map<string, Result>();
  const results = async (keys: readonly string[]): Promise<void> => {
    for (const key of keys) {
      ancestors.set(key, (await outcomeOf(key)).result);
      await results(invocation.workflow.jobs.get(key)?.needs ?? []);
    }
  };
  await results(job.needs);
  const kept = invocation.kept.get(job.key);
  if (kept) return keepOutcome(invocation.run, kept);

  const needs: Record<string, { result: Result; outputs: Record<string, string> }> = {};
  for (const key of job.needs) {
    const { result, outputs } = await outcomeOf(key);
    needs[key] = { result, outputs };
  }
  const plan = basePlan(invocation, job, toData(needs));
  const scope = planScope(invocation.run, plan);
  const holds = (cancelled: boolean) =>
    evaluateCondition(job.if, withFunctions(scope, jobStatusFunctions({ ancestors, cancelled })));
  try {
    const cancelled = invocation.signal.aborted;
    if (!holds(cancelled)) return settleJob(invocation.run, plan, "skipped");
    // A job that wants to run after a cancellation must not be stopped by that same cancellation.
    const signal = cancelled ? new AbortController().signal : invocation.signal;
    const survivesCancel = () => holds(true);
    return await runMatrix(invocation.run, { ...plan, signal, survivesCancel }, (each) =>
      job.call ? runCall(invocation, each, job.call) : executeJob(invocation.run, each),
    );
  } catch (error) {
    return settleJob(invocation.run, plan, "failure", messageOf(error));
  }
}

function basePlan(invocation: Invocation, job: Job, needs: data.ExpressionData): JobPlan {
  const { workflow, callerPermissions } = invocation;
  return {
    job,
    workflow,
    key: invocation.keyPrefix + job.key,
    namePrefix: invocation.namePrefix,
    combination: null,
    strategy: { failFast: true, index: 0, total: 1, maxParallel: 1 },
    inputs: invocation.inputs,
    needs,
    secretsFor: invocation.secretsFor,
    permissions: job.permissions ?? workflow.permissions ?? callerPermissions ?? DEFAULT_PERMISSIONS,
    heldGroups: invocation.heldGroups,
    signal: invocation.signal,
    survivesCancel: () => false,
  };
}

/** A job that a re-run leaves as it was: its records are listed in the new attempt too. */
function keepOutcome(run: RunContext, kept: JobOutcome): JobOutcome {
  const records = kept.records.map((record) => {
    const { key, name, environment, ...rest } = record;
    const created = run.host.createJob({
      runId: run.run.id,
      attempt: run.run.attempt,
      key,
      name,
      environment,
    });
    const copy = { ...created, ...rest, id: created.id, attempt: run.run.attempt };
    run.host.updateJob(created.id, copy);
    return copy;
  });
  return { ...kept, records };
}

function withFunctions(scope: Scope, functions: Scope["functions"]): Scope {
  return { ...scope, functions };
}
