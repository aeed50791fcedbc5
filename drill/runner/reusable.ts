import type { data } from "@actions/expressions";
import { ConcurrencyCancelled } from "./concurrency.ts";
import { enterGroup, readConcurrency } from "./concurrency-key.ts";
import {
  evaluate,
  evaluateString,
  evaluateStringMap,
  type Scope,
  toData,
  type Value,
} from "./expressions.ts";
import { type Invocation, runJobs } from "./graph.ts";
import { callInputs } from "./inputs.ts";
import { jobName, planScope, settleJob } from "./job.ts";
import type { JobOutcome, JobPlan } from "./job-plan.ts";
import { mergeResults } from "./strategy.ts";
import type { WorkflowCall } from "./workflow.ts";

/**
 * A job that calls a reusable workflow of this repository.
 * https://docs.github.com/en/actions/reference/workflows-and-actions/reusing-workflow-configurations
 */
export async function runCall(caller: Invocation, plan: JobPlan, call: WorkflowCall): Promise<JobOutcome> {
  const { run } = caller;
  const scope = planScope(run, plan);
  const trigger = call.workflow.triggers.get("workflow_call");
  if (trigger === undefined) throw new Error("workflow_call key is not defined in the referenced workflow.");
  const inputs = toData(
    callInputs(trigger, givenValues(call, scope), { ...scope, file: call.workflow.file }),
  );

  const cancel = new AbortController();
  const signal = AbortSignal.any([plan.signal, cancel.signal]);
  const releases: (() => void)[] = [];
  const heldGroups = [...plan.heldGroups];
  try {
    const calledScope: Scope = {
      ...scope,
      file: call.workflow.file,
      contexts: { ...scope.contexts, inputs },
    };
    for (const concurrency of [
      readConcurrency(plan.job.concurrency, scope),
      readConcurrency(call.workflow.concurrency, calledScope),
    ]) {
      releases.push(await enterGroup(run, concurrency, heldGroups, cancel, signal));
      if (concurrency) heldGroups.push(concurrency.group.toLowerCase());
    }
    const outcomes = await runJobs({
      run,
      workflow: call.workflow,
      keyPrefix: `${plan.key}.`,
      namePrefix: `${plan.namePrefix}${jobName(plan, scope)} / `,
      inputs,
      secretsFor: calledSecrets(caller, call, scope),
      callerPermissions: plan.permissions,
      heldGroups,
      signal,
      kept: new Map(),
    });
    return { ...summary(outcomes), outputs: callOutputs(call, calledScope, outcomes) };
  } catch (error) {
    if (!(error instanceof ConcurrencyCancelled) && !signal.aborted) throw error;
    const settled = settleJob(run, plan, "skipped");
    return { ...settled, result: "cancelled", conclusion: "cancelled" };
  } finally {
    for (const release of releases) release();
  }
}

function givenValues(call: WorkflowCall, scope: Scope): Record<string, Value> {
  const value = call.with === null ? {} : evaluate(call.with, scope);
  return value !== null && typeof value === "object" && !Array.isArray(value) ? value : {};
}

/** `secrets: inherit` hands on everything; else the named ones, and those of a called job's own environment. */
function calledSecrets(
  caller: Invocation,
  call: WorkflowCall,
  scope: Scope,
): (environment: string | null) => Record<string, string> {
  const { secrets } = call;
  if (secrets === "inherit") return caller.secretsFor;
  const repository = caller.secretsFor(null);
  const contexts = { ...scope.contexts, secrets: toData(repository) };
  const given = evaluateStringMap(secrets, { ...scope, contexts });
  return (environment) => {
    const inEnvironment = environment === null ? {} : caller.run.host.secrets(environment);
    const own = Object.entries(inEnvironment).filter(([name, value]) => repository[name] !== value);
    return { ...given, ...Object.fromEntries(own) };
  };
}

/** The outputs that the called workflow declares; each sees `jobs`, as `needs` would show them. */
function callOutputs(
  call: WorkflowCall,
  scope: Scope,
  outcomes: ReadonlyMap<string, JobOutcome>,
): Record<string, string> {
  const jobs = Object.fromEntries(
    [...outcomes].map(([key, { result, outputs }]) => [key, { result, outputs }]),
  );
  const contexts: Record<string, data.ExpressionData> = { ...scope.contexts, jobs: toData(jobs) };
  const outputs: Record<string, string> = {};
  for (const [name, token] of call.workflow.triggers.get("workflow_call")?.outputs ?? []) {
    outputs[name] = evaluateString(token, { ...scope, contexts });
  }
  return outputs;
}

function summary(outcomes: ReadonlyMap<string, JobOutcome>): Omit<JobOutcome, "outputs"> {
  const all = [...outcomes.values()];
  return {
    result: mergeResults(all.map((outcome) => outcome.result)),
    conclusion: mergeResults(all.map((outcome) => outcome.conclusion)),
    records: all.flatMap((outcome) => outcome.records),
  };
}
