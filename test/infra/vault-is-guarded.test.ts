import {
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  PutObjectCommand,
  type S3Client,
  UploadPartCommand,
} from "@aws-sdk/client-s3";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { policyOf } from "../../drill/scenario/stacks.ts";
import { errorOf, type Platform, startPlatform } from "../drill/aws/core-platform.ts";
import { stacks } from "../support/stacks.ts";

/** infra/vault.yml's bucket policies on the simulated S3, for callers whose own policies allow everything. */

const Bucket = "nn-aiconnectors-vault-dev";
const EXPORTS = "nn-aiconnectors-log-exports-dev";
let platform: Platform;
let admin: S3Client;
let batch: S3Client;
beforeAll(async () => {
  platform = await startPlatform({ accountId: "111122223333" });
  const shipped = await stacks();
  const policy = (id: string) => ({ Version: "2012-10-17", Statement: policyOf(shipped, id) });
  const { s3, sessions } = platform.aws;
  const lock = { defaultRetention: { mode: "GOVERNANCE" as const, days: 1 } };
  s3.createBucket(Bucket, { lock, policy: policy("VaultBucketPolicy") });
  s3.createBucket(EXPORTS, { policy: policy("ExportBucketPolicy") });
  for (const bucket of [Bucket, EXPORTS]) s3.seedObject(bucket, "there", "text");
  admin = platform.s3;
  batch = platform.s3As(sessions.issue({ roleArn: shipped.role("batch-copy").arn }));
});
afterAll(() => platform.close());

const put = (Key: string, more: object = {}, client = admin) =>
  client.send(new PutObjectCommand({ Bucket, Key, Body: "text", ...more }));
const copy = (Key: string, more: object = {}) =>
  admin.send(new CopyObjectCommand({ Bucket, Key, CopySource: `${Bucket}/there`, ...more }));
const ONCE = { IfNoneMatch: "*" };

async function upload(Key: string) {
  const { UploadId } = await admin.send(
    new CreateMultipartUploadCommand({ Bucket, Key, ChecksumAlgorithm: "CRC32" }),
  );
  const part = { Bucket, Key, UploadId, PartNumber: 1 };
  const { ETag, ChecksumCRC32 } = await admin.send(new UploadPartCommand({ ...part, Body: "text" }));
  return { Bucket, Key, UploadId, MultipartUpload: { Parts: [{ PartNumber: 1, ETag, ChecksumCRC32 }] } };
}

describe("the vault's policy", () => {
  test("nobody deletes, nor bypasses the retention", async () => {
    const object = { Bucket, Key: "there" };
    expect(await errorOf(admin.send(new DeleteObjectCommand(object)))).toBe("AccessDenied");
    const { VersionId } = await admin.send(new GetObjectCommand(object));
    for (const more of [{}, { BypassGovernanceRetention: true }])
      expect(await errorOf(admin.send(new DeleteObjectCommand({ ...object, VersionId, ...more })))).toBe(
        "AccessDenied",
      );
  });

  test("nobody writes without If-None-Match, be it over what is there or not", async () => {
    expect(await errorOf(put("new"))).toBe("AccessDenied");
    expect(await errorOf(copy("new"))).toBe("AccessDenied");
    const uploaded = await upload("new");
    expect(await errorOf(admin.send(new CompleteMultipartUploadCommand(uploaded)))).toBe("AccessDenied");
  });

  test("with it everything is written once", async () => {
    await put("a", ONCE);
    await copy("b", ONCE);
    await admin.send(new CompleteMultipartUploadCommand({ ...(await upload("c")), ...ONCE }));
    expect(await errorOf(put("a", ONCE))).toBe("PreconditionFailed");
    expect(await errorOf(copy("b", ONCE))).toBe("PreconditionFailed");
  });

  test("a batch job, which cannot say it, adds a version", async () => {
    await put("d", {}, batch);
    await put("d", {}, batch);
    const Key = "d";
    expect(await errorOf(batch.send(new DeleteObjectCommand({ Bucket, Key })))).toBe("AccessDenied");
  });
});

describe("the policy of the bucket for log exports", () => {
  test("CloudWatch Logs writes there, and nobody deletes", async () => {
    const allowed = policyOf(await stacks(), "ExportBucketPolicy").filter(({ Effect }) => Effect === "Allow");
    expect(allowed).toEqual([
      expect.objectContaining({
        Principal: { Service: "logs.eu-west-1.amazonaws.com" },
        Action: "s3:GetBucketAcl",
      }),
      expect.objectContaining({
        Principal: { Service: "logs.eu-west-1.amazonaws.com" },
        Action: "s3:PutObject",
      }),
    ]);
    const object = { Bucket: EXPORTS, Key: "there" };
    expect(await errorOf(admin.send(new DeleteObjectCommand(object)))).toBe("AccessDenied");
  });
});
