import { IncidentRecord, type RecordDeps } from "../incident/record.ts";
import type { Runbook } from "../runbook/schema.ts";
import type { Vault } from "../vault/vault.ts";
import { declaredByHand } from "./by-hand.ts";
import { recordBySignal } from "./by-signal.ts";
import { claim, claimOf, markHandled, type Place } from "./desk.ts";
import { dispatchIncident } from "./dispatch.ts";
import { preserveJoined } from "./preserve-joined.ts";
import type { Signal } from "./signal.ts";

/**
 * Starts the incident's run for the signal of a place, unless one has begun. Where a person has declared the incident
 * already, the place becomes that one's: the claim says so, so that a run which is still to begin ends without a trace.
 * @returns the incident that it belongs to; undefined while a run has to declare it.
 */
export async function declare(
  deps: RecordDeps,
  runbook: Runbook,
  vault: Vault,
  place: Place,
  signal: Signal,
): Promise<number | undefined> {
  let claimed = await claimOf(vault, place);
  const incident = claimed ? undefined : await declaredByHand(deps, runbook, signal);
  if (incident !== undefined) {
    const at = deps.clock.now().toISOString();
    claimed = await claim(vault, place, { runId: deps.context.runId, at, incident });
  }
  if (claimed?.incident !== undefined) {
    await belongTo(deps, runbook, vault, place, signal, claimed.incident);
    return claimed.incident;
  }
  if (!claimed) await dispatchIncident(deps, runbook, place, signal);
  await markHandled(vault, signal, { outcome: "declares", number: place.number, incident: null });
  return undefined;
}

/**
 * Has a place, and whatever waits at it, belong to an incident that there is, and preserves for it.
 * @throws FirebreakError `not-dispatched` when GitHub does not start the capture; all of them have joined.
 */
export async function belongTo(
  deps: RecordDeps,
  runbook: Runbook,
  vault: Vault,
  place: Place,
  signal: Signal,
  incident: number,
): Promise<void> {
  const record = await IncidentRecord.open(deps, runbook, place.environment, incident, place.mcp);
  const joined = await recordBySignal(deps, record, { vault, place, signal }, true);
  await record.project();
  await preserveJoined(deps, record, joined);
  await markHandled(vault, signal, { outcome: "joined", number: place.number, incident });
}
