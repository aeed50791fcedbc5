import { noteAttestations } from "./attested.ts";
import { COMPANIONS, checkCompanions, type Trust } from "./companions.ts";
import { sha256 } from "./digest.ts";
import {
  firstIssue,
  labelFormat,
  type Manifest,
  manifestFormat,
  parseJson,
  type Source,
  startedFormat,
} from "./format.ts";
import { checkItems } from "./items.ts";
import { checkLate, type LateObjects, lateObjects } from "./late.ts";
import type { ChainedEntry } from "./ledger.ts";
import type { Reading } from "./reading.ts";
import { checkManifest, checkSums, checkVouched, sealedEntry, type Vouching } from "./seal.ts";

/** What is known of one capture after it was checked. */
export interface CaptureReport {
  capture: string;
  sealed: boolean;
  /** Of the manifest's bytes as they lie there; null without one. */
  manifestSha256: string | null;
  sealedAt: string | null;
  items: number;
  bytes: number;
  /** The sealed capture that this one adds to; null in an ordinary one. */
  supplements: Manifest["supplements"] | null;
  /** What the manifest claims; null without one. */
  complete: boolean | null;
  /** Sources that the runbook collects and this capture was not asked for, and the like. */
  gaps: Source["gaps"];
  sources: Pick<Source, "source" | "status" | "expected" | "collected" | "gaps" | "pending">[];
}

const NOTHING_KNOWN = {
  sealed: false,
  manifestSha256: null,
  sealedAt: null,
  items: 0,
  bytes: 0,
  supplements: null,
  complete: null,
  gaps: [],
  sources: [],
};

/** Checks one capture: what the ledger says of it, its label, and every object in its folder. */
export async function checkCapture(
  reading: Reading,
  incident: string,
  capture: string,
  ledger: readonly ChainedEntry[],
  trust: Trust,
): Promise<CaptureReport> {
  const { findings } = reading;
  const folder = `incidents/${incident}/captures/${capture}/`;
  const manifestKey = `${folder}manifest.json`;
  const present = [...reading.objects.keys()].filter((key) => key.startsWith(folder));
  checkStarted(reading, folder, capture, ledger);
  const vouching = sealedEntry(reading, capture, ledger);
  const bytes = await reading.document(manifestKey, vouching?.data.manifestVersionId ?? null);
  if (!bytes) {
    unsealed(reading, { capture, manifestKey, present, vouching });
    return { ...NOTHING_KNOWN, capture };
  }

  const digest = sha256(bytes);
  checkVouched(reading, manifestKey, digest, capture, ledger, vouching);
  const parsed = manifestFormat.safeParse(parseJson(bytes));
  if (!parsed.success) {
    findings.problem(
      "manifest-invalid",
      manifestKey,
      `${manifestKey} is no manifest: ${firstIssue(parsed.error)}`,
    );
    return { ...NOTHING_KNOWN, capture, sealed: true, manifestSha256: digest };
  }
  const manifest = parsed.data;
  checkManifest(reading, { incident, capture, manifestKey }, manifest, ledger, vouching);
  if (vouching) checkSums(reading, manifest, vouching);
  await checkLabel(reading, `${folder}label.json`, { incident, capture }, manifest);
  await checkItems(reading, folder, manifest);
  const late = lateObjects(reading, folder, { capture, items: manifest.items }, ledger);
  checkUnlisted(reading, folder, present, manifest, late);
  await checkLate(reading, late);
  await checkCompanions(reading, { folder, capture, manifest: bytes, ledger, late }, trust);
  noteAttestations(reading, manifestKey, capture, ledger);
  return {
    capture,
    sealed: true,
    manifestSha256: digest,
    sealedAt: manifest.sealedAt,
    items: manifest.items.length,
    bytes: manifest.items.reduce((sum, { size }) => sum + size, 0),
    supplements: manifest.supplements ?? null,
    complete: manifest.complete,
    gaps: manifest.gaps ?? [],
    sources: manifest.sources.map(({ streams: _streams, ...source }) => source),
  };
}

/** The captures that the ledger knows: started, or sealed. */
export function capturesOf(ledger: readonly ChainedEntry[]): string[] {
  return ledger.flatMap(({ kind, data }) => {
    const parsed = startedFormat.safeParse(data);
    return (kind === "capture-started" || kind === "capture-sealed") && parsed.success
      ? [parsed.data.capture]
      : [];
  });
}

function checkStarted(
  { findings }: Reading,
  folder: string,
  capture: string,
  ledger: readonly ChainedEntry[],
): void {
  if (capturesOf(ledger.filter(({ kind }) => kind === "capture-started")).includes(capture)) return;
  findings.problem("capture-unstarted", folder, `${folder} was started by no entry of the ledger`);
}

function unsealed(
  { findings }: Reading,
  at: { capture: string; manifestKey: string; present: readonly string[]; vouching: Vouching | undefined },
): void {
  const { capture, manifestKey, present, vouching } = at;
  // What is there and could not be read has been named by whoever tried.
  if (present.includes(manifestKey)) return;
  if (vouching) {
    findings.problem(
      "manifest-missing",
      manifestKey,
      `${manifestKey} is missing, although ${vouching.entry.object} says that the capture was sealed`,
    );
  } else {
    findings.note(
      "capture-unsealed",
      present.slice(0, 1),
      `Capture ${capture} was begun and never sealed. Nothing vouches for its ${present.length} objects; they were not checked.`,
    );
  }
}

async function checkLabel(
  reading: Reading,
  key: string,
  at: { incident: string; capture: string },
  manifest: Manifest,
): Promise<void> {
  const { findings } = reading;
  if (!reading.objects.has(key) || manifest.label.key !== key) {
    findings.problem("label-missing", key, `${key} is missing, or the manifest names another label`);
    return;
  }
  const bytes = await reading.document(key, manifest.label.versionId);
  if (!bytes) return;
  if (sha256(bytes) !== manifest.label.sha256)
    findings.problem("label-digest", key, `${key} is not the label that was sealed: its SHA-256 differs`);
  const label = labelFormat.safeParse(parseJson(bytes));
  if (!label.success)
    findings.problem("label-invalid", key, `${key} is incomplete: ${firstIssue(label.error)}`);
  else if (label.data.incident !== at.incident || label.data.capture !== at.capture)
    findings.problem("label-invalid", key, `${key} is the label of another capture`);
}

/** An object that is no item must not be there, unless the ledger vouches for it. */
function checkUnlisted(
  { findings }: Reading,
  folder: string,
  present: readonly string[],
  manifest: Manifest,
  late: LateObjects,
): void {
  const listed = new Set(manifest.items.map(({ key }) => key));
  const own = new Set(["manifest.json", "label.json", ...COMPANIONS]);
  for (const key of present)
    if (!listed.has(key) && !own.has(key.slice(folder.length)) && !late.has(key))
      findings.problem("unlisted", key, `${key} lies in the capture and is not in its manifest`);
}
