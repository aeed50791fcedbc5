import type { EntryData } from "../../incident/entries.ts";
import { sha256 } from "../../vault/digest.ts";
import { ENVELOPE, foreign, PUBLIC_KEY, store, storeOnce, type Work } from "./beside.ts";
import { encodeForSigning, objectToEnvelope, renderEnvelope } from "./envelope.ts";
import { openSigningKey, type SigningKey } from "./signing-key.ts";
import { renderStatement } from "./statement.ts";

/**
 * Stores the manifest's statement in a signed envelope, and the public key beside it, unless they are there.
 *
 * The key from KMS decides, not the one that lies in the vault: that is only for whoever checks offline.
 * @throws Error when KMS does not sign, or when what is there was not made of this manifest by this key.
 */
export async function signManifest(
  work: Work,
  keyId: string,
): Promise<NonNullable<EntryData<"capture-signed">["signature"]>> {
  const { deps, record, sealed } = work;
  const key = await openSigningKey(deps.aws(record.target.region).kms, deps.clock, keyId);
  const payload = renderStatement(sealed);
  // Signed before anything is stored: a key without a signature would be a file that no ledger entry names.
  const envelope = await storeOnce(work, ENVELOPE, async () => {
    const sig = await key.sign(encodeForSigning(payload));
    await storeKey(work, key);
    return renderEnvelope(payload, { keyid: key.arn, sig });
  });
  const publicKey = await storeKey(work, key);
  const objection = objectToEnvelope(envelope.bytes, payload, key.publicKeyPem);
  if (objection) throw foreign(envelope.key, objection);
  return {
    key: envelope.key,
    sha256: sha256(envelope.bytes),
    publicKey: publicKey.key,
    publicKeySha256: sha256(publicKey.bytes),
    keyArn: key.arn,
    algorithm: key.algorithm,
  };
}

async function storeKey(work: Work, { publicKeyPem }: SigningKey): Promise<{ key: string; bytes: Buffer }> {
  const stored = await store(work, PUBLIC_KEY, Buffer.from(publicKeyPem));
  if (stored.bytes.toString() !== publicKeyPem) throw foreign(stored.key, "it is another key");
  return stored;
}
