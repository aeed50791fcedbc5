import type { GatePass } from "../../gate/gate.ts";
import type { LedgerEntry } from "../../incident/entries.ts";
import type { PlanStep } from "../../incident/plan.ts";
import type { ActionDeps, Aws } from "../../ports.ts";
import type { Runbook } from "../../runbook/schema.ts";
import type { Target } from "../../runbook/target.ts";
import type { Json } from "../changes.ts";
import type { ChangeContext } from "../context.ts";

/** What a step plans with: the live system, the runbook and the incident's ledger. Nothing of it is changed. */
export interface PlanWorld {
  deps: Pick<ActionDeps, "context" | "graph" | "log">;
  aws: Aws;
  target: Target;
  runbook: Runbook;
  /** `INC-42`. */
  incident: string;
  entries: readonly LedgerEntry[];
  /** The key id of the client secret to remove, where somebody chose it. */
  credentialKeyId?: string | undefined;
  /** As which of the runbook's applications the tenant is asked (`graphOf`); as the one that only reads when absent. */
  identity?: "evidence" | "containment";
}

/** The live system, and what the ledger knows of it. */
export type LiveView = Pick<PlanWorld, "deps" | "aws" | "target" | "runbook" | "entries" | "identity">;

export interface StepContext extends ChangeContext {
  pass: Pick<GatePass, "capture" | "uncovered">;
}

/** Where the live system stands between what a step planned from and what it planned to. */
export type Position =
  | { at: "from" }
  /** The change is there already; `outcome` is what `apply` would have given. */
  | { at: "to"; outcome: Json }
  /** Someone else changed it: what it was planned from, and what it is, one sentence each. */
  | { at: "elsewhere"; drift: string[] };

/** A change and the look that tells whether it is made. */
export interface Change {
  /** What the ledger has to remember of the moment before the change, beyond what the plan says. */
  remember?(context: StepContext, planned: PlanStep): Promise<Json>;
  position(view: LiveView, planned: PlanStep): Promise<Position>;
  /** Makes the change, nothing but it. @returns what the ledger keeps of it. */
  apply(context: StepContext, planned: PlanStep): Promise<Json>;
  /**
   * Shows by evidence that it worked, not by an answer of 200. @returns the proof, for the ledger.
   * @throws FirebreakError when it did not work, or can no longer be shown.
   */
  verify(context: StepContext, planned: PlanStep, outcome: Json): Promise<Json>;
}

/** How a step is taken back. */
export interface Undo extends Change {
  readonly id: string;
  /** From how the step left it, to how it was before; null when nothing is left. @param begun the step in the ledger. */
  plan(world: PlanWorld, begun: BegunStep): Promise<PlanStep | null>;
}

/** One change of a play. */
export interface Step extends Change {
  readonly id: string;
  /** From what to what it would change, as the live system is; null when there is nothing to change. */
  plan(world: PlanWorld): Promise<PlanStep | null>;
  /** How it is taken back, or why it cannot be. */
  readonly undo: Undo | { none: string };
}

/**
 * A step that was announced and has not been taken back. Whether it was made as well only the live system knows, where
 * the ledger does not.
 */
export interface BegunStep {
  target: string;
  /** How it was before the first attempt. */
  from: Json;
  to: Json;
  /** What the change gave; null when nobody noted it. */
  outcome: Json | null;
  at: Date;
}
