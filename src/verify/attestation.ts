import { createHash, createPublicKey, type KeyObject, verify } from "node:crypto";
import { z } from "zod";
import { type AttestationFinding, holds, problem, unchecked } from "./attestation-finding.ts";
import { merkleRootOf } from "./merkle.ts";

/**
 * What vouches for a manifest besides its digest: the signed envelope, and the time-stamp (`timestamp.ts`). Written
 * from `docs/evidence-format-seal.md`, sharing nothing with what makes them.
 */

export type { AttestationFinding } from "./attestation-finding.ts";
export { verifyTimestamp } from "./timestamp.ts";

const PAYLOAD_TYPE = "application/vnd.in-toto+json";
const MOST_SUBJECTS = 2000;

const envelopeFormat = z.object({
  payload: z.base64(),
  payloadType: z.string(),
  signatures: z.array(z.object({ keyid: z.string(), sig: z.base64() })).min(1),
});

const digests = z.record(z.string(), z.string());
const statementFormat = z.object({
  _type: z.literal("https://in-toto.io/Statement/v1"),
  predicateType: z.literal("urn:firebreak:predicate:capture:v1"),
  subject: z.array(z.object({ name: z.string(), digest: digests })).min(1),
  predicate: z.object({
    incident: z.string(),
    capture: z.string(),
    sealedAt: z.string(),
    complete: z.boolean(),
    manifest: z.object({ name: z.literal("manifest.json"), sha256: z.string() }),
    label: z.object({ name: z.literal("label.json"), sha256: z.string() }),
    ledgerHead: z.string(),
    items: z.object({ count: z.number(), bytes: z.number(), merkleRoot: z.string() }),
  }),
});

const manifestFormat = z.object({
  incident: z.string(),
  capture: z.string(),
  sealedAt: z.string(),
  complete: z.boolean(),
  label: z.object({ sha256: z.string() }),
  ledgerHead: z.string(),
  items: z.array(
    z.object({
      key: z.string(),
      size: z.number(),
      sha256: z.string().nullable(),
      detail: z.record(z.string(), z.union([z.number(), z.string()])).optional(),
    }),
  ),
});

/**
 * Checks a DSSE envelope against the manifest that it is said to be of. Never throws for what the bytes hold.
 *
 * `publicKeyPem` is the key to trust. The one that lies beside the manifest shows only that nothing was changed
 * since; whose key it is, somebody has to know. Without a key the signature is `unchecked`.
 */
export function verifyEnvelope(
  manifestBytes: Uint8Array,
  envelopeBytes: Uint8Array,
  publicKeyPem?: string,
): AttestationFinding[] {
  const envelope = envelopeFormat.safeParse(parseJson(envelopeBytes));
  if (!envelope.success || envelope.data.payloadType !== PAYLOAD_TYPE)
    return [problem("envelope-format", "The envelope is no DSSE envelope of an in-toto statement.")];
  const payload = Buffer.from(envelope.data.payload, "base64");
  return [
    checkSignature(payload, envelope.data.signatures, publicKeyPem),
    ...checkStatement(payload, manifestBytes),
  ];
}

function checkSignature(
  payload: Buffer,
  signatures: readonly { keyid: string; sig: string }[],
  publicKeyPem: string | undefined,
): AttestationFinding {
  const names = signatures.map(({ keyid }) => keyid).join(", ");
  if (publicKeyPem === undefined)
    return unchecked(
      "envelope-signature",
      `The envelope says that ${names} signed it; no key was given to check.`,
    );
  const key = readKey(publicKeyPem);
  if (!key) return unchecked("envelope-signature", "The public key given is no P-256 or RSA key in PEM.");
  const head = Buffer.from(`DSSEv1 ${PAYLOAD_TYPE.length} ${PAYLOAD_TYPE} ${payload.byteLength} `);
  const signed = Buffer.concat([head, payload]);
  return signatures.some(({ sig }) => verify("sha256", signed, key, Buffer.from(sig, "base64")))
    ? holds("envelope-signature", `The envelope is signed by the key given (it says ${names}).`)
    : problem("envelope-signature", "The envelope is not signed by the key given, or was changed since.");
}

function readKey(pem: string): KeyObject | undefined {
  try {
    const key = createPublicKey(pem);
    return ["ec", "rsa"].includes(key.asymmetricKeyType ?? "") ? key : undefined;
  } catch {
    return undefined;
  }
}

/** Whether the statement says of this manifest what follows from it, and nothing else. */
function checkStatement(payload: Buffer, manifestBytes: Uint8Array): AttestationFinding[] {
  const statement = statementFormat.safeParse(parseJson(payload));
  if (!statement.success)
    return [problem("statement-format", "What the envelope holds is no statement about a capture.")];
  const { subject, predicate } = statement.data;
  const sha256 = createHash("sha256").update(manifestBytes).digest("hex");
  if (subject[0]?.digest.sha256 !== sha256 || predicate.manifest.sha256 !== sha256)
    return [problem("statement-manifest", "The statement is about another manifest than this one.")];
  const manifest = manifestFormat.safeParse(parseJson(manifestBytes));
  if (!manifest.success) return [problem("statement-manifest", "The manifest cannot be read.")];
  const { items, ...head } = manifest.data;
  const names = items.map(({ key }) => nameWithin(head, key));
  const itemDigests = items.map(digestOf);
  const root = merkleRootOf(
    names.map(
      (name, index) =>
        `${Object.entries(itemDigests[index] ?? {})
          .flat()
          .join(":")}  ${name}`,
    ),
  );
  const expected = [
    { name: "manifest.json", digest: { sha256 } },
    ...(items.length > MOST_SUBJECTS
      ? [{ name: "items.merkle-root", digest: { firebreakMerkleSha256: root } }]
      : names.map((name, index) => ({ name, digest: itemDigests[index] }))),
  ];
  const bytes = items.reduce((sum, { size }) => sum + size, 0);
  const agrees =
    JSON.stringify(subject) === JSON.stringify(expected) &&
    JSON.stringify(predicate.items) === JSON.stringify({ count: items.length, bytes, merkleRoot: root }) &&
    predicate.label.sha256 === head.label.sha256 &&
    (["incident", "capture", "sealedAt", "complete", "ledgerHead"] as const).every(
      (member) => predicate[member] === head[member],
    );
  return [
    agrees
      ? holds("statement-manifest", `The statement is about this manifest and its ${items.length} items.`)
      : problem("statement-manifest", "The statement names this manifest and contradicts what it says."),
  ];
}

function nameWithin({ incident, capture }: { incident: string; capture: string }, key: string): string {
  const folder = `incidents/${incident}/captures/${capture}/`;
  return key.startsWith(folder) ? key.slice(folder.length) : key;
}

function digestOf({ sha256, size, detail }: z.infer<typeof manifestFormat>["items"][number]) {
  if (sha256 !== null) return { sha256 };
  const composite = detail?.compositeSha256;
  return composite === undefined ? { size: `${size}` } : { s3CompositeSha256: `${composite}` };
}

function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(bytes).toString("utf8"));
  } catch {
    return undefined;
  }
}
