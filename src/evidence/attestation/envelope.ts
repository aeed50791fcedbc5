import { createPublicKey, verify } from "node:crypto";
import { z } from "zod";

/** A DSSE envelope, https://github.com/secure-systems-lab/dsse (protocol.md and envelope.md, version 1.0). */

const PAYLOAD_TYPE = "application/vnd.in-toto+json";

const envelopeSchema = z.object({
  payload: z.base64(),
  payloadType: z.literal(PAYLOAD_TYPE),
  signatures: z.array(z.object({ keyid: z.string(), sig: z.base64() })).min(1),
});

/** The pre-authentication encoding: the bytes that are signed. */
export function encodeForSigning(payload: Buffer): Buffer {
  const head = `DSSEv1 ${Buffer.byteLength(PAYLOAD_TYPE)} ${PAYLOAD_TYPE} ${payload.byteLength} `;
  return Buffer.concat([Buffer.from(head), payload]);
}

export function renderEnvelope(payload: Buffer, signature: { keyid: string; sig: Uint8Array }): Buffer {
  const envelope: z.infer<typeof envelopeSchema> = {
    payload: payload.toString("base64"),
    payloadType: PAYLOAD_TYPE,
    signatures: [{ keyid: signature.keyid, sig: Buffer.from(signature.sig).toString("base64") }],
  };
  return Buffer.from(`${JSON.stringify(envelope, null, 2)}\n`);
}

/** Why these bytes are not the envelope of this payload with a signature by this key; undefined when they are. */
export function objectToEnvelope(bytes: Buffer, payload: Buffer, publicKeyPem: string): string | undefined {
  const envelope = envelopeSchema.safeParse(parseJson(bytes));
  if (!envelope.success) return "it is no DSSE envelope";
  if (!Buffer.from(envelope.data.payload, "base64").equals(payload)) return "it is about something else";
  const signed = encodeForSigning(payload);
  const isOurs = ({ sig }: { sig: string }) => isSignature(signed, Buffer.from(sig, "base64"), publicKeyPem);
  return envelope.data.signatures.some(isOurs) ? undefined : "another key signed it";
}

/** ECDSA (DER) or RSA PKCS #1 v1.5, by the kind of key, with SHA-256. */
export function isSignature(signed: Buffer, signature: Uint8Array, publicKeyPem: string): boolean {
  return verify("sha256", signed, createPublicKey(publicKeyPem), signature);
}

function parseJson(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString("utf8"));
  } catch {
    return undefined;
  }
}
