import { createPublicKey } from "node:crypto";
import { type AttestationFinding, verifyEnvelope, verifyTimestamp } from "./attestation.ts";
import { sha256 } from "./digest.ts";
import { firstIssue, signedFormat } from "./format.ts";
import type { ChainedEntry } from "./ledger.ts";
import type { Reading } from "./reading.ts";

/** Files that lie beside a manifest without being items: they are made of it, after it, and named in the ledger. */
export const COMPANIONS = ["manifest.dsse.json", "manifest.pub.pem", "manifest.tsr"] as const;
const [ENVELOPE, PUBLIC_KEY, TIMESTAMP] = COMPANIONS;

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
}

/** Checks signature and time-stamp: that what the ledger names is there and unchanged, and what it proves. */
export async function checkCompanions(reading: Reading, sealed: SealedManifest, trust: Trust): Promise<void> {
  const named = namedInLedger(reading, sealed);
  const files = new Map<string, Buffer>();
  for (const name of COMPANIONS) {
    const key = `${sealed.folder}${name}`;
    if (!named.has(name)) {
      if (reading.objects.has(key))
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
    );
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
  report(reading, `${folder}${ENVELOPE}`, verifyEnvelope(manifest, envelope, trust.publicKey ?? beside));
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

/** What cannot be known without knowing whom to trust fails nothing, and is said. */
function report({ findings }: Reading, key: string, found: readonly AttestationFinding[]): void {
  for (const { outcome, code, message } of found) {
    if (outcome === "problem") findings.problem(code, key, `${key}: ${message}`);
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
