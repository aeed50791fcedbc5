import { FirebreakError } from "../errors.ts";
import type { Refusal } from "../incident/entries.ts";
import type { Plan } from "../incident/plan.ts";
import type { IncidentRecord } from "../incident/record.ts";
import type { ActionDeps } from "../ports.ts";
import type { CaptureSource } from "../runbook/evidence-schema.ts";
import type { LiveParameter } from "./live-parameter.ts";
import type { OwnRoleChanges } from "./live-role.ts";
import type { LiveTask } from "./live-tasks.ts";

/** What an action asks the gate for. */
export interface GateRequest {
  action: NonNullable<Plan["action"]>;
  change: Plan["change"];
  needs: {
    /** Tasks end: the log stream of every task that runs now has to be captured. */
    redeploy: boolean;
    /** The parameter is written: its current version has to be documented. */
    parameter: boolean;
    /** The policies of the role of this name change: they have to be documented as they are. */
    role?: string;
    /** The sources of which something has to be preserved before, as far as the runbook has captures collect them. */
    sources?: readonly CaptureSource[];
    /** The audit bucket's policy is replaced: the one that is there has to be documented. */
    bucketPolicy?: boolean;
  };
  /** The job of this workflow run that preserves, by its id or name: while it is under way the gate waits for it. */
  captureJob: string;
  /** The plan as it would be computed now. */
  recompute: () => Promise<Plan>;
  /** What else this action requires. */
  also?: { name: string; check: () => Promise<Finding> }[];
  /**
   * The version that the parameter had before this incident's own unfinished rotation, when the live version is the
   * one that this rotation made; undefined otherwise.
   */
  rotatedFrom?: (live: LiveParameter) => number | undefined;
  /**
   * The id of the deployment that this incident's own unfinished change has made and goes on to follow: the tasks that
   * it started are not ended by this change, so nothing of them has to be captured.
   */
  ownDeployment?: () => Promise<string | undefined>;
  /** True for a task that this change does not end: nothing of it has to be captured. */
  spares?: (task: LiveTask) => boolean;
  /** What this incident's own unfinished change has made of the role already. */
  ownRoleChanges?: () => OwnRoleChanges;
  /** The bucket policy that this incident's own unfinished change puts, and those that it replaced. */
  ownPolicyChange?: () => { put: string; replaced: readonly (string | null)[] } | undefined;
}

export interface CheckContext {
  deps: ActionDeps;
  record: IncidentRecord;
  request: GateRequest;
}

/** What a check found: why not, and otherwise one sentence that says what held. */
export interface Finding {
  refusals: Refusal[];
  held: string;
}

export function refusal(reason: string, message: string, remedy: string): Refusal {
  return { reason, message, remedy };
}

export function held(sentence: string): Finding {
  return { refusals: [], held: sentence };
}

export function refused(...refusals: Refusal[]): Finding {
  return { refusals, held: "" };
}

/**
 * Whatever a check throws is a refusal: what cannot be checked does not hold.
 */
export function refusalOf(check: string, error: unknown): Refusal {
  if (error instanceof FirebreakError) return refusal(error.reason, error.message, error.remedy);
  const problem = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  return refusal(
    "check-failed",
    `The check '${check}' could not be made: ${problem}`,
    "Mend the cause (often a permission of the job or of the role), then run the job again.",
  );
}
