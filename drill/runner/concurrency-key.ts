import type { TemplateToken } from "@actions/workflow-parser/templates/tokens/index";
import { ConcurrencyCancelled } from "./concurrency.ts";
import { evaluate, type Scope, type Value } from "./expressions.ts";
import type { RunContext } from "./run-context.ts";

/** The `concurrency` key of a workflow or job, evaluated. */

export interface Concurrency {
  group: string;
  cancelInProgress: boolean;
  queue: "single" | "max";
}

/**
 * Evaluates a `concurrency` key; null when it is absent or its group is empty.
 * @throws Error in GitHub's wording for a combination that GitHub refuses.
 */
export function readConcurrency(token: TemplateToken | null, scope: Scope): Concurrency | null {
  if (token === null) return null;
  const value = evaluate(token, scope);
  const mapping: { [key: string]: Value } =
    value !== null && typeof value === "object" && !Array.isArray(value) ? value : { group: value };
  const group = String(mapping.group ?? "");
  if (group === "") return null;
  const cancel = mapping["cancel-in-progress"];
  const cancelInProgress = cancel === true || cancel === "true";
  const queue = mapping.queue === "max" ? "max" : "single";
  if (cancelInProgress && queue === "max") {
    throw new Error("'queue: max' cannot be combined with 'cancel-in-progress: true'");
  }
  return { group, cancelInProgress, queue };
}

/**
 * Waits for the group's turn. The function that it resolves to frees the group.
 * @throws ConcurrencyCancelled when a newer request takes the place, or when a run or calling job above already
 *   holds the same group; the signal's reason when that aborts.
 */
export async function enterGroup(
  run: RunContext,
  concurrency: Concurrency | null,
  heldGroups: readonly string[],
  cancel: AbortController,
  signal: AbortSignal,
): Promise<() => void> {
  signal.throwIfAborted();
  if (concurrency === null) return () => {};
  if (heldGroups.includes(concurrency.group.toLowerCase())) {
    throw new ConcurrencyCancelled(
      `Canceling since a deadlock was detected for concurrency group: '${concurrency.group}' between a top level workflow and a job`,
    );
  }
  return run.concurrency.acquire({
    ...concurrency,
    cancelHolder: (reason) => cancel.abort(new ConcurrencyCancelled(reason)),
    signal,
  });
}
