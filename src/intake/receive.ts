import { FirebreakError } from "../errors.ts";
import { IncidentRecord, type RecordDeps } from "../incident/record.ts";
import type { Runbook } from "../runbook/schema.ts";
import { resolveVault } from "../runbook/target.ts";
import type { Vault } from "../vault/vault.ts";
import { letFollow } from "./by-signal.ts";
import { declare } from "./declare.ts";
import {
  follow,
  handledBefore,
  incidentOf,
  markHandled,
  type Place,
  type Placed,
  placeName,
  signalAt,
  type Taken,
  takenPlaces,
  takePlace,
} from "./desk.ts";
import { keyOf } from "./entry.ts";
import { asksForAsMuch, isAsSevere, isAtWork, isNear, recordToJoin } from "./joinable.ts";
import { preserveJoined } from "./preserve-joined.ts";
import type { Signal } from "./signal.ts";

/** What came of a signal. `again`: of one that had arrived before. */
export type Reception =
  | { outcome: "declares"; place: Place; again: boolean }
  | { outcome: "joined"; incident: number; place: Place; again: boolean }
  | { outcome: "follows"; place: Place; again: boolean };

/** As often as others may take the place that was free a moment ago. */
const TRIES = 50;
/**
 * A run may be run again for 30 days, and a day may pass before it begins
 * (https://docs.github.com/en/actions/how-tos/manage-workflow-runs/re-run-workflows-and-jobs).
 */
const LOOK_BACK_MS = 31 * 24 * 3_600_000;

/**
 * Opens an incident for a signal, or lets it join the one that the same indicator on the same mcp opened not long ago.
 *
 * Exactly once, however often the signal arrives and whenever this is killed. Who declares is decided by the vault: the
 * next place in the line of this indicator and mcp is taken by a conditional write, and nobody takes one while the newest
 * incident that asks for as much can still be joined, or while the signal has a place of its own. The dispatch that follows
 * may happen twice; of two runs with the same place one claims it, and the other ends without a trace. Which incidents
 * there are, and what they have seen, is read from the vault alone: labels and text of issues are anybody's.
 *
 * One that joins has evidence preserved anew, about once an hour at most; killed after that was started, twice.
 * @throws FirebreakError `not-dispatched` when GitHub starts no run. A signal that joins has joined all the same.
 */
export async function receive(deps: RecordDeps, runbook: Runbook, signal: Signal): Promise<Reception> {
  const { vault: bucket, region } = resolveVault(runbook, signal.environment);
  const vault: Vault = { s3: deps.aws(region).s3, bucket };
  const handled = await handledBefore(vault, signal);
  if (handled) {
    const place = placeOf(signal, handled.number);
    const { outcome, incident } = handled;
    return outcome === "joined" && incident !== null
      ? { outcome, incident, place, again: true }
      : { outcome: outcome === "follows" ? "follows" : "declares", place, again: true };
  }
  for (let attempt = 0; attempt < TRIES; attempt += 1) {
    const taken = (await takenPlaces(vault, signal)).reverse();
    const reception = await atOneOf(deps, runbook, vault, taken, signal);
    if (reception) return reception;
    const place = placeOf(signal, (taken[0]?.place.number ?? 0) + 1);
    if (await takePlace(vault, place, signal, deps.clock.now()))
      return declareAt(deps, runbook, vault, place, signal);
  }
  throw new Error(`the line of ${signal.indicator} of ${signal.mcp} does not come to rest`);
}

function placeOf({ environment, mcp, indicator }: Signal, number: number): Place {
  return { environment, mcp, indicator, number };
}

/**
 * What comes of the signal by the places that are taken: by its own, or else by the newest one whose signal asks for as
 * much. Undefined when it has to take one itself. @param taken newest first.
 */
