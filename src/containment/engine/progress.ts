import type { LedgerEntry } from "../../incident/entries.ts";
import type { PlanStep } from "../../incident/plan.ts";
import { type ChangeAction, type Json, takenBack } from "../changes.ts";
import type { BegunStep, PlanWorld, Step } from "./step.ts";

/** How far the ledger says that a step has come. Pure: the same entries give the same answer. */

export type Progress =
  | { is: "untouched" }
  /** Announced; whether it was made only the live system knows. */
  | { is: "begun" }
  | { is: "made"; outcome: Json }
  | { is: "verified"; outcome: Json; proof: Json };

/** How far this workflow run has come with a step of the plan that it recorded last. */
export function progressOf(
  entries: readonly LedgerEntry[],
  runId: number,
  action: ChangeAction,
  step: string,
): Progress {
  const planned = entries.findLastIndex((entry) => entry.kind === "planned" && entry.data.runId === runId);
  let progress: Progress = { is: "untouched" };
  for (const entry of entries.slice(planned + 1)) {
    if (entry.by.runId !== runId || !isOf(entry, action, step)) continue;
    if (entry.kind === "change-intended" && progress.is === "untouched") progress = { is: "begun" };
    if (entry.kind === "change-made") progress = { is: "made", outcome: entry.data.outcome };
    if (entry.kind === "change-verified" && progress.is === "made")
      progress = { is: "verified", outcome: progress.outcome, proof: entry.data.proof };
  }
  return progress;
}

/** The step as the plan has it by which this workflow run began it; undefined when it has not begun it. */
export function begunByThisRun(
  { deps, entries }: Pick<PlanWorld, "deps" | "entries">,
  action: ChangeAction,
  step: string,
): PlanStep | undefined {
  const { runId } = deps.context;
  if (progressOf(entries, runId, action, step).is === "untouched") return undefined;
  const recorded = entries.findLast(
    (entry): entry is LedgerEntry<"planned"> => entry.kind === "planned" && entry.data.runId === runId,
  );
  return recorded?.data.plan.steps.find(({ id }) => id === step);
}

/** The step as this incident began it, unless it was taken back since. */
export function begunStep(
  entries: readonly LedgerEntry[],
  action: ChangeAction,
  { id, undo }: Pick<Step, "id" | "undo">,
): BegunStep | undefined {
  const since = entries.slice(1 + entries.findLastIndex((entry) => isWayBack(entry, action, undo)));
  const own = since.filter((entry) => isOf(entry, action, id));
  const begun = own.find((entry) => entry.kind === "change-intended");
  if (begun?.kind !== "change-intended") return undefined;
  const made = own.findLast((entry) => entry.kind === "change-made");
  const outcome = made?.kind === "change-made" ? made.data.outcome : null;
  const { target, from, to } = begun.data;
  return { target, from, to, outcome, at: new Date(begun.at) };
}

function isWayBack(entry: LedgerEntry, action: ChangeAction, undo: Step["undo"]): boolean {
  if (takenBack(entry, action)) return true;
  return !("none" in undo) && entry.kind === "change-verified" && entry.data.step === undo.id;
}

function isOf(entry: LedgerEntry, action: ChangeAction, step: string): boolean {
  return (
    (entry.kind === "change-intended" || entry.kind === "change-made" || entry.kind === "change-verified") &&
    entry.data.action === action &&
    entry.data.step === step
  );
}
