import { createHash, createPublicKey, verify } from "node:crypto";
import { DescribeKeyCommand, GetPublicKeyCommand, KMSClient, SignCommand } from "@aws-sdk/client-kms";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { createKms, type Kms } from "../../../drill/aws/kms/index.ts";
import { createAws, type SimulatedAws } from "../../../drill/aws/server.ts";
import { CallLog } from "../../../drill/calls.ts";
import { createClock } from "../../../drill/clock.ts";
import { OidcIssuer } from "../../../drill/oidc.ts";

const place = { region: "eu-west-1", accountId: "111122223333" };
const calls = new CallLog();
const kms: Kms = createKms();
let server: SimulatedAws;
let client: KMSClient;

beforeAll(async () => {
  const clock = createClock({ speed: 1 });
  server = await createAws({ clock, calls, oidc: new OidcIssuer(), ...place, services: [kms.service] });
  const credentials = server.sessions.issue({ roleArn: "arn:aws:iam::111122223333:role/evidence" });
  client = new KMSClient({ region: place.region, endpoint: server.url, credentials, maxAttempts: 1 });
});
afterAll(async () => {
  client.destroy();
  await server.close();
});

test.each([
  ["ECC_NIST_P256", "ECDSA_SHA_256"],
  ["RSA_2048", "RSASSA_PKCS1_V1_5_SHA_256"],
] as const)(
  "a %s key signs digests and messages, by its alias, as Node verifies",
  async (spec, algorithm) => {
    const alias = `alias/evidence-${spec}`;
    kms.store.seed({ spec, alias });
    const described = await client.send(new DescribeKeyCommand({ KeyId: alias }));
    const { PublicKey, KeyId, SigningAlgorithms } = await client.send(
      new GetPublicKeyCommand({ KeyId: alias }),
    );
    expect(described.KeyMetadata).toMatchObject({ Arn: KeyId, KeySpec: spec, KeyState: "Enabled" });
    expect(SigningAlgorithms).toEqual([algorithm]);
    const key = createPublicKey({ key: Buffer.from(PublicKey ?? []), format: "der", type: "spki" });
    for (let round = 0; round < 20; round += 1) {
      const message = Buffer.from(`message ${round}`);
      const digest = createHash("sha256").update(message).digest();
      const raw = round % 2 === 0;
      const { Signature } = await client.send(
        new SignCommand({
          KeyId,
          Message: raw ? message : digest,
          MessageType: raw ? "RAW" : "DIGEST",
          SigningAlgorithm: algorithm,
        }),
      );
      expect(verify("sha256", message, key, Signature ?? Buffer.alloc(0))).toBe(true);
      expect(verify("sha256", Buffer.from("else"), key, Signature ?? Buffer.alloc(0))).toBe(false);
    }
    expect(calls.all().at(-1)).toMatchObject({ service: "kms", operation: "Sign", resource: KeyId });
  },
);

test("what KMS refuses is refused, with its own codes", async () => {
  const alias = "alias/refusals";
  const key = kms.store.seed({ alias });
  const sign = (change: object) =>
    client.send(
      new SignCommand({
        KeyId: alias,
        Message: Buffer.alloc(32),
        MessageType: "DIGEST",
        SigningAlgorithm: "ECDSA_SHA_256",
        ...change,
      }),
    );
  const arn = "arn:aws:kms:eu-west-1:111122223333";
  await expect(sign({ KeyId: "alias/nobody" })).rejects.toMatchObject({
    name: "NotFoundException",
    message: `Alias ${arn}:alias/nobody is not found.`,
  });
  await expect(
    sign({ KeyId: `${arn.replace("eu-west-1", "us-east-1")}:key/${key.id}` }),
  ).rejects.toMatchObject({
    name: "InvalidArnException",
  });
  await expect(sign({ SigningAlgorithm: "RSASSA_PKCS1_V1_5_SHA_256" })).rejects.toMatchObject({
    name: "InvalidKeyUsageException",
  });
  await expect(sign({ Message: Buffer.alloc(31) })).rejects.toMatchObject({ name: "ValidationException" });
  await expect(sign({ Message: Buffer.alloc(4097), MessageType: "RAW" })).rejects.toMatchObject({
    name: "ValidationException",
  });
  key.enabled = false;
  await expect(sign({})).rejects.toMatchObject({ name: "DisabledException" });
});
