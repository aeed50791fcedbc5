import type { Runbook } from "../runbook/schema.ts";
import { type LedgerEntry, NOTHING_TO_CONTAIN } from "./entries.ts";
import { type ManualStep, manualStepsOf, ordinary } from "./manual-steps.ts";
import { somethingBegun } from "./nothing-to-contain.ts";
import { escalationSteps } from "./state.ts";

/** The step that contains, as far as a person can say something of it. Pure. */

/**
 * By which a person says that nothing has to be contained: the step of the process that a containment ticks. Nobody has to
 * take it, so that it is not among `stepsToConfirm`. Undefined where the process has no such step.
 */
export function containStep(entries: readonly LedgerEntry[], runbook: Runbook): ManualStep | undefined {
  const ids = runbook.escalation.steps
    .filter(({ done_when }) => done_when === "contained")
    .map(({ id }) => id);
  return escalationSteps(entries, runbook)
    .filter(({ id, state }) => ids.includes(id) && state !== "not applicable")
    .map(({ id, text, by }) => ({ ...ordinary, id, text, by, verdicts: [NOTHING_TO_CONTAIN] as const }))[0];
}

/** Why nobody can say that nothing has to be contained, in a sentence; undefined where a person can. */
export function whyNotSpared(entries: readonly LedgerEntry[], runbook: Runbook): string | undefined {
  const byHand = manualStepsOf(entries, runbook).find(({ standsIn, by }) => standsIn && by !== undefined);
  return byHand ? `The step ${byHand.id} was done, which contains by hand.` : somethingBegun(entries);
}
