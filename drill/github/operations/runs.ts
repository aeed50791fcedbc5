/** Workflow runs, jobs, logs and dispatch. */
import { type ApiReply, type ApiRequest, bodyOf, type Handler, numberIn, queryText, textIn } from "../api.ts";
import { GitHubError, notFound } from "../errors.ts";
import { paged } from "../paging.ts";
import type { OperationId } from "../permissions.ts";
import { repositoryUrl } from "../present-people.ts";
import { job, run, runPage } from "../present-runs.ts";
import { jobLog, runArchive } from "../run-logs.ts";
import { attemptOf, current, type StoredRun } from "../run-store.ts";
import type { Download } from "../signed-links.ts";
import { DispatchRefused } from "../types.ts";
import type { World } from "../world.ts";
import { matchesRunFilter } from "./run-filter.ts";

function listRuns(request: ApiRequest, world: World, ofWorkflow: (run: StoredRun) => boolean): ApiReply {
  const found = world.runs.all().filter((it) => ofWorkflow(it) && matchesRunFilter(it, request.query));
  return paged(request, world, found, (it) => run(world, it), "workflow_runs");
}

/** True when the path parameter `workflow_id` (an id or a file name) means this run's workflow. */
function isOfWorkflow(stored: StoredRun, workflow: string): boolean {
  return String(stored.workflowId) === workflow || current(stored).path.split("/").at(-1) === workflow;
}

function listJobs(request: ApiRequest, world: World, attempt: number | "all"): ApiReply {
  const jobs = world.runs.jobsOf(numberIn(request, "run_id"), attempt);
  return paged(request, world, jobs, (it) => job(world, it), "jobs");
}

function redirect(world: World, produce: () => Download): ApiReply {
  return { status: 302, headers: { location: `${world.urls.server}${world.links.create(produce)}` } };
}

/** The archive of one attempt; a run that goes on has none yet. */
function attemptLogs(request: ApiRequest, world: World, attempt: number): ApiReply {
  const runId = numberIn(request, "run_id");
  const record = attemptOf(world.runs.get(runId), attempt);
  if (record.status !== "completed") throw notFound();
  const jobs = world.runs.jobsOf(runId, attempt);
  return redirect(world, () => runArchive(runId, jobs, world.clock.now()));
}

function downloadJobLog(request: ApiRequest, world: World): ApiReply {
  const found = world.runs.job(numberIn(request, "job_id"));
  if (found.log === null) throw notFound();
  return redirect(world, () => jobLog(found));
}

/** https://docs.github.com/rest/actions/workflows#create-a-workflow-dispatch-event */
async function dispatch(request: ApiRequest, world: World): Promise<ApiReply> {
  const { ref, inputs, return_run_details: details } = bodyOf(request);
  if (!world.git.refs().has(`refs/heads/${String(ref).replace(/^refs\/heads\//, "")}`))
    throw new GitHubError(422, `No ref found for: ${String(ref)}`);
  const started = await world.hooks
    .onDispatch?.({
      workflow: textIn(request, "workflow_id"),
      ref: String(ref),
      inputs: (inputs ?? {}) as Readonly<Record<string, unknown>>,
      actor: request.caller.login,
    })
    .catch((cause: unknown) => {
      if (cause instanceof DispatchRefused) throw new GitHubError(422, cause.message);
      throw cause;
    });
  if (!started) throw notFound();
  if (details !== true) return { status: 204 };
  const url = `${repositoryUrl(world)}/actions/runs/${started.id}`;
  const json = { workflow_run_id: started.id, run_url: url, html_url: runPage(world, started.id) };
  return { status: 200, json };
}

/**
 * https://docs.github.com/rest/actions/workflow-runs#re-run-failed-jobs-from-a-workflow-run; of a run that goes on, or has no
 * failed job, GitHub answers 403.
 */
function rerunFailed(request: ApiRequest, world: World): ApiReply {
  const { id, status, conclusion } = current(world.runs.get(numberIn(request, "run_id")));
  if (status !== "completed") throw new GitHubError(403, "This workflow is already running");
  if (conclusion === "success" || !world.hooks.onRerun?.(id, request.caller.login))
    throw new GitHubError(403, "This workflow run cannot be retried");
  return { status: 201, json: {} };
}

export const runOperations = {
  "actions/list-workflow-runs-for-repo": (request, world) => listRuns(request, world, () => true),
  "actions/list-workflow-runs": (request, world) =>
    listRuns(request, world, (it) => isOfWorkflow(it, textIn(request, "workflow_id"))),
  "actions/get-workflow-run": (request, world) => ({
    status: 200,
    json: run(world, world.runs.get(numberIn(request, "run_id"))),
  }),
  "actions/get-workflow-run-attempt": (request, world) => {
    const stored = world.runs.get(numberIn(request, "run_id"));
    return { status: 200, json: run(world, stored, attemptOf(stored, numberIn(request, "attempt_number"))) };
  },
  "actions/list-jobs-for-workflow-run": (request, world) => {
    const latest = current(world.runs.get(numberIn(request, "run_id"))).attempt;
    return listJobs(request, world, queryText(request, "filter") === "all" ? "all" : latest);
  },
  "actions/list-jobs-for-workflow-run-attempt": (request, world) => {
    const attempt = numberIn(request, "attempt_number");
    attemptOf(world.runs.get(numberIn(request, "run_id")), attempt);
    return listJobs(request, world, attempt);
  },
  "actions/get-job-for-workflow-run": (request, world) => ({
    status: 200,
    json: job(world, world.runs.job(numberIn(request, "job_id"))),
  }),
  "actions/download-workflow-run-logs": (request, world) =>
    attemptLogs(request, world, current(world.runs.get(numberIn(request, "run_id"))).attempt),
  "actions/download-workflow-run-attempt-logs": (request, world) =>
    attemptLogs(request, world, numberIn(request, "attempt_number")),
  "actions/download-job-logs-for-workflow-run": downloadJobLog,
  "actions/re-run-workflow-failed-jobs": rerunFailed,
  "actions/create-workflow-dispatch": dispatch,
} satisfies Partial<Record<OperationId, Handler>>;
