import { badInput } from "../errors.ts";
import type { RecordDeps } from "../incident/record.ts";
import type { Runbook } from "../runbook/schema.ts";
import { resolveVault } from "../runbook/target.ts";
import type { Vault } from "../vault/vault.ts";
import { belongTo } from "./declare.ts";
import { incidentOf, type Place, placeName, signalAt } from "./desk.ts";

/**
 * Has the signal at a place belong to the incident that a person names, where its own run declared nothing. Whatever waits
 * behind it joins that incident, too.
 * @throws FirebreakError `bad-input` when it belongs to another one; `no-signal`; `no-ledger`.
 */
export async function nameIncident(
  deps: RecordDeps,
  runbook: Runbook,
  place: Place,
  incident: number,
): Promise<void> {
  const { vault: bucket, region } = resolveVault(runbook, place.environment);
  const vault: Vault = { s3: deps.aws(region).s3, bucket };
  const signal = await signalAt(vault, place);
  const known = await incidentOf(vault, place);
  if (known !== undefined && known !== incident)
    throw badInput(
      "incident",
      `is not the one that ${placeName(place)} of ${place.mcp} belongs to, which is INC-${known}`,
      "There is nothing to do: the signal stands in that one's record.",
    );
  await belongTo(deps, runbook, vault, place, signal, incident);
}
