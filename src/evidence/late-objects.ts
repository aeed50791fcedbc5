import type { IncidentRecord } from "../incident/record.ts";
import type { Clock, Log } from "../ports.ts";
import { sha256 } from "../vault/digest.ts";
import { listKeys } from "../vault/vault.ts";
import { COMPANION_NAMES } from "./attestation/beside.ts";
import { captureFolder, labelKey, type SealedCapture } from "./manifest.ts";
import { patiently } from "./patience.ts";
import { measureObject } from "./read-back.ts";

/**
 * Tells the ledger of what lies in a sealed capture and is no item of it.
 *
 * It happens when two processes collect into one capture at once: GitHub gives up a runner that it cannot reach and
 * lets the job be run again, while the first process goes on. Whoever seals first cannot know what the other still
 * writes, and nothing in the vault can be deleted. Every process looks once when it is done, so the last one sees all.
 *
 * Only the run that sealed a capture comes here, right after it. Whatever is put there later stays unknown to the
 * ledger, and is a problem for whoever verifies. The same goes for a companion that the signing did not make itself.
 */
export async function recordLateObjects(
  { clock, log }: { clock: Clock; log: Log },
  record: IncidentRecord,
  { capture, manifest, key: manifestKey }: SealedCapture,
): Promise<void> {
  const { vault } = record;
  const folder = captureFolder(record.id, capture);
  const known = new Set([
    labelKey(record.id, capture),
    manifestKey,
    ...COMPANION_NAMES.map((name) => folder + name),
  ]);
  for (const { key } of manifest.items) known.add(key);
  for (const { data } of record.all("late-objects")) for (const { key } of data.objects) known.add(key);
  const unknown = (await patiently(clock, () => listKeys(vault, folder))).filter((key) => !known.has(key));
  if (unknown.length === 0) return;
  const objects = [];
  for (const key of unknown) objects.push({ key, ...(await measureObject(vault, clock, key)) });
  log.warning(
    `${objects.length} objects came into capture ${capture} after its seal, from another process of its run. The ledger names them; they are no items.`,
  );
  // All of them name the entry: two processes may see the same first one, and one of them more.
  const name = sha256(unknown.join("\n"));
  await record.append("late-objects", { capture, objects }, `late-objects/${capture}/${name}`);
}
