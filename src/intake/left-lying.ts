import { IncidentRecord, type RecordDeps } from "../incident/record.ts";
import type { Runbook } from "../runbook/schema.ts";
import { environmentOf, resolveVault } from "../runbook/target.ts";
import { listKeys, type Vault } from "../vault/vault.ts";
import {
  claimOf,
  followersOf,
  incidentOf,
  linesOf,
  type Place,
  placeName,
  readPlace,
  signalAt,
} from "./desk.ts";
import { dispatchIncident } from "./dispatch.ts";
import { entryOf, keyOf } from "./entry.ts";

const MINUTE_MS = 60_000;
/** So long a run may take from the dispatch to the claim, and from the claim to the incident. */
const PATIENCE_MS = 20 * MINUTE_MS;
/** What waits behind an older signal has been looked after by now. */
const LOOKED_AFTER_MS = 2 * 24 * 60 * MINUTE_MS;

export interface LeftLying {
  /** Places for which incident.yml was started once more. */
  dispatched: Place[];
  /** Incidents that followers joined. */
  joined: number[];
  /** Runs that claimed a signal and declared nothing, each with its remedy. */
  stuck: { place: Place; runId: number }[];
}

/**
 * Looks after what a job left lying that was killed and never run again: a signal without a run gets one, a signal that
 * waits behind an incident joins it, and a run that declared nothing is named. Whatever is done here is done once.
 */
export async function takeUp(deps: RecordDeps, runbook: Runbook, environment: string): Promise<LeftLying> {
  const { vault: bucket, region } = resolveVault(runbook, environment);
  const vault: Vault = { s3: deps.aws(region).s3, bucket };
  const result: LeftLying = { dispatched: [], joined: [], stuck: [] };
  for (const mcp of environmentOf(runbook, environment).mcps) {
    for (const { place, hasIncident, hasFollowers } of await places(vault, { environment, mcp })) {
      if (!hasIncident) await restart(deps, runbook, vault, place, result);
      else if (hasFollowers) await letJoin(deps, runbook, environment, vault, place, result);
    }
  }
  return result;
}

async function restart(
  deps: RecordDeps,
  runbook: Runbook,
  vault: Vault,
  place: Place,
  result: LeftLying,
): Promise<void> {
  const signal = await signalAt(vault, place);
  const now = deps.clock.now().getTime();
  const claimed = await claimOf(vault, place);
  if (claimed) {
    if (now - Date.parse(claimed.at) > PATIENCE_MS) result.stuck.push({ place, runId: claimed.runId });
    return;
  }
  if (now - Date.parse(signal.takenAt) <= PATIENCE_MS) return;
  await dispatchIncident(deps, runbook, place, signal);
  result.dispatched.push(place);
}

/** What came late for the ledger; a closed incident gets it, too, since that is where it was put. */
async function letJoin(
  deps: RecordDeps,
  runbook: Runbook,
  environment: string,
  vault: Vault,
  place: Place,
  result: LeftLying,
): Promise<void> {
  const first = await signalAt(vault, place);
  if (deps.clock.now().getTime() - Date.parse(first.takenAt) > LOOKED_AFTER_MS) return;
  const followers = await followersOf(vault, place);
  const incident = await incidentOf(vault, place);
  if (incident === undefined) return;
  const record = await IncidentRecord.open(deps, runbook, environment, incident, place.mcp);
  const before = record.chain.length;
  for (const signal of followers)
    await record.append("indicator-received", entryOf(signal, true), keyOf(signal));
  if (record.chain.length === before) return;
  await record.project();
  result.joined.push(incident);
}

interface Found {
  place: Place;
  hasIncident: boolean;
  hasFollowers: boolean;
}

/** Every place of an mcp, by one listing. */
async function places(vault: Vault, where: Pick<Place, "environment" | "mcp">): Promise<Found[]> {
  const prefix = linesOf(where);
  const found = new Map<string, Found>();
  for (const key of await listKeys(vault, prefix)) {
    const [channel, row, number, ...rest] = key.slice(prefix.length).split("/");
    const place = readPlace(where, [channel, row, number].join("/"));
    if (!place) continue;
    const name = placeName(place);
    const known = found.get(name) ?? { place, hasIncident: false, hasFollowers: false };
    if (rest[0] === "incident.json") known.hasIncident = true;
    if (rest[0] === "followers") known.hasFollowers = true;
    found.set(name, known);
  }
  return [...found.values()];
}
