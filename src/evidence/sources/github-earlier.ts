import type { SourceContext } from "../context.ts";
import { sourceOf } from "../manifest.ts";
import type { CapturedRun, Gap } from "../source-schema.ts";
import { fetchAttempt } from "./github-attempt.ts";
import type { GitHubQuota } from "./github-quota.ts";
import type { WorkflowRun } from "./github-runs.ts";

/** One attempt of a run. */
export interface Attempt {
  run: WorkflowRun;
  attempt: number;
}

/** What the captures that this one adds to say of each attempt, the newest last word; empty in an ordinary capture. */
export function earlierAttempts({
  earlier,
}: Pick<SourceContext, "earlier">): ReadonlyMap<string, CapturedRun> {
  const found = new Map<string, CapturedRun>();
  for (const { manifest } of earlier)
    for (const run of sourceOf(manifest, "github-actions")?.runs ?? [])
      found.set(keyOf(run.id, run.attempt), run);
  return found;
}

/** Whether nothing of an attempt is missing any more. */
export function isHeld({ log }: CapturedRun): boolean {
  return log === "collected" || log === "none";
}

/**
 * The attempts of the listed runs that belong to the window and that no earlier capture holds whole. In an ordinary
 * capture these are all. One that was started again after the window is not of it, however old its run.
 */
export async function attemptsToCollect(
  context: SourceContext,
  quota: GitHubQuota,
  runs: readonly WorkflowRun[],
): Promise<Attempt[]> {
  const known = earlierAttempts(context);
  const wanted: Attempt[] = [];
  for (const run of runs) {
    const latest = run.run_attempt ?? 1;
    const again = context.earlier.length > 0 && startedAfter(run, context.window.to);
    for (let attempt = latest; attempt > 0; attempt -= 1) {
      const before = known.get(keyOf(run.id, attempt));
      if (before && isHeld(before)) continue;
      if (again && !before && (await isLater(context, quota, run, attempt))) continue;
      wanted.push({ run, attempt });
    }
  }
  return wanted;
}

/** What an earlier capture saw going on, and GitHub does not list any more. */
export function vanished(context: SourceContext, runs: readonly WorkflowRun[]): Gap[] {
  const listed = new Set(runs.map(({ id }) => id));
  return [...earlierAttempts(context).values()]
    .filter((run) => !isHeld(run) && !listed.has(run.id))
    .map(({ id, attempt, workflow }) => ({
      what: `log of run ${id}, attempt ${attempt}, of ${workflow}`,
      why: "GitHub does not list the run any more",
    }));
}

async function isLater(
  context: SourceContext,
  quota: GitHubQuota,
  run: WorkflowRun,
  attempt: number,
): Promise<boolean> {
  const latest = attempt === (run.run_attempt ?? 1);
  return startedAfter(latest ? run : await fetchAttempt(context, quota, run.id, attempt), context.window.to);
}

function startedAfter({ run_started_at, created_at }: WorkflowRun, moment: Date): boolean {
  return Date.parse(run_started_at ?? created_at) > moment.getTime();
}

function keyOf(id: number, attempt: number): string {
  return `${id}/${attempt}`;
}
