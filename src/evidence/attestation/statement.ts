import { type CaptureManifest, captureFolder, type SealedCapture } from "../manifest.ts";
import type { ManifestItem } from "../source-schema.ts";
import { type InclusionProof, merkleRoot, proveInclusion } from "./merkle.ts";

/**
 * The manifest as an in-toto statement (https://github.com/in-toto/attestation/blob/main/spec/v1/statement.md): what
 * is signed. It follows from the manifest alone, so the same seal always gives the same bytes.
 * `docs/evidence-format-seal.md` specifies the predicate.
 */

export const STATEMENT_TYPE = "https://in-toto.io/Statement/v1";
export const PREDICATE_TYPE = "urn:firebreak:predicate:capture:v1";
/** What GitHub attests of a manifest, where the repository has attestations: incident and capture, nothing else. */
export const ATTESTED_PREDICATE_TYPE = "urn:firebreak:predicate:sealed-manifest:v1";

/** Beyond so many items the statement names their Merkle root instead of each of them. */
export const MOST_SUBJECTS = 2000;
const ROOT_NAME = "items.merkle-root";
const ROOT_ALGORITHM = "firebreakMerkleSha256";

interface Subject {
  name: string;
  digest: Record<string, string>;
}

export interface CaptureStatement {
  _type: typeof STATEMENT_TYPE;
  subject: Subject[];
  predicateType: typeof PREDICATE_TYPE;
  predicate: {
    incident: string;
    capture: string;
    sealedAt: string;
    complete: boolean;
    manifest: { name: "manifest.json"; sha256: string };
    label: { name: "label.json"; sha256: string };
    ledgerHead: string;
    items: { count: number; bytes: number; merkleRoot: string };
  };
}

type Sealed = Pick<SealedCapture, "manifest" | "sha256">;

/** The statement's bytes. The first subject is the manifest; the items follow, or their Merkle root. */
export function renderStatement(sealed: Sealed): Buffer {
  return Buffer.from(JSON.stringify(makeStatement(sealed)));
}

function makeStatement({ manifest, sha256 }: Sealed): CaptureStatement {
  const root = merkleRoot(itemLeaves(manifest));
  const items =
    manifest.items.length > MOST_SUBJECTS
      ? [{ name: ROOT_NAME, digest: { [ROOT_ALGORITHM]: root } }]
      : manifest.items.map((item) => ({ name: nameOf(manifest, item), digest: digestOf(item) }));
  return {
    _type: STATEMENT_TYPE,
    subject: [{ name: "manifest.json", digest: { sha256 } }, ...items],
    predicateType: PREDICATE_TYPE,
    predicate: {
      incident: manifest.incident,
      capture: manifest.capture,
      sealedAt: manifest.sealedAt,
      complete: manifest.complete,
      manifest: { name: "manifest.json", sha256 },
      label: { name: "label.json", sha256: manifest.label.sha256 },
      ledgerHead: manifest.ledgerHead,
      items: {
        count: manifest.items.length,
        bytes: manifest.items.reduce((sum, { size }) => sum + size, 0),
        merkleRoot: root,
      },
    },
  };
}

/** The leaves of the items' Merkle tree, in the manifest's order: `<algorithm>:<digest>  <name>`. */
export function itemLeaves(manifest: Pick<CaptureManifest, "incident" | "capture" | "items">): string[] {
  return manifest.items.map((item) => {
    const [[algorithm, digest] = []] = Object.entries(digestOf(item));
    return `${algorithm}:${digest}  ${nameOf(manifest, item)}`;
  });
}

/**
 * The proof that one item is among those that the statement's `merkleRoot` stands for.
 * @returns undefined when the manifest lists no item with this key.
 */
export function proveItem(
  manifest: Pick<CaptureManifest, "incident" | "capture" | "items">,
  key: string,
): (InclusionProof & { leaf: string }) | undefined {
  const index = [...manifest.items].findIndex((item) => item.key === key);
  if (index < 0) return undefined;
  const leaves = itemLeaves(manifest);
  return { leaf: leaves[index] ?? "", ...proveInclusion(leaves, index) };
}

/** Relative to the capture's folder, as all names in the statement. */
function nameOf(
  { incident, capture }: Pick<CaptureManifest, "incident" | "capture">,
  { key }: ManifestItem,
): string {
  const folder = captureFolder(incident, capture);
  return key.startsWith(folder) ? key.slice(folder.length) : key;
}

/** S3 has no SHA-256 of the whole for what was copied in parts; for such an item its composite, or only its size. */
function digestOf({ sha256, size, detail }: ManifestItem): Record<string, string> {
  if (sha256 !== null) return { sha256 };
  const composite = detail?.compositeSha256;
  return composite === undefined ? { size: String(size) } : { s3CompositeSha256: String(composite) };
}
