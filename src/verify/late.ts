import { firstIssue, lateFormat, type Manifest } from "./format.ts";
import type { ChainedEntry } from "./ledger.ts";
import type { Reading } from "./reading.ts";

/** What the ledger says lies in a capture and is no item of it, by key. */
export type LateObjects = ReadonlyMap<string, { size: number; sha256: string }>;

/**
 * What the ledger names as late in a capture. Whoever can write an object into a capture cannot thereby write the
 * ledger, whose entries are chained: an object that no entry names stays a problem. An entry cannot make anything else
 * late than what lies beside the items: what is an item, or lies elsewhere, has its own place in the chain.
 */
export function lateObjects(
  { findings }: Reading,
  folder: string,
  { capture, items }: Pick<Manifest, "capture" | "items">,
  ledger: readonly ChainedEntry[],
): LateObjects {
  const own = new Set([...items.map(({ key }) => key), `${folder}manifest.json`, `${folder}label.json`]);
  const late = new Map<string, { size: number; sha256: string }>();
  for (const { kind, data, object } of ledger) {
    if (kind !== "late-objects" || data.capture !== capture) continue;
    const parsed = lateFormat.safeParse(data);
    if (!parsed.success) {
      findings.problem(
        "ledger-invalid",
        object,
        `${object} does not say what an entry about late objects says: ${firstIssue(parsed.error)}`,
      );
      continue;
    }
    for (const { key, size, sha256 } of parsed.data.objects) {
      if (key.startsWith(folder) && key !== folder && !own.has(key)) late.set(key, { size, sha256 });
      else
        findings.problem(
          "late-outside",
          [object, key],
          `${object} calls ${key} late, which is an item of capture ${capture}, its seal or label, or lies elsewhere`,
        );
    }
  }
  return late;
}

/** Holds each against its size and digest. It is noted, never counted as evidence of the sealed capture. */
export async function checkLate(reading: Reading, late: LateObjects): Promise<void> {
  const { findings } = reading;
  for (const [key, { size, sha256 }] of late) {
    if ((reading.objects.get(key)?.versions.length ?? 0) === 0) {
      findings.problem("late-missing", key, `${key} is named in the ledger and not there`);
      continue;
    }
    const found = await reading.digest(key, null, {});
    if (!found) continue;
    if (found.size !== size)
      findings.problem("late-size", key, `${key} has ${found.size} bytes; the ledger says ${size}`);
    if (found.sha256 !== sha256)
      findings.problem("late-digest", key, `${key} is not the object that the ledger names`);
    else if (found.size === size)
      findings.note("late-object", [key], `${key} came into the capture after its seal; the ledger names it`);
  }
}
