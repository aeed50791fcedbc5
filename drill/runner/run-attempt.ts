import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { data } from "@actions/expressions";
import type { RunRecord } from "../contracts.ts";
import { ConcurrencyCancelled } from "./concurrency.ts";
import { enterGroup, readConcurrency } from "./concurrency-key.ts";
import { messageOf } from "./errors.ts";
import { annotationOf } from "./events.ts";
import { evaluateOptional, type Scope, toData } from "./expressions.ts";
import { runJobs } from "./graph.ts";
import type { DispatchInputs } from "./inputs.ts";
import type { JobOutcome, Result } from "./job-plan.ts";
import type { RunOptions, RunResult } from "./run.ts";
import type { RunContext } from "./run-context.ts";
import { createContext } from "./run-setup.ts";
import { mergeResults } from "./strategy.ts";
import type { Workflow } from "./workflow.ts";

/** Runs one attempt of a run to its end. A failure of any kind is a result. */
export async function runAttempt(
  options: RunOptions,
  record: RunRecord,
  inputs: DispatchInputs,
  kept: ReadonlyMap<string, JobOutcome>,
): Promise<RunResult> {
  const { workflow, host, clock } = options;
  const parent = resolve(options.workDir ?? tmpdir());
  await mkdir(parent, { recursive: true });
  const workDir = await mkdtemp(join(parent, "run-"));
  const run = createContext(options, record, inputs, workDir);
  run.emit({ type: "run-started", at: clock.now(), run: { ...record } });
  let outcomes: ReadonlyMap<string, JobOutcome> = new Map();
  let conclusion: Result;
  try {
    outcomes = await runInGroup(options, run, toData(inputs.typed), kept);
    conclusion = mergeResults([...outcomes.values()].map((outcome) => outcome.result));
    if (options.signal?.aborted && conclusion !== "success") conclusion = "cancelled";
  } catch (error) {
    const cancelled = error instanceof ConcurrencyCancelled || options.signal?.aborted === true;
    conclusion = cancelled ? "cancelled" : "failure";
    run.annotations.push(annotationOf(workflow.path, messageOf(error)));
  } finally {
    await run.oidc.close();
    await rm(workDir, { recursive: true, force: true, maxRetries: 5 });
  }
  const patch = { status: "completed", conclusion, completedAt: clock.now() } as const;
  Object.assign(record, patch);
  host.updateRun(record.id, patch);
  run.emit({ type: "run-completed", at: clock.now(), run: { ...record } });
  return {
    run: record,
    jobs: [...outcomes.values()].flatMap((outcome) => outcome.records),
    outputs: Object.fromEntries([...outcomes].map(([key, outcome]) => [key, outcome.outputs])),
    annotations: run.annotations,
    outcomes,
  };
}

/** Names the run, waits for its concurrency group, and runs its jobs. */
async function runInGroup(
  options: RunOptions,
  run: RunContext,
  inputs: data.ExpressionData,
  kept: ReadonlyMap<string, JobOutcome>,
): Promise<ReadonlyMap<string, JobOutcome>> {
  const { workflow, host } = options;
  const scope = runScope(run, workflow, inputs);
  const title = evaluateOptional(workflow.runName, scope)?.trim();
  if (title) {
    run.run.displayTitle = title;
    host.updateRun(run.run.id, { displayTitle: title });
  }
  const concurrency = readConcurrency(workflow.concurrency, scope);
  const cancel = new AbortController();
  const signal = AbortSignal.any([cancel.signal, ...(options.signal ? [userCancel(options)] : [])]);
  const release = await enterGroup(run, concurrency, [], cancel, signal);
  try {
    run.run.status = "in_progress";
    host.updateRun(run.run.id, { status: "in_progress", startedAt: run.clock.now() });
    return await runJobs({
      run,
      workflow,
      keyPrefix: "",
      namePrefix: "",
      inputs,
      secretsFor: (environment) => host.secrets(environment),
      callerPermissions: null,
      heldGroups: concurrency ? [concurrency.group.toLowerCase()] : [],
      signal,
      kept,
    });
  } finally {
    release();
  }
}

function userCancel({ signal, event }: RunOptions): AbortSignal {
  const cancel = new AbortController();
  const abort = () => cancel.abort(new Error(`The run was canceled by @${event.actor}.`));
  if (signal?.aborted) abort();
  else signal?.addEventListener("abort", abort, { once: true });
  return cancel.signal;
}

function runScope(run: RunContext, workflow: Workflow, inputs: data.ExpressionData): Scope {
  const github = new data.Dictionary();
  for (const [name, value] of Object.entries(run.github)) github.add(name, value);
  return { file: workflow.file, contexts: { github, inputs, vars: toData(run.vars) }, functions: {} };
}
