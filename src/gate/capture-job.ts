import type { CheckContext } from "./request.ts";

/** The job of this run that preserves: absent, on its way, or at its end. */
export type CaptureJob =
  | { state: "absent" }
  | { state: "under-way" }
  | { state: "ended"; conclusion: string };

/**
 * Looks the job up among those of this attempt, by its name; one of a matrix or of a called workflow counts too.
 * https://docs.github.com/en/rest/actions/workflow-jobs#list-jobs-for-a-workflow-run-attempt
 */
export async function readCaptureJob({ deps, request }: CheckContext): Promise<CaptureJob> {
  const { owner, repo, runId, runAttempt } = deps.context;
  const jobs = await deps.github.paginate(deps.github.rest.actions.listJobsForWorkflowRunAttempt, {
    owner,
    repo,
    run_id: runId,
    attempt_number: runAttempt,
    per_page: 100,
  });
  const name = request.captureJob;
  const ours = jobs.filter((job) => {
    return job.name === name || job.name.startsWith(`${name} (`) || job.name.startsWith(`${name} / `);
  });
  if (ours.length === 0) return { state: "absent" };
  if (ours.some(({ status }) => status !== "completed")) return { state: "under-way" };
  const unsuccessful = ours.find(({ conclusion }) => conclusion !== "success");
  return { state: "ended", conclusion: unsuccessful?.conclusion ?? "success" };
}
