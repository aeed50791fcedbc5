import { type Finding, held, refusal, refused } from "../gate/request.ts";
import { restoreCommand } from "../incident/commands.ts";
import { entryData, entryEnvelope, type IncidentFacts, type LedgerEntry } from "../incident/entries.ts";
import { readLedger } from "../incident/ledger.ts";
import { mcpsOf, viewOf } from "../incident/mcps.ts";
import type { IncidentRecord } from "../incident/record.ts";
import { listFolders, readObject } from "../vault/vault.ts";
import { intended } from "./changes.ts";
import { fullySuspended } from "./live-service.ts";
import { openScaleDown, type ScaleDownMemory } from "./memory.ts";
import { scalesDown } from "./play.ts";
import { STEPS } from "./steps.ts";

/** So many incidents, the newest ones, are looked at. */
const INCIDENTS = 200;
const READ_AT_ONCE = 16;

/**
 * No other incident keeps the same service down that this restore would bring back.
 *
 * An other incident's scale-down counts while it is not restored, unless this incident's own scale-down came later and
 * found the service up: then it had been taken back by hand. A restore that brings nothing back waits for nobody.
 * @throws FirebreakError `ledger-broken` when the ledger of an incident about this service cannot be read.
 */
export async function checkElsewhere(record: IncidentRecord, memory: ScaleDownMemory): Promise<Finding> {
  const { desired, scaling } = memory;
  const bringsBack =
    (desired?.remembered ?? 0) > 0 || (scaling !== null && !fullySuspended(scaling.remembered));
  if (!bringsBack) return held("the restore brings nothing back that another incident may keep down");
  const foundUp = intended(openScaleDown(record.entries), "scale-down", STEPS.scaleToZero)
    .filter(({ data }) => Number(data.from.desiredCount) > 0)
    .at(-1);
  const holding: string[] = [];
  const { environment, mcp } = record.target;
  // Only an incident whose play scales down may have been joined by another mcp than the declared one.
  const mayBeOfService = (facts: IncidentFacts) =>
    facts.environment === environment && (facts.mcp === mcp || scalesDown(record.runbook, facts.type));
  for (const incident of await otherIncidents(record, mayBeOfService)) {
    const ledger = await readLedger(record.vault, incident);
    const down = mcpsOf(ledger).includes(mcp) ? newestScaleDown(viewOf(ledger, mcp)) : undefined;
    if (down && (!foundUp || down.at >= foundUp.at)) holding.push(incident);
  }
  if (holding.length === 0) return held("no other incident keeps the service down");
  const message = `${record.target.service} is kept down by ${holding.join(", ")} as well: restoring it for ${record.id} would bring its tasks back there, too.`;
  const remedies = holding.map((id) => restoreCommand({ id, target: record.target }));
  const remedy = `Once the root cause is confirmed there, restore first: ${remedies.join("; ")}. Then: ${restoreCommand(record)}`;
  return refused(refusal("contained-elsewhere", message, remedy));
}

/** The newest announced step of a scale-down that is not restored. */
function newestScaleDown(entries: readonly LedgerEntry[]): LedgerEntry<"change-intended"> | undefined {
  const open = openScaleDown(entries);
  return [STEPS.suspendScaling, STEPS.scaleToZero]
    .flatMap((step) => intended(open, "scale-down", step))
    .sort((a, b) => a.sequence - b.sequence)
    .at(-1);
}

/** The other incidents of this vault that are about the same, the newest first; of the rest only the declaration is read. */
export async function otherIncidents(
  record: IncidentRecord,
  same: (facts: IncidentFacts) => boolean,
): Promise<string[]> {
  const numberOf = (incident: string) => Number(incident.slice("INC-".length));
  const incidents = (await listFolders(record.vault, "incidents/"))
    .filter((name) => /^INC-\d+$/.test(name) && name !== record.id)
    .sort((a, b) => numberOf(b) - numberOf(a))
    .slice(0, INCIDENTS);
  const ours: string[] = [];
  for (let start = 0; start < incidents.length; start += READ_AT_ONCE) {
    const batch = incidents.slice(start, start + READ_AT_ONCE);
    const kept = await Promise.all(batch.map((incident) => mayBe(same, record, incident)));
    ours.push(...batch.filter((_, index) => kept[index]));
  }
  return ours;
}

/** True, too, for a declaration that cannot be understood: reading the whole ledger then says why. */
async function mayBe(
  same: (facts: IncidentFacts) => boolean,
  { vault }: IncidentRecord,
  incident: string,
): Promise<boolean> {
  const bytes = await readObject(vault, `incidents/${incident}/ledger/00000001.json`);
  if (!bytes) return false;
  let facts: IncidentFacts;
  try {
    facts = entryData.declared.parse(entryEnvelope.parse(JSON.parse(bytes.toString("utf8"))).data);
  } catch {
    return true;
  }
  return same(facts);
}
