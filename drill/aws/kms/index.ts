/** Simulated Key Management Service: asymmetric keys that sign. */
import { createHash } from "node:crypto";
import { z } from "zod";
import { AwsError } from "../errors.ts";
import { readInput } from "../input.ts";
import type { JsonOperation, JsonService, Quota } from "../service.ts";
import { signEcdsa, signRsa } from "./digest-signature.ts";
import { arnOf, type KeySpec, KeyStore, type KmsKey } from "./store.ts";

export interface Kms {
  readonly service: JsonService;
  /** Seeds keys. */
  readonly store: KeyStore;
}

/** What each kind of key signs with, as far as it is simulated: with SHA-256, and RSA in PKCS #1 v1.5 only. */
const ALGORITHMS: Readonly<Record<KeySpec, string>> = {
  ECC_NIST_P256: "ECDSA_SHA_256",
  RSA_2048: "RSASSA_PKCS1_V1_5_SHA_256",
};

const DIGEST_BYTES = 32;
const LARGEST_MESSAGE = 4096;

const keyId = z.string().min(1).max(2048);
const KeyInput = z.strictObject({ KeyId: keyId });
const SignInput = z.strictObject({
  KeyId: keyId,
  Message: z.base64().min(1),
  MessageType: z.enum(["RAW", "DIGEST"]).default("RAW"),
  SigningAlgorithm: z.string(),
});

export function createKms(): Kms {
  const store = new KeyStore();
  const service: JsonService = {
    name: "kms",
    targetPrefix: "TrentService",
    throttleError: "ThrottlingException",
    quotas: QUOTAS,
    operations: {
      Sign: sign(store),
      GetPublicKey: getPublicKey(store),
      DescribeKey: describeKey(store),
    },
  };
  return { service, store };
}

/** https://docs.aws.amazon.com/kms/latest/APIReference/API_Sign.html */
function sign(store: KeyStore): JsonOperation {
  return (raw, context) => {
    const input = readInput(SignInput, raw, "ValidationException", "Sign");
    const key = usable(store.find(input.KeyId, context));
    const arn = arnOf(`key/${key.id}`, context);
    context.log(arn);
    if (ALGORITHMS[key.spec] !== input.SigningAlgorithm) {
      throw new AwsError(
        "InvalidKeyUsageException",
        `Algorithm ${input.SigningAlgorithm} is incompatible with key spec ${key.spec}.`,
      );
    }
    const digest = digestOf(Buffer.from(input.Message, "base64"), input.MessageType);
    const signature =
      key.spec === "RSA_2048" ? signRsa(digest, key.privateKey) : signEcdsa(digest, key.privateKey);
    return {
      KeyId: arn,
      Signature: signature.toString("base64"),
      SigningAlgorithm: input.SigningAlgorithm,
    };
  };
}

function digestOf(message: Buffer, type: "RAW" | "DIGEST"): Buffer {
  if (type === "DIGEST") {
    if (message.length === DIGEST_BYTES) return message;
    throw new AwsError("ValidationException", "Digest is invalid length for algorithm.");
  }
  if (message.length > LARGEST_MESSAGE) {
    throw new AwsError(
      "ValidationException",
      "1 validation error detected: Value at 'message' failed to satisfy constraint: Member must have length less than or equal to 4096",
    );
  }
  return createHash("sha256").update(message).digest();
}

/** https://docs.aws.amazon.com/kms/latest/APIReference/API_GetPublicKey.html */
function getPublicKey(store: KeyStore): JsonOperation {
  return (raw, context) => {
    const input = readInput(KeyInput, raw, "ValidationException", "GetPublicKey");
    const key = usable(store.find(input.KeyId, context));
    const arn = arnOf(`key/${key.id}`, context);
    context.log(arn);
    return {
      KeyId: arn,
      PublicKey: key.publicKey.export({ format: "der", type: "spki" }).toString("base64"),
      KeySpec: key.spec,
      KeyUsage: "SIGN_VERIFY",
      SigningAlgorithms: [ALGORITHMS[key.spec]],
    };
  };
}

/** https://docs.aws.amazon.com/kms/latest/APIReference/API_DescribeKey.html */
function describeKey(store: KeyStore): JsonOperation {
  return (raw, context) => {
    const input = readInput(KeyInput, raw, "ValidationException", "DescribeKey");
    const key = store.find(input.KeyId, context);
    const arn = arnOf(`key/${key.id}`, context);
    context.log(arn);
    return {
      KeyMetadata: {
        AWSAccountId: context.accountId,
        KeyId: key.id,
        Arn: arn,
        CreationDate: key.createdAt / 1000,
        Enabled: key.enabled,
        KeyState: key.enabled ? "Enabled" : "Disabled",
        KeyUsage: "SIGN_VERIFY",
        KeySpec: key.spec,
        KeyManager: "CUSTOMER",
        Origin: "AWS_KMS",
        MultiRegion: false,
        SigningAlgorithms: [ALGORITHMS[key.spec]],
      },
    };
  };
}

/** Throws DisabledException. */
function usable(key: KmsKey): KmsKey {
  if (!key.enabled) throw new AwsError("DisabledException", `${key.id} is disabled.`);
  return key;
}

const SOURCE = "https://docs.aws.amazon.com/kms/latest/developerguide/requests-per-second.html";

/** Signing with RSA and with ECC keys has 1,000 a second each in most regions; here they share them. */
const QUOTAS: Readonly<Record<string, Quota>> = {
  Sign: { ratePerSecond: 1000, burst: 1000, source: SOURCE },
  GetPublicKey: { ratePerSecond: 2000, burst: 2000, source: SOURCE },
  DescribeKey: { ratePerSecond: 2000, burst: 2000, source: SOURCE },
};
