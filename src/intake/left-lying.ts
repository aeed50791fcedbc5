import { describeError } from "../errors.ts";
import { IncidentRecord, type RecordDeps } from "../incident/record.ts";
import type { Runbook } from "../runbook/schema.ts";
import { environmentOf, resolveVault } from "../runbook/target.ts";
import type { Vault } from "../vault/vault.ts";
import { letFollow } from "./by-signal.ts";
import { declare } from "./declare.ts";
import {
  claimOf,
  followersOf,
  gotRunAgain,
  handledBefore,
  incidentOf,
  type Place,
  placeName,
  runAgainAt,
  signalAt,
  takenPlaces,
} from "./desk.ts";
import { dispatchCommand } from "./dispatch.ts";
import { keyOf } from "./entry.ts";
import { preserveJoined } from "./preserve-joined.ts";

const MINUTE_MS = 60_000;
/** So long a run may take from the dispatch to the claim, and from the claim to the incident. */
const PATIENCE_MS = 20 * MINUTE_MS;
/** What waits behind an older signal has been looked after by now. */
const LOOKED_AFTER_MS = 2 * 24 * 60 * MINUTE_MS;

export interface LeftLying {
  /** Places for which incident.yml was started once more. */
  dispatched: Place[];
  /** Incidents that signals joined. */
  joined: number[];
  /** What could not be looked after, and what keeps a signal from being declared, each with its remedy. */
  problems: string[];
}

/**
 * Looks after what a job left lying that was killed and never run again: a signal without a run gets one more, a signal
 * that waits behind an incident joins it, and one whose runs declared nothing is named. Whatever is done here is done once;
 * what fails for one place is a problem of that one.
 */
export async function takeUp(deps: RecordDeps, runbook: Runbook, environment: string): Promise<LeftLying> {
  const { vault: bucket, region } = resolveVault(runbook, environment);
  const vault: Vault = { s3: deps.aws(region).s3, bucket };
  const result: LeftLying = { dispatched: [], joined: [], problems: [] };
  for (const mcp of environmentOf(runbook, environment).mcps) {
    for (const { place, hasIncident, followers } of await takenPlaces(vault, { environment, mcp })) {
      try {
        if (!hasIncident) await restart(deps, runbook, vault, place, result);
        else if (followers.size > 0) await letJoin(deps, runbook, vault, place, result);
      } catch (error) {
        result.problems.push(`${placeName(place)} of ${mcp}: ${describeError(error)}`);
      }
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
  const now = deps.clock.now();
  const isOver = (begun: Date | string) => now.getTime() - new Date(begun).getTime() > PATIENCE_MS;
  const claimed = await claimOf(vault, place);
  if (claimed && claimed.incident === undefined) {
    const { runId, at } = claimed;
    const again = `gh run rerun ${runId} --failed`;
    const what = `The run ${runId} was to declare ${placeName(place)} of ${place.mcp} and has not`;
    if (isOver(at)) result.problems.push(`${what}: ${again}. ${otherwise(place)}`);
    return;
  }
  if (!isOver(signal.takenAt)) return;
  const before = claimed ? undefined : await runAgainAt(vault, place);
  if (before) {
    const what = `Two runs of incident.yml were started for ${placeName(place)} of ${place.mcp}, and neither has begun to declare it`;
    const command = dispatchCommand(runbook, place, signal);
    if (isOver(before)) result.problems.push(`${what}. See why, then: ${command}. ${otherwise(place)}`);
    return;
  }
  const incident = await declare(deps, runbook, vault, place, signal);
  if (incident !== undefined) {
    result.joined.push(incident);
    return;
  }
  result.dispatched.push(place);
  await gotRunAgain(vault, place, now);
}

/** What mends a place for good, also when its run cannot be run again any more. */
function otherwise(place: Place): string {
  return `Or declare it by hand, and say which incident it is: gh workflow run intake.yml -f environment=${place.environment} -f mcp=${place.mcp} -f signal=${placeName(place)} -f incident=NUMBER`;
}

/**
 * What came late for the ledger; a closed incident gets it, too, since that is where it was put. For a while it is seen to
 * that the capture was started which it asks for, in case this was killed in between.
 */
async function letJoin(
  deps: RecordDeps,
  runbook: Runbook,
  vault: Vault,
  place: Place,
  result: LeftLying,
): Promise<void> {
  const first = await signalAt(vault, place);
  if (deps.clock.now().getTime() - Date.parse(first.takenAt) > LOOKED_AFTER_MS) return;
  const waiting = [];
  for (const signal of await followersOf(vault, place))
    if ((await handledBefore(vault, signal))?.outcome !== "joined") waiting.push(signal);
  const incident = await incidentOf(vault, place);
  if (incident === undefined || waiting.length === 0) return;
  const record = await IncidentRecord.open(deps, runbook, place.environment, incident, place.mcp);
  const before = record.chain.length;
  await letFollow(deps, record, waiting);
  if (record.chain.length > before) {
    await record.project();
    result.joined.push(incident);
  }
  const now = deps.clock.now().getTime();
  const fresh = record.all("indicator-received").filter(({ at }) => now - Date.parse(at) <= PATIENCE_MS);
  const keys = new Set(fresh.map(({ key }) => key));
  await preserveJoined(
    deps,
    record,
    waiting.filter((signal) => keys.has(keyOf(signal))),
  );
}