async function atOneOf(
  deps: RecordDeps,
  runbook: Runbook,
  vault: Vault,
  taken: readonly Taken[],
  signal: Signal,
): Promise<Reception | undefined> {
  const oldest = deps.clock.now().getTime() - LOOK_BACK_MS;
  let like: { place: Place; first: Placed } | undefined;
  for (const { place, followers } of taken) {
    const first = await firstAt(deps, vault, place);
    if (!first) continue;
    if (first.digest === signal.digest) return declareAt(deps, runbook, vault, place, signal);
    if (followers.has(signal.digest)) return behind(deps, runbook, vault, { place, first }, signal, true);
    if (Date.parse(first.takenAt) < oldest) break;
    if (asksForAsMuch(first, signal)) like ??= { place, first };
  }
  return like && behind(deps, runbook, vault, like, signal, false);
}

/** Undefined, with a warning, where something else lies there: one broken place stops no line. */
async function firstAt(deps: RecordDeps, vault: Vault, place: Place): Promise<Placed | undefined> {
  try {
    return await signalAt(vault, place);
  } catch (error) {
    if (!(error instanceof FirebreakError)) throw error;
    deps.log.warning(`${placeName(place)} of ${place.mcp} is passed over: ${error.message}`);
    return undefined;
  }
}

/** @param follower whether it has been put behind this place before: there it stays. */
async function behind(
  deps: RecordDeps,
  runbook: Runbook,
  vault: Vault,
  { place, first }: { place: Place; first: Placed },
  signal: Signal,
  follower: boolean,
): Promise<Reception | undefined> {
  const known = await incidentOf(vault, place);
  if (known !== undefined && !follower) return join(deps, runbook, vault, place, known, signal);
  if (!follower && !isNear(runbook, signal, first.seenAt)) return undefined;
  await follow(vault, place, signal);
  // Whoever declares looks for followers after saying which incident it is: one of the two sees the other.
  const meanwhile = await incidentOf(vault, place);
  if (meanwhile !== undefined) {
    const record = await IncidentRecord.open(deps, runbook, signal.environment, meanwhile, signal.mcp);
    return enter(deps, vault, place, record, signal);
  }
  await markHandled(vault, signal, { outcome: "follows", number: place.number, incident: null });
  return { outcome: "follows", place, again: false };
}

async function declareAt(
  deps: RecordDeps,
  runbook: Runbook,
  vault: Vault,
  place: Place,
  signal: Signal,
): Promise<Reception> {
  const incident = await declare(deps, runbook, vault, place, signal);
  return incident === undefined
    ? { outcome: "declares", place, again: false }
    : { outcome: "joined", incident, place, again: false };
}

/** Puts the signal into the incident's ledger, when people are still at it and it has seen the like not long ago. */
async function join(
  deps: RecordDeps,
  runbook: Runbook,
  vault: Vault,
  place: Place,
  incident: number,
  signal: Signal,
): Promise<Reception | undefined> {
  const record = await (await recordToJoin(deps, runbook, signal.environment, incident))?.of(signal.mcp);
  if (!record) return undefined;
  const there = record.all("indicator-received").some(({ key }) => key.endsWith(keyOf(signal)));
  if (!there && !mayJoin(record, runbook, signal)) return undefined;
  // So that it is found here when this is killed.
  await follow(vault, place, signal);
  return enter(deps, vault, place, record, signal);
}

async function enter(
  deps: RecordDeps,
  vault: Vault,
  place: Place,
  record: IncidentRecord,
  signal: Signal,
): Promise<Reception> {
  const { number: incident } = record;
  await letFollow(deps, record, [signal]);
  await record.project();
  await preserveJoined(deps, record, [signal]);
  await markHandled(vault, signal, { outcome: "joined", number: place.number, incident });
  return { outcome: "joined", incident, place, again: false };
}

function mayJoin(record: IncidentRecord, runbook: Runbook, signal: Signal): boolean {
  return (
    isAsSevere(record, signal) &&
    isAtWork(record, signal.mcp) &&
    record
      .all("indicator-received")
      .filter(({ data }) => data.indicator === signal.indicator)
      .some(({ data }) => isNear(runbook, signal, data.seenAt))
  );
}
