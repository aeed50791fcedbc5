/** Runs and jobs as GitHub's REST API presents them. */
import type { RunRecord, StepRecord } from "../contracts.ts";
import {
  iso,
  minimalRepository,
  nodeId,
  repositoryPage,
  repositoryUrl,
  simpleUser,
} from "./present-people.ts";
import { current, type StoredJob, type StoredRun } from "./run-store.ts";
import type { JsonObject } from "./types.ts";
import type { World } from "./world.ts";

export function runPage(world: World, runId: number): string {
  return `${repositoryPage(world)}/actions/runs/${runId}`;
}

function runLinks(world: World, run: RunRecord, workflowId: number): JsonObject {
  const base = repositoryUrl(world);
  const url = `${base}/actions/runs/${run.id}`;
  const before = run.attempt > 1 ? `${url}/attempts/${run.attempt - 1}` : null;
  return {
    url,
    html_url: runPage(world, run.id),
    jobs_url: `${url}/jobs`,
    logs_url: `${url}/logs`,
    check_suite_url: `${base}/check-suites/${run.id}`,
    artifacts_url: `${url}/artifacts`,
    cancel_url: `${url}/cancel`,
    rerun_url: `${url}/rerun`,
    previous_attempt_url: before,
    workflow_url: `${base}/actions/workflows/${workflowId}`,
  };
}

/** One attempt of a run; the latest when none is named. */
export function run(world: World, stored: StoredRun, record: RunRecord = current(stored)): JsonObject {
  const user = (login: string): JsonObject => simpleUser(world, world.people.get(login));
  const author = { name: world.people.owner.login, email: "noreply@github.com" };
  const { workflowId, runNumber } = stored;
  const repository = minimalRepository(world);
  return {
    id: record.id,
    name: record.name,
    node_id: nodeId("WFR", record.id),
    head_branch: record.headBranch,
    head_sha: record.headSha,
    path: record.path,
    display_title: record.displayTitle,
    run_number: runNumber,
    run_attempt: record.attempt,
    event: record.event,
    status: record.status,
    conclusion: record.conclusion,
    workflow_id: workflowId,
    check_suite_id: record.id,
    check_suite_node_id: nodeId("CS", record.id),
    ...runLinks(world, record, workflowId),
    pull_requests: [],
    created_at: iso(record.createdAt),
    updated_at: iso(record.completedAt ?? world.clock.now()),
    run_started_at: iso(record.startedAt),
    actor: user(record.actor),
    triggering_actor: user(record.triggeringActor),
    referenced_workflows: [],
    head_commit: {
      id: record.headSha,
      tree_id: record.headSha,
      message: "",
      timestamp: iso(record.createdAt),
      author,
      committer: author,
    },
    repository,
    head_repository: repository,
  };
}

function step({ name, status, conclusion, number, startedAt, completedAt }: StepRecord): JsonObject {
  const time = (at: number | null): string | null => (at === null ? null : new Date(at).toISOString());
  return { name, status, conclusion, number, started_at: time(startedAt), completed_at: time(completedAt) };
}

export function job(world: World, { record, createdAt }: StoredJob): JsonObject {
  const base = repositoryUrl(world);
  const started = record.startedAt !== null;
  const parent = world.runs.get(record.runId);
  return {
    id: record.id,
    run_id: record.runId,
    workflow_name: current(parent).name,
    head_branch: current(parent).headBranch,
    run_url: `${base}/actions/runs/${record.runId}`,
    run_attempt: record.attempt,
    node_id: nodeId("CR", record.id),
    head_sha: current(parent).headSha,
    url: `${base}/actions/jobs/${record.id}`,
    html_url: `${runPage(world, record.runId)}/job/${record.id}`,
    status: record.status,
    conclusion: record.conclusion,
    created_at: iso(createdAt),
    started_at: iso(record.startedAt ?? createdAt),
    completed_at: record.completedAt === null ? null : iso(record.completedAt),
    name: record.name,
    steps: record.steps.map(step),
    check_run_url: `${base}/check-runs/${record.id}`,
    labels: ["ubuntu-latest"],
    runner_id: started ? 1 : null,
    runner_name: started ? "GitHub Actions 1" : null,
    runner_group_id: started ? 0 : null,
    runner_group_name: started ? "GitHub Actions" : null,
  };
}
