import { createPublicKey } from "node:crypto";
import { type AttestationFinding, verifyEnvelope, verifyTimestamp } from "./attestation.ts";
import { sha256 } from "./digest.ts";
import { firstIssue, signedFormat } from "./format.ts";
import type { LateObjects } from "./late.ts";
import type { ChainedEntry } from "./ledger.ts";
import type { Reading } from "./reading.ts";

/** Files that lie beside a manifest without being items: they are made of it, after it, and named in the ledger. */
export const COMPANIONS = ["manifest.dsse.json", "manifest.pub.pem", "manifest.tsr"] as const;
const [ENVELOPE, PUBLIC_KEY, TIMESTAMP] = COMPANIONS;

const TRUST_CODES: ReadonlySet<string> = new Set(["envelope-signature", "timestamp-trust"]);

/** Whom the reader trusts, from elsewhere than the evidence: PEM. */
export interface Trust {
  publicKey?: string;
  timestampAuthorities?: string;
}

export interface SealedManifest {
  folder: string;
  capture: string;
  /** The manifest's bytes. */
  manifest: Buffer;
  ledger: readonly ChainedEntry[];
  late: LateObjects;
}

/** Checks signature and time-stamp: that what the ledger names is there and unchanged, and what it proves. */
export async function checkCompanions(reading: Reading, sealed: SealedManifest, trust: Trust): Promise<void> {
  const named = namedInLedger(reading, sealed);
  const files = new Map<string, Buffer>();
  checkAbsent(reading, sealed, named, trust);
  for (const name of COMPANIONS) {
    const key = `${sealed.folder}${name}`;
    if (!named.has(name)) {
      if (reading.objects.has(key) && !sealed.late.has(key))
        reading.findings.problem("unlisted", key, `${key} is there, and no entry of the ledger names it`);
    } else if ((reading.objects.get(key)?.versions.length ?? 0) === 0) {
      reading.findings.problem("companion-missing", key, `${key} is named in the ledger and not there`);
    } else {
      const bytes = await reading.document(key);
      if (bytes && sha256(bytes) !== named.get(name))
        reading.findings.problem("companion-digest", key, `${key} is not the file that the ledger names`);
      if (bytes) files.set(name, bytes);
    }
  }
  await checkSignature(reading, sealed, files, trust);
  const token = files.get(TIMESTAMP);
  if (token)
    report(
      reading,
      `${sealed.folder}${TIMESTAMP}`,
      await verifyTimestamp(sealed.manifest, token, trust.timestampAuthorities),
      trust.timestampAuthorities !== undefined,
    );
}

/** Whoever says whom to trust is not content with a ledger that names no signature or no time-stamp at all. */
function checkAbsent(
  { findings }: Reading,
  { folder, capture }: SealedManifest,
  named: ReadonlyMap<string, string>,
  trust: Trust,
): void {
  const manifest = `${folder}manifest.json`;
  const say = (name: string, wanted: boolean, [problem, note]: [string, string], lacks: string) => {
    if (named.has(name)) return;
    const what = `Capture ${capture} is not ${lacks}: no entry of the ledger names a ${name}`;
    if (wanted) findings.problem(problem, manifest, `${what}, and whoever asks trusts nothing else`);
    else findings.note(note, manifest, what);
  };
  say(ENVELOPE, trust.publicKey !== undefined, ["envelope-missing", "not-signed"], "signed");
  const stamps: [string, string] = ["timestamp-missing", "not-time-stamped"];
  say(TIMESTAMP, trust.timestampAuthorities !== undefined, stamps, "time-stamped");
}

async function checkSignature(
  reading: Reading,
  { folder, manifest }: SealedManifest,
  files: ReadonlyMap<string, Buffer>,
  trust: Trust,
): Promise<void> {
  const envelope = files.get(ENVELOPE);
  if (!envelope) return;
  const beside = files.get(PUBLIC_KEY)?.toString("utf8");
  report(
    reading,
    `${folder}${ENVELOPE}`,
    verifyEnvelope(manifest, envelope, trust.publicKey ?? beside),
    trust.publicKey !== undefined,
  );
  if (trust.publicKey === undefined && beside !== undefined)
    reading.findings.note(
      "signing-key",
      `${folder}${PUBLIC_KEY}`,
      `The signature was checked with the key that lies beside it (${fingerprint(beside)}). Whose key that is, the organisation has to say.`,
    );
}

/** Companions by name, with the digest that the newest entry about each gives. */
function namedInLedger(
  { findings }: Reading,
  { folder, capture, ledger }: SealedManifest,
): Map<string, string> {
  const named = new Map<string, string>();
  const add = (key: string, digest: string) => {
    if (key.startsWith(folder)) named.set(key.slice(folder.length), digest);
  };
  for (const { kind, data, object } of ledger) {
    if (kind !== "capture-signed" || data.capture !== capture) continue;
    const parsed = signedFormat.safeParse(data);
    if (!parsed.success) {
      findings.problem(
        "ledger-invalid",
        object,
        `${object} does not say what a signature's entry says: ${firstIssue(parsed.error)}`,
      );
      continue;
    }
    const { signature, timestamp } = parsed.data;
    if (signature) {
      add(signature.key, signature.sha256);
      add(signature.publicKey, signature.publicKeySha256);
    }
    if (timestamp) add(timestamp.key, timestamp.sha256);
  }
  return named;
}

/**
 * What cannot be known without knowing whom to trust fails nothing, and is said. Where somebody did say whom, and it
 * could not be held against that, it was not checked.
 */
function report(
  { findings }: Reading,
  key: string,
  found: readonly AttestationFinding[],
  trustGiven: boolean,
): void {
  for (const { outcome, code, message } of found) {
    if (outcome === "problem") findings.problem(code, key, `${key}: ${message}`);
    else if (outcome === "unchecked" && trustGiven && TRUST_CODES.has(code))
      findings.notChecked(code, key, `${key}: ${message}`);
    else findings.note(code, key, message);
  }
}

function fingerprint(pem: string): string {
  try {
    const der = createPublicKey(pem).export({ type: "spki", format: "der" });
    return `SHA-256 of its DER ${sha256(der)}`;
  } catch {
    return "it is no public key";
  }
}
