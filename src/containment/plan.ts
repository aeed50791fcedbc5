import { FirebreakError } from "../errors.ts";
import type { IncidentFacts, LedgerEntry } from "../incident/entries.ts";
import type { Plan, PlanStep } from "../incident/plan.ts";
import type { ActionDeps } from "../ports.ts";
import type { Revocation, Runbook } from "../runbook/schema.ts";
import type { Target } from "../runbook/target.ts";
import { planPlay, planUndo } from "./engine/plan-play.ts";
import type { PlanWorld } from "./engine/step.ts";
import { scaleDownMemory } from "./memory.ts";
import { manualSteps, playAction } from "./play.ts";
import { defaultRevocation, revokeRole, stopOthersByHand } from "./revoke-role.ts";
import { rotationPlay } from "./rotation-play.ts";
import { SCALE_DOWN } from "./scale-down.ts";
import { planWayBack, type WayBack } from "./undo.ts";

export interface PlanArgs {
  /** `INC-42`. */
  incident: string;
  change: Plan["change"];
  facts: Pick<IncidentFacts, "type" | "principal">;
  target: Target;
  runbook: Runbook;
  /** The incident's ledger. What this workflow run changed itself does not count as a difference. */
  entries: readonly LedgerEntry[];
  /** What is taken from a role, where that is the play; the runbook says it when absent. */
  revoke?: Revocation | undefined;
}

/**
 * Reads the live system and says what would be changed, from what to what.
 *
 * The same world gives the same plan, byte for byte, so its SHA-256 tells whether the world moved. A type without an
 * automatic action gives manual steps only, and nothing is read. No value of a secret is read.
 * @throws FirebreakError when the service or the parameter is missing, there is nothing to restore or to undo, or a way back finds
 *   the live system changed.
 */
export async function computePlan(deps: Pick<ActionDeps, "aws" | "context">, args: PlanArgs): Promise<Plan> {
  const action = actionOf(args);
  const world = { ...args, aws: deps.aws(args.target.region), deps };
  const { steps, remains }: Pick<WayBack, "steps"> & Partial<WayBack> =
    action === "undo"
      ? await planWayBack(world, args.facts)
      : { steps: action === null ? [] : await stepsOf(action, world, args) };
  return {
    schema: "firebreak/plan/v1",
    incident: args.incident,
    change: args.change,
    type: args.facts.type,
    environment: args.target.environment,
    mcp: args.target.mcp,
    action,
    steps,
    manual: args.change === "contain" ? await manualOf(action, world, args) : [],
    ...(remains && remains.length > 0 ? { remains } : {}),
  };
}

function actionOf({ change, facts, runbook }: PlanArgs): Plan["action"] {
  if (change === "undo") return "undo";
  return change === "restore" ? "restore-service" : playAction(facts.type, runbook);
}

async function stepsOf(
  action: Exclude<Plan["action"], "undo" | null>,
  world: PlanWorld,
  args: PlanArgs,
): Promise<PlanStep[]> {
  if (action === "scale-down") return planPlay(action, SCALE_DOWN, world);
  if (action === "restore-service") {
    if (!scaleDownMemory(args.entries)) throw nothingToRestore(args.incident);
    return planUndo("scale-down", action, SCALE_DOWN, world);
  }
  if (action === "revoke-role") {
    const { facts, runbook, revoke = defaultRevocation(runbook) } = args;
    return planPlay(action, revokeRole(facts.principal, revoke), world);
  }
  return planPlay(action, rotationPlay(planningStartsNothing), world);
}

/** The runbook's, and what this play leaves to people here and now. */
async function manualOf(action: Plan["action"], world: PlanWorld, args: PlanArgs): Promise<Plan["manual"]> {
  const { facts, runbook } = args;
  const more = action === "revoke-role" ? await stopOthersByHand(world, facts.principal) : [];
  return [...manualSteps(facts.type, runbook), ...more];
}

function planningStartsNothing(): Promise<never> {
  throw new Error("a plan starts no process");
}

function nothingToRestore(incident: string): FirebreakError {
  return new FirebreakError(
    "nothing-to-restore",
    `The ledger of ${incident} has no scale-down that is still to be taken back.`,
    "Look at the ledger in the issue; a service that was not scaled down by Firebreak is not for Firebreak to restore.",
  );
}
