import type { JobRecord, RunHost, RunRecord, SimClock } from "../contracts.ts";
import type { ConcurrencyTable } from "./concurrency.ts";
import { DispatchError } from "./errors.ts";
import type { Annotation, RunnerEvent } from "./events.ts";
import type { Value } from "./expressions.ts";
import { type DispatchInputs, dispatchInputs } from "./inputs.ts";
import type { JobOutcome } from "./job-plan.ts";
import { checkCallPermissions } from "./permissions-check.ts";
import type { KillGrace } from "./process.ts";
import type { ReplacementTable } from "./replacements.ts";
import { runAttempt } from "./run-attempt.ts";
import type { Workflow } from "./workflow.ts";

/** Runs a workflow as GitHub would, on this machine, in simulated time. */

export interface WorkflowEvent {
  name: string;
  /** Inputs of a `workflow_dispatch`, as text. */
  inputs?: Readonly<Record<string, string>>;
  /** Login of whoever caused the event. */
  actor: string;
  /** More members of the webhook payload. */
  payload?: Readonly<Record<string, Value>>;
  /** The full ref where it happened; the default branch when absent. */
  ref?: string;
}

export interface RunOptions {
  workflow: Workflow;
  event: WorkflowEvent;
  host: RunHost;
  clock: SimClock;
  /**
   * The folder that a checkout copies. Bundles in it are shared with the jobs, not copied, so it should be the caller's
   * own to lose: a job that writes into a bundle writes here.
   */
  workspaceSource: string;
  /** Given to every step: AWS_ENDPOINT_URL, NODE_OPTIONS, the clock's variables. */
  toolEnv?: Readonly<Record<string, string>>;
  replacements?: ReplacementTable;
  /** Shared by all runs whose concurrency groups should see each other. */
  concurrency?: ConcurrencyTable;
  onEvent?: (event: RunnerEvent) => void;
  /** Cancels the run, as "Cancel workflow" does. */
  signal?: AbortSignal;
  /** Where uploaded artifacts go; nowhere when absent. */
  artifactsDir?: string;
  /** Where jobs get their folders; a temporary folder when absent. */
  workDir?: string;
  grace?: KillGrace;
}

export interface RerunOptions extends RunOptions {
  previous: RunResult;
  /** Runs the failed and cancelled jobs and what needs them; every other job keeps its result and outputs. */
  onlyFailed: boolean;
  triggeringActor: string;
}

export interface RunResult {
  run: RunRecord;
  jobs: JobRecord[];
  /** Outputs of every job, by job id. */
  outputs: Record<string, Record<string, string>>;
  annotations: Annotation[];
  /** Outcomes by job id, for a re-run. */
  outcomes: ReadonlyMap<string, JobOutcome>;
}

/**
 * Runs a workflow to its end.
 * @throws DispatchError when GitHub would refuse the event, WorkflowError when a called workflow asks for more
 *   permissions than its caller has. A run that fails is a result, not an error.
 */
export async function runWorkflow(options: RunOptions): Promise<RunResult> {
  const { workflow, event, host } = options;
  const inputs = acceptEvent(workflow, event);
  checkCallPermissions(workflow);
  const name = workflow.name ?? workflow.path;
  const run = host.createRun({
    name,
    displayTitle: name,
    path: workflow.path,
    event: event.name,
    actor: event.actor,
    triggeringActor: event.actor,
  });
  return runAttempt(options, { ...run }, inputs, new Map());
}

/** Runs the next attempt of a run that has ended. */
export async function rerunWorkflow(options: RerunOptions): Promise<RunResult> {
  const { workflow, event, host, previous } = options;
  const inputs = acceptEvent(workflow, event);
  const run = host.newAttempt(previous.run.id, options.triggeringActor);
  const kept = options.onlyFailed ? keptOutcomes(workflow, previous.outcomes) : new Map<string, JobOutcome>();
  return runAttempt(options, { ...run }, inputs, kept);
}

function acceptEvent(workflow: Workflow, event: WorkflowEvent): DispatchInputs {
  const trigger = workflow.triggers.get(event.name);
  if (trigger === undefined) throw new DispatchError(`Workflow does not have '${event.name}' trigger`);
  if (event.name === "workflow_dispatch") return dispatchInputs(trigger, event.inputs ?? {});
  if (Object.keys(event.inputs ?? {}).length > 0) {
    throw new DispatchError(`Unexpected inputs provided: ${JSON.stringify(Object.keys(event.inputs ?? {}))}`);
  }
  return { typed: {}, text: {} };
}

function keptOutcomes(
  workflow: Workflow,
  previous: ReadonlyMap<string, JobOutcome>,
): Map<string, JobOutcome> {
  const runsAgain = (key: string): boolean => {
    const conclusion = previous.get(key)?.conclusion;
    const ended = conclusion === "success" || conclusion === "skipped";
    return !ended || (workflow.jobs.get(key)?.needs ?? []).some(runsAgain);
  };
  return new Map([...previous].filter(([key]) => !runsAgain(key)));
}
