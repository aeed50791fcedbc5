import type { ActionDeps } from "../ports.ts";

const WORKFLOW = "intake.yml";
/** As long as EventBridge tries to hand an alarm over. */
const LOOK_BACK_MS = 24 * 3_600_000;
/** Of a storm the rest waits for the next time. */
const MOST_AGAIN = 50;
/** GitHub ends a job that takes too long as cancelled, and a run whose jobs never began as a failure of its start. */
const FAILED = ["failure", "timed_out", "startup_failure", "cancelled"];

export interface LostRun {
  runId: number;
  url: string;
}

export interface LostRuns {
  /** Those that were run again now. */
  again: LostRun[];
  /** Those that failed twice, or cannot be run again: what they were to take in is nowhere. */
  lost: LostRun[];
}

/**
 * The runs of the last day that were to take in an alarm or a report and failed, possibly before they had written
 * anything: whoever sent it got their answer long before, and does not send it again. Each is run again once, which takes
 * nothing in twice (https://docs.github.com/en/rest/actions/workflow-runs#re-run-failed-jobs-from-a-workflow-run).
 */
export async function runLostAgain({
  github,
  context: { owner, repo },
  clock,
  log,
}: Pick<ActionDeps, "github" | "context" | "clock" | "log">): Promise<LostRuns> {
  const since = new Date(clock.now().getTime() - LOOK_BACK_MS).toISOString();
  const result: LostRuns = { again: [], lost: [] };
  for (const event of ["repository_dispatch", "issues"]) {
    const runs = await github.paginate(github.rest.actions.listWorkflowRuns, {
      owner,
      repo,
      workflow_id: WORKFLOW,
      event,
      status: "completed",
      created: `>=${since}`,
      per_page: 100,
    });
    for (const { id, html_url: url, conclusion, run_attempt } of runs) {
      if (!FAILED.includes(conclusion ?? "")) continue;
      const first = (run_attempt ?? 1) === 1;
      if (first && result.again.length === MOST_AGAIN) continue;
      const again = first && (await runAgain(id));
      (again ? result.again : result.lost).push({ runId: id, url });
    }
  }
  return result;

  async function runAgain(run_id: number): Promise<boolean> {
    try {
      await github.rest.actions.reRunWorkflowFailedJobs({ owner, repo, run_id });
      return true;
    } catch (error) {
      log.warning(`The run ${run_id} could not be run again: ${(error as Error).message}`);
      return false;
    }
  }
}
