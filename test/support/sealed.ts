/** Sealed manifests in memory, and keys to sign them with. */
import { generateKeyPairSync, sign } from "node:crypto";
import { encodeForSigning, renderEnvelope } from "../../src/evidence/attestation/envelope.ts";
import { renderStatement } from "../../src/evidence/attestation/statement.ts";
import type { Manifest } from "../../src/evidence/manifest.ts";
import type { ManifestItem } from "../../src/evidence/source-schema.ts";
import { sha256 } from "../../src/vault/digest.ts";
import { renderManifest } from "./manifest-bytes.ts";

const FOLDER = "incidents/INC-42/captures/7001/";

/** A manifest with so many items; every seventh was copied in parts, so that S3 has no SHA-256 of it. */
export function manifestOf(count: number): Manifest {
  return {
    schema: "firebreak/manifest/v1",
    incident: "INC-42",
    capture: "7001",
    environment: "dev",
    mcp: "servicenow",
    window: { from: "2026-11-20T03:00:00.000Z", to: "2026-11-21T03:00:00.000Z" },
    startedAt: "2026-11-21T03:00:00.000Z",
    sealedAt: "2026-11-21T03:01:00.000Z",
    run: {
      id: 7001,
      attempt: 1,
      repository: "acme/platform",
      workflow: "Incident",
      job: "preserve",
      actor: "oncall",
    },
    label: { key: `${FOLDER}label.json`, versionId: "v1", sha256: sha256("label") },
    ledgerHead: sha256("head"),
    complete: true,
    sources: [],
    items: Array.from({ length: count }, (_, index) => itemOf(index)),
  };
}

function itemOf(index: number): ManifestItem {
  const inParts = index % 7 === 6;
  return {
    source: "audit-logs",
    key: `${FOLDER}audit-logs/servicenow/ønske ${index}.ndjson`,
    versionId: `v${index}`,
    size: 100 + index,
    sha256: inParts ? null : sha256(`item ${index}`),
    method: "copy",
    collectedAt: "2026-11-21T03:00:30.000Z",
    origin: { uri: "s3://audit/key" },
    ...(index % 14 === 6 ? { detail: { compositeSha256: "abc=-3" } } : {}),
  };
}

export interface Signer {
  publicKeyPem: string;
  /** The envelope that the product would make of this manifest. */
  envelope(manifest: Manifest): Buffer;
}

export function makeSigner(kind: "ec" | "rsa" = "ec"): Signer {
  const { privateKey, publicKey } =
    kind === "ec"
      ? generateKeyPairSync("ec", { namedCurve: "prime256v1" })
      : generateKeyPairSync("rsa", { modulusLength: 2048 });
  return {
    publicKeyPem: publicKey.export({ type: "spki", format: "pem" }).toString(),
    envelope: (manifest) => {
      const payload = renderStatement({ manifest, sha256: sha256(renderManifest(manifest)) });
      const sig = sign("sha256", encodeForSigning(payload), privateKey);
      return renderEnvelope(payload, { keyid: "arn:aws:kms:eu-west-1:111122223333:key/1", sig });
    },
  };
}
