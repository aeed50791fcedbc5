import { badInput, quoted } from "../errors.ts";
import { rolePrincipal } from "../evidence/role-principal.ts";
import type { IncidentRecord, RecordDeps } from "../incident/record.ts";
import { isAboutUser } from "../runbook/play.ts";
import type { Runbook } from "../runbook/schema.ts";
import { resolveVault } from "../runbook/target.ts";
import { userPrincipal } from "../runbook/user-principal.ts";
import type { Vault } from "../vault/vault.ts";
import { becameIncident, claim, followersOf, type Place, readPlace, signalAt } from "./desk.ts";
import { entryOf, keyOf } from "./entry.ts";
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

/** The run that declares by it: this one, unless another was started for the same signal and came first. */
export async function claimBySignal(
  deps: Pick<RecordDeps, "clock" | "context">,
  { vault, place }: BySignal,
): Promise<number> {
  const mine = { runId: deps.context.runId, at: deps.clock.now().toISOString() };
  return (await claim(vault, place, mine)).runId;
}

/** The signal in the ledger that it began; and the incident's number where those look who came meanwhile. */
export async function recordBySignal(
  record: IncidentRecord,
  { vault, place, signal }: BySignal,
): Promise<void> {
  await record.append("indicator-received", entryOf(signal, false), keyOf(signal));
  await becameIncident(vault, place, record.number);
  for (const follower of await followersOf(vault, place))
    await record.append("indicator-received", entryOf(follower, true), keyOf(follower));
}
