import type { JobRecord } from "../contracts.ts";
import { messageOf } from "./errors.ts";
import { evaluateNumber, evaluateString, evaluateStringMap } from "./expressions.ts";
import { JobExecution } from "./job-execution.ts";
import { createJobFolders, removeJobFolders } from "./job-folders.ts";
import type { JobOutcome, JobPlan } from "./job-plan.ts";
import { runJobSteps } from "./job-steps.ts";
import { Masker } from "./masks.ts";
import { killGroups } from "./process.ts";
import { noteJobStatus, type RunContext } from "./run-context.ts";
import { mappingEntries } from "./tokens.ts";

/** A job on its runner: its token and secrets, its time, its steps, its outputs. */

/** GitHub's defaults for `timeout-minutes` and `cancel-timeout-minutes`. */
const DEFAULT_TIMEOUT_MINUTES = 360;
const DEFAULT_CANCEL_MINUTES = 5;

/** However fast the clock, cleaning up after a cancellation gets this much real time. */
const MIN_CLEANUP_REAL_MS = 5_000;

export async function runOnRunner(
  run: RunContext,
  plan: JobPlan,
  record: JobRecord,
  signal: AbortSignal,
  softFail: boolean,
): Promise<JobOutcome> {
  const execution = await takeRunner(run, plan, record);
  let stopWatching = () => {};
  let outputs: Record<string, string> = {};
  try {
    stopWatching = watchForCancellation(execution, signal);
    await runJobSteps(execution);
    outputs = jobOutputs(execution);
  } catch (error) {
    execution.annotate("failure", messageOf(error));
    if (execution.status === "success") execution.status = "failure";
  } finally {
    stopWatching();
    await leaveRunner(execution);
  }
  const conclusion = execution.status;
  const result = conclusion === "failure" && softFail ? "success" : conclusion;
  return { result, conclusion, outputs, records: [record] };
}

async function takeRunner(run: RunContext, plan: JobPlan, record: JobRecord): Promise<JobExecution> {
  const folders = await createJobFolders(run, record.id);
  const token = run.host.mintJobToken(record.id, plan.permissions);
  const secrets = { ...plan.secretsFor(record.environment), GITHUB_TOKEN: token };
  const masker = new Masker();
  for (const secret of Object.values(secrets)) masker.add(secret);
  const execution = new JobExecution(run, plan, record, masker, folders, secrets, token);
  if (plan.permissions["id-token"] === "write") {
    const endpoint = await run.oidc.open(record.id);
    masker.add(endpoint.token);
    execution.oidcEnv = {
      ACTIONS_ID_TOKEN_REQUEST_URL: endpoint.url,
      ACTIONS_ID_TOKEN_REQUEST_TOKEN: endpoint.token,
    };
  }
  execution.update({ status: "in_progress", startedAt: run.clock.now() });
  noteJobStatus(run, record.id, "in_progress");
  run.emit({ type: "job-started", at: run.clock.now(), job: execution.snapshot() });
  return execution;
}

async function leaveRunner(execution: JobExecution): Promise<void> {
  const { run, record, folders } = execution;
  killGroups(execution.processGroups);
  const bearer = execution.oidcEnv.ACTIONS_ID_TOKEN_REQUEST_TOKEN;
  if (bearer !== undefined) run.oidc.revoke(bearer);
  run.host.revokeJobToken(record.id);
  run.host.setJobLog(record.id, execution.log.text());
  execution.update({ status: "completed", conclusion: execution.status, completedAt: run.clock.now() });
  noteJobStatus(run, record.id, "completed");
  run.emit({ type: "job-completed", at: run.clock.now(), job: execution.snapshot() });
  await removeJobFolders(folders);
}

/**
 * Cancels the job when the signal aborts (unless its `if` still holds) or its time is over. A job that took too
 * long is cancelled, not failed: `failure()` does not hold in it. Returns the function that stops watching.
 */
function watchForCancellation(execution: JobExecution, signal: AbortSignal): () => void {
  const { run, plan, folders } = execution;
  const scope = execution.scope(plan.job.file);
  const minutes = evaluateNumber(plan.job.timeoutMinutes, scope, DEFAULT_TIMEOUT_MINUTES);
  const cancelMinutes = evaluateNumber(plan.job.cancelTimeoutMinutes, scope, DEFAULT_CANCEL_MINUTES);
  let stopForce = () => {};
  const cancel = (reason: string) => {
    if (execution.status === "cancelled") return;
    execution.status = "cancelled";
    execution.annotate("failure", reason);
    execution.cancelStep?.(false);
    const patience = Math.max(cancelMinutes * 60_000, MIN_CLEANUP_REAL_MS * run.clock.speed);
    stopForce = run.clock.after(patience, () => {
      execution.forced = true;
      execution.cancelStep?.(true);
    });
  };
  const onAbort = () => {
    if (!plan.survivesCancel()) cancel(messageOf(signal.reason));
  };
  const tooLong = `The job running on runner ${folders.runnerName} has exceeded the maximum execution time of ${minutes} minutes.`;
  const stopTimeout = run.clock.after(minutes * 60_000, () => cancel(tooLong));
  signal.addEventListener("abort", onAbort, { once: true });
  if (signal.aborted) onAbort();
  return () => {
    stopTimeout();
    stopForce();
    signal.removeEventListener("abort", onAbort);
  };
}

/** The job's outputs; one that holds a secret is dropped with GitHub's warning. */
function jobOutputs(execution: JobExecution): Record<string, string> {
  const { plan, masker } = execution;
  const scope = execution.scope(plan.job.file, execution.frame);
  const outputs: Record<string, string> = {};
  for (const [name, value] of Object.entries(evaluateStringMap(plan.job.outputs, scope))) {
    if (masker.holdsSecret(value)) {
      execution.annotate("warning", `Skip output '${name}' since it may contain secret.`);
    } else {
      outputs[name] = value;
    }
  }
  const url = mappingEntries(plan.job.environment ?? undefined).find(({ key }) => key === "url");
  if (url) execution.log.write(`Evaluate and set environment url: ${evaluateString(url.value, scope)}`);
  return outputs;
}
