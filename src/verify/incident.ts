import { type CaptureReport, capturesOf, checkCapture } from "./capture.ts";
import { type ChainReport, chainsOf } from "./chains.ts";
import type { Trust } from "./companions.ts";
import { type Finding, Findings, type Verdict } from "./finding.ts";
import { checkLedger } from "./ledger.ts";
import { checkLocks, checkVersions } from "./protection.ts";
import { Reading } from "./reading.ts";
import type { EvidenceStore } from "./store.ts";

/** What a verification of one incident says. The JSON output is this, as it stands. */
export interface IncidentReport {
  incident: string;
  verdict: Verdict;
  ledger: {
    entries: number;
    /** SHA-256 of the newest entry. Nothing later vouches for it: compare it with a copy noted elsewhere. */
    head: string | null;
    newestAt: string | null;
  };
  captures: CaptureReport[];
  /** How complete each ordinary capture is with what was added to it. */
  chains: ChainReport[];
  problems: Finding[];
  unchecked: Finding[];
  notes: Finding[];
  /** What was read and hashed. */
  checked: { objects: number; bytes: number };
}

/** Verifies one incident: its ledger, its captures, every object, and how the bucket keeps them. Reads only. */
export async function verifyIncident(
  store: EvidenceStore,
  incident: string,
  trust: Trust = {},
): Promise<IncidentReport> {
  const findings = new Findings();
  const reading = new Reading(store, await store.list(incident), findings);
  const root = `incidents/${incident}/`;
  checkPlaces(reading, root);
  const ledger = await checkLedger(reading, incident);
  const captures: CaptureReport[] = [];
  for (const capture of captureNames(reading, root, capturesOf(ledger)))
    captures.push(await checkCapture(reading, incident, capture, ledger, trust));
  checkSupplements(findings, root, captures);
  if (store.protection) {
    checkVersions(reading);
    await checkLocks(reading, store.protection, root);
  }
  const newest = ledger.at(-1);
  return {
    incident,
    verdict: findings.verdict,
    ledger: { entries: ledger.length, head: newest?.sha256 ?? null, newestAt: newest?.at ?? null },
    captures,
    chains: chainsOf(captures),
    problems: findings.problems,
    unchecked: findings.unchecked,
    notes: findings.notes,
    checked: reading.read,
  };
}

/** Everything of an incident is a ledger entry or lies in a capture's folder, and is an ordinary object. */
function checkPlaces({ findings, objects }: Reading, root: string): void {
  for (const { key, irregular } of objects.values()) {
    if (irregular) findings.problem("irregular", key, `${key} is ${irregular}`);
    const [section = "", capture = "", rest] = key.slice(root.length).split("/");
    const known = section === "ledger" || (section === "captures" && capture !== "" && rest !== undefined);
    if (!known) findings.problem("foreign", key, `${key} belongs to nothing: neither ledger nor capture`);
  }
}

/** A capture that adds to another: that one is sealed, here, and as it was. */
function checkSupplements(findings: Findings, root: string, captures: readonly CaptureReport[]): void {
  for (const { capture, supplements } of captures) {
    if (!supplements) continue;
    const { capture: other, manifestSha256 } = supplements;
    const found = captures.find((one) => one.capture === other && one.capture !== capture && one.sealed);
    if (found?.manifestSha256 === manifestSha256) continue;
    const keys = [capture, other].map((name) => `${root}captures/${name}/manifest.json`);
    findings.problem(
      "supplement-broken",
      keys,
      `${keys[0]} adds to ${keys[1]} with the SHA-256 ${manifestSha256}, ${found ? `which has ${found.manifestSha256} now` : "which is not there"}`,
    );
  }
}

function captureNames({ objects }: Reading, root: string, started: readonly string[]): string[] {
  const prefix = `${root}captures/`;
  const found = [...objects.keys()]
    .filter((key) => key.startsWith(prefix))
    .map((key) => key.slice(prefix.length).split("/"))
    .flatMap(([name, ...rest]) => (name && rest.length > 0 ? [name] : []));
  return [...new Set([...found, ...started])].sort();
}
