import { badInput, quoted } from "../errors.ts";
import { rolePrincipal } from "../evidence/role-principal.ts";
import type { IssueDeps } from "../incident/issue.ts";
import { incidentId, readLedger } from "../incident/ledger.ts";
import type { IncidentRecord, RecordDeps } from "../incident/record.ts";
import { isAboutUser } from "../runbook/play.ts";
import type { Runbook } from "../runbook/schema.ts";
import { resolveVault } from "../runbook/target.ts";
import { userPrincipal } from "../runbook/user-principal.ts";
import type { Vault } from "../vault/vault.ts";
import { becameIncident, claim, followersOf, incidentOf, type Place, readPlace, signalAt } from "./desk.ts";
import { entryOf, keyOf } from "./entry.ts";
import { tellReporter } from "./reporter.ts";
import type { Signal } from "./signal.ts";

/** A declaration that a signal asked for. */
export interface BySignal {
  place: Place;
  signal: Signal;
  vault: Vault;
  /** Whom the signal names, where the type of incident is about somebody of that kind. */
  principal: string | undefined;
}

interface Wanted {
  environment: string;
  mcp: string;
  type: string;
  /** `alarms/auth-failures/00000003`. */
  signal: string;
}

/** @throws FirebreakError `bad-input` for what is no place, `no-signal` for one at which there is nothing. */
export async function readBySignal(
  deps: Pick<RecordDeps, "aws">,
  runbook: Runbook,
  wanted: Wanted,
): Promise<BySignal> {
  const place = readPlace(wanted, wanted.signal);
  if (!place)
    throw badInput(
      "signal",
      `is no signal's place: ${quoted(wanted.signal)}`,
      "Leave it empty when you declare by hand.",
    );
  const { vault: bucket, region } = resolveVault(runbook, wanted.environment);
  const vault: Vault = { s3: deps.aws(region).s3, bucket };
  const signal = await signalAt(vault, place);
  return { place, signal, vault, principal: principalFor(runbook, wanted.type, signal) };
}

function principalFor(runbook: Runbook, type: string, { principal }: Signal): string | undefined {
  if (principal === null || !runbook.incident_types[type]?.needs_principal) return undefined;
  const suits = isAboutUser(type, runbook) ? userPrincipal(principal) : rolePrincipal(principal);
  return suits ? principal : undefined;
}

/**
 * The run that declares by it: this one, unless another was started for the same signal and came first, or the signal
 * belongs to an incident that a person has declared.
 */
export async function claimBySignal(
  deps: Pick<RecordDeps, "clock" | "context">,
  { vault, place }: BySignal,
): Promise<number> {
  const known = await incidentOf(vault, place);
  const [declared] = known === undefined ? [] : await readLedger(vault, incidentId(known));
  if (declared?.kind === "declared") return declared.data.runId;
  const mine = { runId: deps.context.runId, at: deps.clock.now().toISOString() };
  return (await claim(vault, place, mine)).runId;
}

/**
 * The signal in the ledger of its incident; and the incident's number where those look who came meanwhile.
 * @param joined of an incident that there was already.
 * @returns all signals that it has recorded.
 */
export async function recordBySignal(
  deps: IssueDeps,
  record: IncidentRecord,
  { vault, place, signal }: Pick<BySignal, "vault" | "place" | "signal">,
  joined = false,
): Promise<Signal[]> {
  await record.append("indicator-received", entryOf(signal, joined), keyOf(signal));
  await becameIncident(vault, place, record.number);
  await tellReporter(deps, signal, record.number);
  const followers = await followersOf(vault, place);
  await letFollow(deps, record, followers);
  return [signal, ...followers];
}

/** Those that came while it was being declared. */
export async function letFollow(
  deps: IssueDeps,
  record: IncidentRecord,
  followers: readonly Signal[],
): Promise<void> {
  for (const follower of followers) {
    await record.append("indicator-received", entryOf(follower, true), keyOf(follower));
    await tellReporter(deps, follower, record.number);
  }
}
