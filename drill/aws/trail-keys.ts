/** The key pairs with which CloudTrail signs digest files: one for each region. */
import { createHash, generateKeyPairSync, type KeyObject } from "node:crypto";

export interface DigestKey {
  privateKey: KeyObject;
  /** The public key as ListPublicKeys gives it: DER, PKCS#1. */
  publicKey: Buffer;
  fingerprint: string;
}

/** Made when first needed: an RSA key takes a tenth of a second. */
const keys = new Map<string, DigestKey>();

export function digestKey(region: string): DigestKey {
  const known = keys.get(region);
  if (known) return known;
  const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const der = publicKey.export({ type: "pkcs1", format: "der" });
  const made = {
    privateKey,
    publicKey: der,
    fingerprint: createHash("md5").update(der).digest("hex"),
  };
  keys.set(region, made);
  return made;
}
