import { FirebreakError } from "../errors.ts";
import { viewOf } from "../incident/mcps.ts";
import { IncidentRecord, type RecordDeps } from "../incident/record.ts";
import { statusOf, turnOf } from "../incident/status.ts";
import type { Runbook } from "../runbook/schema.ts";
import { atLeast } from "../runbook/severities.ts";
import type { Signal } from "./signal.ts";

const MINUTE_MS = 60_000;

/**
 * Whether what is seen on an mcp now may still be a part of this incident: its people are at it. Once the mcp was given
 * back, or what was wrong with it was remediated, what comes is an attack that came back: it wants evidence of its own, and
 * people who are told.
 */
export function isAtWork(
  { chain, runbook }: Pick<IncidentRecord, "chain" | "runbook">,
  mcp: string,
): boolean {
  return (
    ["open", "contained"].includes(statusOf(chain, runbook)) &&
    turnOf(viewOf(chain, mcp), false) !== "monitoring"
  );
}

/** Within the runbook's window, whichever of the two was seen first. */
export function isNear({ intake }: Runbook, { seenAt }: Pick<Signal, "seenAt">, other: string): boolean {
  const window = (intake?.join_within_minutes ?? 0) * MINUTE_MS;
  return Math.abs(Date.parse(seenAt) - Date.parse(other)) <= window;
}

/**
 * An incident that may be joined; undefined where it has no ledger, and, with a warning, where that is broken: what comes
 * then declares an incident of its own, so that one broken ledger holds up no signal. Where the vault does not answer it
 * is thrown: run again, the signal joins.
 */
export async function recordToJoin(
  deps: RecordDeps,
  runbook: Runbook,
  environment: string,
  number: number,
): Promise<IncidentRecord | undefined> {
  try {
    return await IncidentRecord.find(deps, runbook, environment, number);
  } catch (error) {
    if (!(error instanceof FirebreakError)) throw error;
    deps.log.warning(`INC-${number} is joined by nothing: ${error.message}`);
    return undefined;
  }
}

/** Whether an incident is as severe as the signal asks for, now: one that was lowered tells nobody of a worse signal. */
export function isAsSevere({ severity }: Pick<IncidentRecord, "severity">, { proposed }: Signal): boolean {
  return atLeast(severity, proposed.severity);
}

/** Whether an older signal of the same indicator asks for as much: a worse one declares an incident of its own. */
export function asksForAsMuch({ proposed }: Pick<Signal, "proposed">, signal: Signal): boolean {
  return proposed.type === signal.proposed.type && atLeast(proposed.severity, signal.proposed.severity);
}
