import type { SourceContext, SourceResult } from "../context.ts";
import type { CapturedRun, Gap, ManifestItem, Pending, SourceOf } from "../source-schema.ts";
import { collectAttempt } from "./github-attempt.ts";
import { attemptsToCollect, earlierAttempts, isHeld, vanished } from "./github-earlier.ts";
import { GitHubQuota } from "./github-quota.ts";
import { listRuns, type WorkflowRun } from "./github-runs.ts";

/** Secondary limits ask for few at once (https://docs.github.com/en/rest/using-the-rest-api/best-practices-for-using-the-rest-api). */
const ATTEMPTS_AT_ONCE = 4;

/**
 * What the repository's workflows did in the window: every run that was going on in it, whatever its workflow, with
 * the jobs and the log of each attempt and the run's reviews. The log of a run that still goes on, as the one that
 * collects always does, is named under `pending`: it is no gap, there is none yet.
 *
 * What adds to an earlier capture collects the attempts of the same window that had not ended then, or could not be
 * had; those that are held already are counted and not fetched again.
 */
export async function collectRuns(context: SourceContext): Promise<SourceResult<SourceOf<"github-actions">>> {
  const quota = new GitHubQuota();
  const { runs: listed, gaps, listed: seen } = await listRuns(context, quota);
  const attempts = await attemptsToCollect(context, quota, listed);
  const held = [...earlierAttempts(context).values()].filter(isHeld);
  gaps.push(...vanished(context, listed));
  const items: ManifestItem[] = [];
  const runs: CapturedRun[] = [];
  const pending: Pending[] = [];
  let done = 0;
  await context.scheduler
    .for("github:actions", { atOnce: ATTEMPTS_AT_ONCE })
    .each(attempts, async ({ run, attempt }) => {
      try {
        const collected = await collectAttempt(context, quota, run, attempt);
        runs.push(collected.run);
        items.push(...collected.items);
        gaps.push(...collected.gaps);
        pending.push(...collected.pending);
      } catch (error) {
        gaps.push(gapOf(run, attempt, error));
      }
      done += 1;
      context.progress({ unit: "run attempts", done, total: attempts.length });
    });
  return {
    record: {
      source: "github-actions",
      status:
        gaps.length === 0 ? "complete" : items.length > 0 || attempts.length === 0 ? "partial" : "failed",
      expected: {
        attempts: held.length + attempts.length,
        counted: `run_attempt of each of the ${listed.length} runs that reach into the window, of ${seen} listed by creation time${context.earlier.length > 0 ? `; ${held.length} of the attempts are in earlier captures` : ""}`,
      },
      collected: {
        attempts: held.length + runs.length,
        logs: [...held, ...runs].filter(({ log }) => log === "collected").length,
        bytes: items.reduce((sum, { size }) => sum + size, 0),
      },
      gaps,
      pending: pending.sort((a, b) => (a.what < b.what ? -1 : 1)),
      runs: runs.sort((a, b) => a.id - b.id || a.attempt - b.attempt),
    },
    items: items.sort((a, b) => (a.key < b.key ? -1 : 1)),
  };
}

function gapOf(run: WorkflowRun, attempt: number, error: unknown): Gap {
  const { name, message } = error as Error;
  return { what: `run ${run.id}, attempt ${attempt}, of ${run.path}`, why: `${name}: ${message}` };
}
