import type { LedgerEntry } from "../../incident/entries.ts";
import type { PlanStep } from "../../incident/plan.ts";
import type { ChangeAction } from "../changes.ts";
import { begunByThisRun, begunStep } from "./progress.ts";
import type { Move } from "./run-play.ts";
import type { Change, PlanWorld, Step } from "./step.ts";

/**
 * What a play would change in the live system as it is; steps that have nothing to change are left out.
 *
 * A step that this workflow run has begun already keeps the plan by which it was begun, as long as the live system is
 * what that plan began with or leads to: the difference is the run's own doing.
 */
export async function planPlay(
  action: ChangeAction,
  steps: readonly Step[],
  world: PlanWorld,
): Promise<PlanStep[]> {
  const planned: PlanStep[] = [];
  for (const step of steps) {
    const one = (await begunBefore(world, action, step.id, step)) ?? (await step.plan(world));
    if (one) planned.push(one);
  }
  return planned;
}

/** The way back from what the play has begun and nobody has taken back, the last step first. */
export async function planUndo(
  action: ChangeAction,
  undoAction: ChangeAction,
  steps: readonly Step[],
  world: PlanWorld,
): Promise<PlanStep[]> {
  const planned: PlanStep[] = [];
  const entries = withoutOwnProofs(world, undoAction);
  for (const { id, undo } of [...steps].reverse()) {
    const made = "none" in undo ? undefined : begunStep(entries, action, { id, undo });
    if ("none" in undo || !made) continue;
    const one = (await begunBefore(world, undoAction, undo.id, undo)) ?? (await undo.plan(world, made));
    if (one) planned.push(one);
  }
  return planned;
}

/** What was begun and cannot be taken back, with why. */
export function withoutUndo(
  action: ChangeAction,
  steps: readonly Step[],
  entries: readonly LedgerEntry[],
): { step: string; target: string; why: string }[] {
  return steps.flatMap(({ id, undo }) => {
    const made = "none" in undo ? begunStep(entries, action, { id, undo }) : undefined;
    return made && "none" in undo ? [{ step: id, target: made.target, why: undo.none }] : [];
  });
}

/** The recorded steps with what carries them out. @throws Error for a step that the play does not have. */
export function movesOf(steps: readonly Step[], planned: readonly PlanStep[]): Move[] {
  return planned.map((one) => {
    for (const step of steps) {
      if (step.id === one.id) return { planned: one, change: step };
      if (!("none" in step.undo) && step.undo.id === one.id) return { planned: one, change: step.undo };
    }
    throw new Error(`the play has no step '${one.id}'`);
  });
}

/** What this run has taken back and proved is a step of its plan all the same. */
function withoutOwnProofs({ deps, entries }: PlanWorld, action: ChangeAction): LedgerEntry[] {
  const { runId } = deps.context;
  const planned = entries.findLastIndex((entry) => entry.kind === "planned" && entry.data.runId === runId);
  return entries.filter(
    (entry, index) =>
      index <= planned ||
      entry.kind !== "change-verified" ||
      entry.by.runId !== runId ||
      entry.data.action !== action,
  );
}

async function begunBefore(
  world: PlanWorld,
  action: ChangeAction,
  id: string,
  change: Change,
): Promise<PlanStep | undefined> {
  const begun = begunByThisRun(world, action, id);
  if (!begun) return undefined;
  const { at } = await change.position(world, begun);
  return at === "elsewhere" ? undefined : begun;
}
