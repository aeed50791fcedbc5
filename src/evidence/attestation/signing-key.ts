import { createPublicKey } from "node:crypto";
import { GetPublicKeyCommand, SignCommand, type SigningAlgorithmSpec } from "@aws-sdk/client-kms";
import type { Aws, Clock } from "../../ports.ts";
import { sha256 } from "../../vault/digest.ts";
import { patiently } from "../patience.ts";
import { isSignature } from "./envelope.ts";

/**
 * With SHA-256, in the order of preference. RSASSA-PSS is left out: which of the two an RSA signature is cannot be
 * seen from a DSSE envelope, and a verifier has to know.
 */
const ALGORITHMS: readonly SigningAlgorithmSpec[] = ["ECDSA_SHA_256", "RSASSA_PKCS1_V1_5_SHA_256"];

/** An asymmetric key in AWS KMS that never leaves it. */
export interface SigningKey {
  /** The key's own ARN, also where the runbook gives an alias. */
  arn: string;
  algorithm: SigningAlgorithmSpec;
  /** SubjectPublicKeyInfo in PEM. */
  publicKeyPem: string;
  sign(bytes: Buffer): Promise<Buffer>;
}

/**
 * Opens a signing key by its id, ARN or alias.
 *
 * Only digests travel: KMS takes at most 4,096 bytes of a raw message
 * (https://docs.aws.amazon.com/kms/latest/APIReference/API_Sign.html).
 * @throws Error when KMS refuses, or when the key is not one that signs SHA-256 digests.
 */
export async function openSigningKey(kms: Aws["kms"], clock: Clock, keyId: string): Promise<SigningKey> {
  const key = await patiently(clock, () => kms.send(new GetPublicKeyCommand({ KeyId: keyId })));
  const algorithm = ALGORITHMS.find((one) => key.SigningAlgorithms?.includes(one));
  if (!key.PublicKey || !key.KeyId || !algorithm)
    throw new Error(`${keyId} is no key for signing with ${ALGORITHMS.join(" or ")}`);
  const arn = key.KeyId;
  const publicKeyPem = createPublicKey({ key: Buffer.from(key.PublicKey), format: "der", type: "spki" })
    .export({ format: "pem", type: "spki" })
    .toString();
  const sign = async (bytes: Buffer): Promise<Buffer> => {
    const command = new SignCommand({
      KeyId: arn,
      Message: Buffer.from(sha256(bytes), "hex"),
      MessageType: "DIGEST",
      SigningAlgorithm: algorithm,
    });
    const { Signature } = await patiently(clock, () => kms.send(command));
    if (!Signature || !isSignature(bytes, Signature, publicKeyPem))
      throw new Error(`KMS gave a signature that does not fit the public key of ${arn}`);
    return Buffer.from(Signature);
  };
  return { arn, algorithm, publicKeyPem, sign };
}
