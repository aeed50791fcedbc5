import { evaluate, type Value } from "./expressions.ts";
import { planScope } from "./job.ts";
import type { JobOutcome, JobPlan, Result } from "./job-plan.ts";
import { type Combination, expandMatrix } from "./matrix.ts";
import type { RunContext } from "./run-context.ts";

/**
 * A job's `strategy`: one job for each combination of its matrix, at most `max-parallel` at a time, the others
 * cancelled when one fails unless `fail-fast` is false.
 * @throws Error or WorkflowError for a matrix that cannot be expanded.
 */
export async function runMatrix(
  run: RunContext,
  plan: JobPlan,
  start: (plan: JobPlan) => Promise<JobOutcome>,
): Promise<JobOutcome> {
  if (plan.job.strategy === null) return start(plan);
  const scope = planScope(run, plan);
  const { matrix, ...limits } = readStrategy(evaluate(plan.job.strategy, scope));
  const combinations: (Combination | null)[] = matrix === undefined ? [null] : expandMatrix(matrix);
  const total = combinations.length;
  const maxParallel = limits.maxParallel ?? total;
  const { failFast } = limits;
  const failed = new AbortController();
  const signal = AbortSignal.any([plan.signal, failed.signal]);

  const plans = combinations.map((combination, index): JobPlan => {
    return { ...plan, combination, signal, strategy: { failFast, index, total, maxParallel } };
  });
  const outcomes = await inParallel(plans, maxParallel, async (each) => {
    const outcome = await start(each);
    if (failFast && outcome.result === "failure" && !failed.signal.aborted) {
      const name = outcome.records[0]?.name ?? plan.job.key;
      failed.abort(new Error(`The strategy configuration was canceled because "${name}" failed`));
    }
    return outcome;
  });
  return merge(outcomes);
}

function readStrategy(value: Value): { matrix?: Value; maxParallel: number | null; failFast: boolean } {
  if (value === null || typeof value !== "object" || Array.isArray(value)) {
    throw new Error("The strategy must be a mapping");
  }
  const { matrix, "max-parallel": maxParallel = null, "fail-fast": failFast = true } = value;
  const limit = maxParallel === null ? null : Number(maxParallel);
  if (limit !== null && !(Number.isInteger(limit) && limit > 0)) {
    throw new Error(
      `Unexpected value '${String(maxParallel)}' for max-parallel, a positive number was expected`,
    );
  }
  if (failFast !== true && failFast !== false && failFast !== "true" && failFast !== "false") {
    throw new Error(`Unexpected value '${String(failFast)}' for fail-fast, a boolean was expected`);
  }
  return {
    ...(matrix === undefined ? {} : { matrix }),
    maxParallel: limit,
    failFast: String(failFast) === "true",
  };
}

/** Runs the work over all items in order, at most `limit` at a time. */
async function inParallel<T, R>(
  items: readonly T[],
  limit: number,
  work: (item: T) => Promise<R>,
): Promise<R[]> {
  const results: R[] = [];
  let next = 0;
  const worker = async () => {
    while (next < items.length) {
      const index = next++;
      const item = items[index];
      if (item !== undefined) results[index] = await work(item);
    }
  };
  await Promise.all(Array.from({ length: Math.max(1, Math.min(limit, items.length)) }, worker));
  return results;
}

function merge(outcomes: readonly JobOutcome[]): JobOutcome {
  const outputs: Record<string, string> = {};
  for (const outcome of outcomes) {
    for (const [name, value] of Object.entries(outcome.outputs)) if (value !== "") outputs[name] = value;
  }
  return {
    result: mergeResults(outcomes.map((outcome) => outcome.result)),
    conclusion: mergeResults(outcomes.map((outcome) => outcome.conclusion)),
    outputs,
    records: outcomes.flatMap((outcome) => outcome.records),
  };
}

/** One result for several jobs: the worst of them; skipped only when all are. */
export function mergeResults(results: readonly Result[]): Result {
  if (results.includes("failure")) return "failure";
  if (results.includes("cancelled")) return "cancelled";
  return results.length > 0 && results.every((result) => result === "skipped") ? "skipped" : "success";
}
