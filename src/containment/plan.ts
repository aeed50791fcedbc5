import { FirebreakError } from "../errors.ts";
import { containCommand } from "../incident/commands.ts";
import type { IncidentFacts, LedgerEntry } from "../incident/entries.ts";
import type { Plan, PlanStep } from "../incident/plan.ts";
import type { ActionDeps } from "../ports.ts";
import type { Revocation, Runbook } from "../runbook/schema.ts";
import type { Target } from "../runbook/target.ts";
import { blockUser } from "./block-user.ts";
import { planPlay, planUndo } from "./engine/plan-play.ts";
import type { PlanWorld } from "./engine/step.ts";
import { scaleDownMemory } from "./memory.ts";
import { manualSteps, playAction } from "./play.ts";
import { type Protection, planProtection } from "./protect-audit-logs.ts";
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
  /** The key id of the client secret to remove, where somebody chose it. */
  credentialKeyId?: string | undefined;
  /** See `PlanWorld`. */
  identity?: "evidence" | "containment";
}

/**
 * Reads the live system and says what would be changed, from what to what.
 *
 * The same world gives the same plan, byte for byte, so its SHA-256 tells whether the world moved. A type without an
 * automatic action gives manual steps only, and nothing is read. No value of a secret is read, but where Firebreak is to
 * remove it at its issuer: it is masked, and nothing of it stands in the plan but the characters that the issuer shows.
 * @throws FirebreakError when the service or the parameter is missing, there is nothing to restore or to undo, or a way back finds
 *   the live system changed.
 */
export async function computePlan(
  deps: Pick<ActionDeps, "aws" | "context" | "graph" | "log">,
  args: PlanArgs,
): Promise<Plan> {
  const action = actionOf(args);
  const world = { ...args, aws: deps.aws(args.target.region), deps };
  const { steps, remains, manual = [], note = null } = await changesOf(action, world, args);
  return {
    schema: "firebreak/plan/v1",
    incident: args.incident,
    change: args.change,
    type: args.facts.type,
    environment: args.target.environment,
    mcp: args.target.mcp,
    action: note === null ? action : null,
    steps,
    manual: args.change === "contain" ? [...(await manualOf(action, world, args)), ...manual] : [],
    ...(note === null ? {} : { note }),
    ...(remains && remains.length > 0 ? { remains } : {}),
  };
}

function actionOf({ change, facts, runbook }: PlanArgs): Plan["action"] {
  if (change === "undo") return "undo";
  return change === "restore" ? "restore-service" : playAction(facts.type, runbook);
}

type Changes = Pick<WayBack, "steps"> & Partial<WayBack> & Partial<Protection>;

async function changesOf(action: Plan["action"], world: PlanWorld, args: PlanArgs): Promise<Changes> {
  const { facts, runbook, revoke = defaultRevocation(runbook) } = args;
  if (action === null) return { steps: [] };
  if (isAboutNobody(action, facts)) return { steps: [], note: nobodyNamed(args) };
  if (action === "undo") return planWayBack(world, facts);
  if (action === "protect-audit-logs") return planProtection(world, facts, revoke);
  return { steps: await stepsOf(action, world, args) };
}

/** A signal has declared it, and nobody has found out yet whom it is about. */
function isAboutNobody(action: Plan["action"], { principal }: PlanArgs["facts"]): boolean {
  return principal === null && (action === "block-user" || action === "revoke-role");
}

function nobodyNamed({ incident, target }: PlanArgs): string {
  const command = containCommand({ id: incident, target }, 'principal="..."');
  return `Nothing is changed yet: nobody has found out whom this is about. Once somebody has: ${command}`;
}

async function stepsOf(
  action: Exclude<Plan["action"], "undo" | "protect-audit-logs" | null>,
  world: PlanWorld,
  args: PlanArgs,
): Promise<PlanStep[]> {
  if (action === "scale-down") return planPlay(action, SCALE_DOWN, world);
  if (action === "restore-service") {
    if (!scaleDownMemory(args.entries)) throw nothingToRestore(args.incident);
    return planUndo("scale-down", action, SCALE_DOWN, world);
  }
  if (action === "block-user") return planPlay(action, blockUser(args.facts.principal), world);
  if (action === "revoke-role") {
    const { facts, runbook, revoke = defaultRevocation(runbook) } = args;
    return planPlay(action, revokeRole(facts.principal, revoke), world);
  }
  return planPlay(action, rotationPlay(args.runbook, planningStartsNothing), world);
}

/** The runbook's, and what this play leaves to people here and now. */
async function manualOf(action: Plan["action"], world: PlanWorld, args: PlanArgs): Promise<Plan["manual"]> {
  const { facts, runbook } = args;
  const more =
    action === "revoke-role" && facts.principal !== null
      ? await stopOthersByHand(world, facts.principal)
      : [];
  return [...manualSteps(facts.type, args.target.mcp, runbook), ...more];
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
