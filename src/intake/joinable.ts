import { viewOf } from "../incident/mcps.ts";
import type { IncidentRecord } from "../incident/record.ts";
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

/** Whether an older signal of the same indicator asks for as much: a worse one declares an incident of its own. */
export function asksForAsMuch({ proposed }: Pick<Signal, "proposed">, signal: Signal): boolean {
  return proposed.type === signal.proposed.type && atLeast(proposed.severity, signal.proposed.severity);
}
