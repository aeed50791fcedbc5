import { firstIssue, type Manifest, referenceFormat, sealedFormat } from "./format.ts";
import type { ChainedEntry } from "./ledger.ts";
import type { Reading } from "./reading.ts";

/** The seal of a capture: its manifest, and the ledger entries that rely on the manifest's bytes. */

/** The ledger entry that vouches for a manifest. */
export interface Vouching {
  entry: ChainedEntry;
  data: ReturnType<typeof sealedFormat.parse>;
}

/** The entry that announces the seal: the first, should there be several (which is then named). */
export function sealedEntry(
  { findings }: Reading,
  capture: string,
  ledger: readonly ChainedEntry[],
): Vouching | undefined {
  for (const entry of ledger.filter(({ kind }) => kind === "capture-sealed")) {
    const parsed = sealedFormat.safeParse(entry.data);
    if (parsed.success && parsed.data.capture === capture) return { entry, data: parsed.data };
    if (!parsed.success && entry.data.capture === capture)
      findings.problem(
        "ledger-invalid",
        entry.object,
        `${entry.object} does not say what a seal's entry says: ${firstIssue(parsed.error)}`,
      );
  }
  return undefined;
}

/** Whether the ledger relies on this manifest, and on no other of this capture. */
export function checkVouched(
  { findings }: Reading,
  manifestKey: string,
  digest: string,
  capture: string,
  ledger: readonly ChainedEntry[],
  vouching: Vouching | undefined,
): void {
  if (!vouching) {
    findings.problem(
      "manifest-unannounced",
      manifestKey,
      `${manifestKey}: no entry of the ledger announces this seal, so nothing vouches for the manifest's bytes`,
    );
  } else if (vouching.data.manifestSha256 !== digest) {
    findings.problem(
      "manifest-digest",
      manifestKey,
      `${manifestKey} is not what was sealed: its SHA-256 is ${digest}, and ${vouching.entry.object} says ${vouching.data.manifestSha256}`,
    );
  }
  for (const entry of ledger) {
    const reference = referenceFormat.safeParse(entry.data);
    if (entry.object === vouching?.entry.object || !reference.success) continue;
    if (reference.data.capture !== capture || reference.data.manifestSha256 === digest) continue;
    findings.problem(
      "manifest-reference",
      [manifestKey, entry.object],
      `${entry.object} (${entry.kind}) relied on a manifest of this capture with another SHA-256`,
    );
  }
}

/** Whether the manifest belongs here, follows from the ledger and agrees with itself. */
export function checkManifest(
  { findings }: Reading,
  at: { incident: string; capture: string; manifestKey: string },
  manifest: Manifest,
  ledger: readonly ChainedEntry[],
  vouching: Vouching | undefined,
): void {
  const { incident, capture, manifestKey } = at;
  if (manifest.incident !== incident || manifest.capture !== capture)
    findings.problem(
      "manifest-misplaced",
      manifestKey,
      `${manifestKey} belongs to capture ${manifest.capture} of ${manifest.incident}`,
    );
  const head = ledger.find(({ sha256: own }) => own === manifest.ledgerHead);
  if (!head || (vouching && head.sequence >= vouching.entry.sequence))
    findings.problem(
      "manifest-head",
      manifestKey,
      `${manifestKey} was sealed on a ledger entry (SHA-256 ${manifest.ledgerHead}) that the ledger before the seal does not hold`,
    );
  const complete =
    (manifest.gaps ?? []).length === 0 && manifest.sources.every(({ status }) => status === "complete");
  if (manifest.complete !== complete)
    findings.problem(
      "complete-claim",
      manifestKey,
      `${manifestKey} says complete: ${manifest.complete}, and its sources and gaps say otherwise`,
    );
}

/** The entry's own figures, which a reader of the ledger alone has to rely on. */
export function checkSums({ findings }: Reading, manifest: Manifest, { entry, data }: Vouching): void {
  const { items, sources } = manifest;
  const folder = `incidents/${manifest.incident}/captures/${manifest.capture}/`;
  const expected = {
    key: `capture-sealed/${manifest.capture}`,
    manifestKey: `${folder}manifest.json`,
    complete: manifest.complete,
    items: items.length,
    bytes: items.reduce((sum, { size }) => sum + size, 0),
    sources: sources.map(({ source, status, gaps }) => ({
      source,
      status,
      items: items.filter((item) => item.source === source).length,
      gaps: gaps.length,
    })),
  };
  const { manifestKey, complete, items: count, bytes } = data;
  const said = { key: entry.key, manifestKey, complete, items: count, bytes, sources: data.sources };
  const wrong = (Object.keys(expected) as (keyof typeof expected)[]).filter(
    (name) => JSON.stringify(expected[name]) !== JSON.stringify(said[name]),
  );
  if (wrong.length > 0)
    findings.problem(
      "ledger-sums",
      entry.object,
      `${entry.object} says other things than the manifest: ${wrong.join(", ")}`,
    );
}
