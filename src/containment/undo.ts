import { FirebreakError } from "../errors.ts";
import type { IncidentFacts, LedgerEntry } from "../incident/entries.ts";
import type { Plan, PlanStep } from "../incident/plan.ts";
import { blockUser } from "./block-user.ts";
import type { ChangeAction } from "./changes.ts";
import { planUndo, withoutUndo } from "./engine/plan-play.ts";
import { begunStep } from "./engine/progress.ts";
import type { PlanWorld, Step } from "./engine/step.ts";
import { protectAuditLogs } from "./protect-audit-logs.ts";
import { revokeRole } from "./revoke-role.ts";
import { rotationSteps } from "./rotation-play.ts";
import { SCALE_DOWN } from "./scale-down.ts";

/** A play with every step that it can have. */
interface WholePlay {
  action: ChangeAction;
  steps: readonly Step[];
}

/** The way back of an incident: what it takes back, the last change first, and what it has to leave. */
export interface WayBack {
  steps: PlanStep[];
  remains: NonNullable<Plan["remains"]>;
}

/** The steps of all plays that have a way back, for carrying one out. */
export function undoableSteps(facts: Pick<IncidentFacts, "principal">): Step[] {
  return wholePlays(facts).flatMap(({ steps }) => steps);
}

/**
 * The way back from whatever the incident's plays have begun and nobody has taken back, the newest play first. Which
 * play the incident's type has by now does not matter: the ledger says what was begun. Where it is as it was before
 * already there are no steps.
 * @throws FirebreakError `nothing-to-undo`, and `drifted` where the live system is not as a play left it.
 */
export async function planWayBack(
  world: PlanWorld,
  facts: Pick<IncidentFacts, "principal">,
): Promise<WayBack> {
  const plays = newestFirst(wholePlays(facts), world.entries);
  const back: WayBack = { steps: [], remains: [] };
  for (const { action, steps } of plays) {
    back.steps.push(...(await planUndo(action, "undo", steps, world)));
    back.remains.push(...withoutUndo(action, steps, world.entries));
  }
  if (back.steps.length === 0 && !plays.some((play) => isOpen(play, world.entries)))
    throw nothingToUndo(world.incident, back.remains);
  return back;
}

function wholePlays({ principal }: Pick<IncidentFacts, "principal">): WholePlay[] {
  return [
    { action: "scale-down", steps: SCALE_DOWN },
    { action: "rotate-secret", steps: rotationSteps(planningStartsNothing) },
    { action: "revoke-role", steps: revokeRole(principal, "both") },
    // Whose role it was the ledger knows: a way back looks at nothing else.
    { action: "protect-audit-logs", steps: protectAuditLogs(principal ?? "", "both") },
    { action: "block-user", steps: blockUser(principal) },
  ];
}

function planningStartsNothing(): Promise<never> {
  throw new Error("a way back starts no process");
}

function newestFirst(plays: readonly WholePlay[], entries: readonly LedgerEntry[]): WholePlay[] {
  const began = ({ action }: WholePlay) =>
    entries.findLastIndex((entry) => entry.kind === "change-intended" && entry.data.action === action);
  return plays.filter((play) => began(play) >= 0).sort((a, b) => began(b) - began(a));
}

/** Something was begun that has a way back, and nobody has taken it back. */
function isOpen({ action, steps }: WholePlay, entries: readonly LedgerEntry[]): boolean {
  return steps.some((step) => !("none" in step.undo) && begunStep(entries, action, step) !== undefined);
}

function nothingToUndo(incident: string, remains: WayBack["remains"]): FirebreakError {
  const why = remains.map(
    ({ step, target, why }) => `${step} of ${target} cannot be taken back, because: ${trimmed(why)}.`,
  );
  return new FirebreakError(
    "nothing-to-undo",
    [`The ledger of ${incident} has no change that is still to be taken back.`, ...why].join("\n"),
    "Look at the ledger in the issue; what Firebreak has not changed is not for Firebreak to take back.",
  );
}

function trimmed(sentence: string): string {
  return sentence.replace(/\.$/, "");
}
