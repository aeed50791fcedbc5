import type { SourceContext } from "../context.ts";
import type { Gap } from "../source-schema.ts";
import { type GitHubQuota, QuotaReached } from "./github-quota.ts";

/** A run, or one attempt of it, as far as the capture looks into it; it is kept whole. */
export interface WorkflowRun {
  id: number;
  run_attempt?: number | undefined;
  url: string;
  path: string;
  event: string;
  status: string | null;
  conclusion: string | null;
  created_at: string;
  run_started_at?: string | undefined;
  updated_at: string;
}

/** From `from` up to and with `to`, in milliseconds since the epoch, whole seconds. */
interface Slice {
  from: number;
  to: number;
}

const SECOND_MS = 1000;
const DAY_MS = 24 * 60 * 60 * SECOND_MS;
const RUNS_A_PAGE = 100;
/** A search by `created` gives no more (https://docs.github.com/en/rest/actions/workflow-runs#list-workflow-runs-for-a-repository). */
const RUNS_A_SEARCH = 1000;
/**
 * A run may be started again for 30 days and may last 35, waiting included, so one that was created so long before
 * the window may still reach into it (https://docs.github.com/en/actions/reference/limits).
 */
const LOOK_BACK_MS = 65 * DAY_MS;

/**
 * Every run of the repository that was going on in the window: created before its end, and not last updated before
 * its beginning. Newest first; when GitHub's quota ends the listing early, the gap says from when on it is whole.
 */
export async function listRuns(
  context: SourceContext,
  quota: GitHubQuota,
): Promise<{ runs: WorkflowRun[]; gaps: Gap[]; listed: number }> {
  const { from, to } = context.window;
  const runs = new Map<number, WorkflowRun>();
  const gaps: Gap[] = [];
  const slices: Slice[] = [
    { from: wholeSecond(from.getTime() - LOOK_BACK_MS), to: wholeSecond(from.getTime()) - SECOND_MS },
    { from: wholeSecond(from.getTime()), to: wholeSecond(to.getTime()) },
  ];
  let listed = 0;
  for (let slice = slices.pop(); slice !== undefined; slice = slices.pop()) {
    try {
      const first = await page(context, quota, slice, 1);
      if (first.total > RUNS_A_SEARCH && slice.to > slice.from) {
        slices.push(...halves(slice));
        continue;
      }
      const pages = Math.ceil(Math.min(first.total, RUNS_A_SEARCH) / RUNS_A_PAGE);
      const found = [...first.runs];
      for (let number = 2; number <= pages; number += 1)
        found.push(...(await page(context, quota, slice, number)).runs);
      listed += found.length;
      for (const run of found) if (reaches(run, from.getTime())) runs.set(run.id, run);
    } catch (error) {
      if (!(error instanceof QuotaReached)) throw error;
      gaps.push({ what: `workflow runs created until ${iso(slice.to)}`, why: error.message });
      break;
    }
  }
  return { runs: [...runs.values()], gaps, listed };
}

async function page(
  { github, repository }: SourceContext,
  quota: GitHubQuota,
  slice: Slice,
  number: number,
): Promise<{ total: number; runs: WorkflowRun[] }> {
  quota.check();
  const { data, headers } = await github.request("GET /repos/{owner}/{repo}/actions/runs", {
    ...repository,
    created: `${iso(slice.from)}..${iso(slice.to)}`,
    per_page: RUNS_A_PAGE,
    page: number,
  });
  quota.note(headers);
  return { total: data.total_count, runs: data.workflow_runs.map(withNumber) };
}

/** Octokit's types allow for ids beyond 2^53; GitHub's are far below. */
export function withNumber<Run extends { id: number | bigint }>(run: Run): Omit<Run, "id"> & { id: number } {
  return { ...run, id: Number(run.id) };
}

function reaches(run: WorkflowRun, from: number): boolean {
  return run.status !== "completed" || Date.parse(run.updated_at) >= from;
}

/** The older half first, so that the newer is taken first from the end. */
function halves({ from, to }: Slice): Slice[] {
  const middle = wholeSecond((from + to) / 2);
  return [
    { from, to: middle },
    { from: middle + SECOND_MS, to },
  ];
}

function wholeSecond(milliseconds: number): number {
  return Math.floor(milliseconds / SECOND_MS) * SECOND_MS;
}

function iso(milliseconds: number): string {
  return new Date(milliseconds).toISOString().replace(".000Z", "Z");
}
