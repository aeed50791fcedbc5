import { IncidentRecord, type RecordDeps } from "../incident/record.ts";
import { statusOf } from "../incident/status.ts";
import type { Runbook } from "../runbook/schema.ts";
import { resolveVault } from "../runbook/target.ts";
import type { Vault } from "../vault/vault.ts";
import {
  claimOf,
  follow,
  handledBefore,
  incidentOf,
  markHandled,
  type Place,
  placesOf,
  signalAt,
  takePlace,
} from "./desk.ts";
import { dispatchIncident } from "./dispatch.ts";
import { entryOf, keyOf } from "./entry.ts";
import type { Signal } from "./signal.ts";

/** What came of a signal. `again`: of one that had arrived before. */
export type Reception =
  | { outcome: "declares"; place: Place; again: boolean }
  | { outcome: "joined"; incident: number; place: Place; again: boolean }
  | { outcome: "follows"; place: Place; again: boolean };

const MINUTE_MS = 60_000;
/** As often as others may take the place that was free a moment ago. */
const TRIES = 50;

/**
 * Opens an incident for a signal, or lets it join the one that the same indicator on the same mcp opened not long ago.
 *
 * Exactly once, however often the signal arrives and whenever this is killed. Who declares is decided by the vault: the
 * next place in the line of this indicator and mcp is taken by a conditional write, and nobody takes one while the
 * incident of the newest place can still be joined. The dispatch that follows may happen twice; of two runs with the
 * same place one claims it, and the other ends without a trace. Which incidents there are, and what they have seen, is
 * read from the vault alone: labels and text of issues are anybody's.
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
    const newest = (await placesOf(vault, signal)).at(-1);
    const reception = newest && (await behind(deps, runbook, vault, newest, signal));
    if (reception) return reception;
    const place = placeOf(signal, (newest?.number ?? 0) + 1);
    if (await takePlace(vault, place, signal, deps.clock.now()))
      return declare(deps, runbook, vault, place, signal);
  }
  throw new Error(`the line of ${signal.indicator} of ${signal.mcp} does not come to rest`);
}

function placeOf({ environment, mcp, indicator }: Signal, number: number): Place {
  return { environment, mcp, indicator, number };
}

/** What comes of the signal by the newest place that is taken; undefined when it has to take one itself. */
async function behind(
  deps: RecordDeps,
  runbook: Runbook,
  vault: Vault,
  place: Place,
  signal: Signal,
): Promise<Reception | undefined> {
  const first = await signalAt(vault, place);
  if (first.digest === signal.digest) return declare(deps, runbook, vault, place, signal);
  const known = await incidentOf(vault, place);
  if (known !== undefined) return join(deps, runbook, vault, place, known, signal);
  if (!isNear(runbook, signal, first.seenAt)) return undefined;
  await follow(vault, place, signal);
  // Whoever declares looks for followers after saying which incident it is: one of the two sees the other.
  const meanwhile = await incidentOf(vault, place);
  if (meanwhile !== undefined) return join(deps, runbook, vault, place, meanwhile, signal);
  await markHandled(vault, signal, { outcome: "follows", number: place.number, incident: null });
  return { outcome: "follows", place, again: false };
}

/** Starts the incident's run, unless one has begun. */
async function declare(
  deps: RecordDeps,
  runbook: Runbook,
  vault: Vault,
  place: Place,
  signal: Signal,
): Promise<Reception> {
  if (!(await claimOf(vault, place))) await dispatchIncident(deps, runbook, place, signal);
  await markHandled(vault, signal, { outcome: "declares", number: place.number, incident: null });
  return { outcome: "declares", place, again: false };
}

/** Puts the signal into the incident's ledger, when the incident is still open and has seen the like not long ago. */
async function join(
  deps: RecordDeps,
  runbook: Runbook,
  vault: Vault,
  place: Place,
  incident: number,
  signal: Signal,
): Promise<Reception | undefined> {
  const record = await IncidentRecord.open(deps, runbook, signal.environment, incident, signal.mcp);
  const there = record.all("indicator-received").some(({ key }) => key.endsWith(keyOf(signal)));
  if (!there && !mayJoin(record, runbook, signal)) return undefined;
  await record.append("indicator-received", entryOf(signal, true), keyOf(signal));
  await record.project();
  await markHandled(vault, signal, { outcome: "joined", number: place.number, incident });
  return { outcome: "joined", incident, place, again: false };
}

function mayJoin(record: IncidentRecord, runbook: Runbook, signal: Signal): boolean {
  if (["resolved", "reviewed"].includes(statusOf(record.chain, runbook))) return false;
  return record
    .all("indicator-received")
    .filter(({ data }) => data.indicator === signal.indicator)
    .some(({ data }) => isNear(runbook, signal, data.seenAt));
}

/** Within the runbook's window, whichever of the two was seen first. */
function isNear({ intake }: Runbook, { seenAt }: Signal, other: string): boolean {
  const window = (intake?.join_within_minutes ?? 0) * MINUTE_MS;
  return Math.abs(Date.parse(seenAt) - Date.parse(other)) <= window;
}
