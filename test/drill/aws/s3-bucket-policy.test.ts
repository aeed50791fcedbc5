import {
  CopyObjectCommand,
  DeleteObjectCommand,
  GetBucketPolicyCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutBucketPolicyCommand,
  PutObjectCommand,
} from "@aws-sdk/client-s3";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { ACCOUNT, errorOf, OPERATOR, type Platform, refusalOf, startPlatform } from "./core-platform.ts";

const Bucket = "audit";
let platform: Platform;
beforeEach(async () => {
  platform = await startPlatform();
  platform.aws.s3.createBucket(Bucket);
  platform.aws.s3.createBucket("vault");
  platform.aws.s3.seedObject(Bucket, "logs/1", "x");
});
afterEach(() => platform.close());

const deny = (statement: object): Promise<unknown> =>
  platform.s3.send(
    new PutBucketPolicyCommand({
      Bucket,
      Policy: JSON.stringify({
        Version: "2012-10-17",
        Statement: [
          {
            Effect: "Deny",
            Principal: "*",
            Action: "s3:*",
            Resource: `arn:aws:s3:::${Bucket}/*`,
            ...statement,
          },
        ],
      }),
    }),
  );
const get = () => platform.s3.send(new GetObjectCommand({ Bucket, Key: "logs/1" }));
const put = (more: object = {}) =>
  platform.s3.send(new PutObjectCommand({ Bucket, Key: "logs/2", Body: "x", ...more }));
const remove = (more: object = {}) =>
  platform.s3.send(new DeleteObjectCommand({ Bucket, Key: "logs/1", ...more }));

describe("a bucket policy's Deny", () => {
  test("of deletion refuses every principal, and nothing else", async () => {
    await deny({ Action: ["s3:DeleteObject", "s3:DeleteObjectVersion"] });
    expect(await refusalOf(remove())).toMatchObject({
      name: "AccessDenied",
      status: 403,
      message: expect.stringContaining(
        's3:DeleteObject on resource: "arn:aws:s3:::audit/logs/1" with an explicit deny',
      ),
    });
    expect(
      await errorOf(remove({ VersionId: platform.aws.s3.bucket(Bucket).newest("logs/1")?.versionId })),
    ).toBe("AccessDenied");
    expect((await get()).ContentLength).toBe(1);
    expect((await put()).ETag).toBeDefined();
  });

  test("matches actions and resources with wildcards", async () => {
    await deny({ Action: "s3:Delete*", Resource: `arn:aws:s3:::${Bucket}/log?/*` });
    expect(await errorOf(remove())).toBe("AccessDenied");
    await deny({ Action: "s3:Delete*", Resource: `arn:aws:s3:::${Bucket}/other/*` });
    expect((await remove()).DeleteMarker).toBe(true);
    await deny({ Action: "s3:ListBucket", Resource: `arn:aws:s3:::${Bucket}` });
    expect(await errorOf(platform.s3.send(new ListObjectsV2Command({ Bucket })))).toBe("AccessDenied");
  });

  test("holds for a copy's source and destination", async () => {
    const copyOut = () =>
      platform.s3.send(new CopyObjectCommand({ Bucket: "vault", Key: "k", CopySource: `${Bucket}/logs/1` }));
    const copyIn = () =>
      platform.s3.send(new CopyObjectCommand({ Bucket, Key: "k", CopySource: `${Bucket}/logs/1` }));
    await deny({ Action: "s3:GetObject" });
    expect(await errorOf(copyOut())).toBe("AccessDenied");
    await deny({ Action: "s3:PutObject" });
    expect((await copyOut()).CopyObjectResult?.ETag).toBeDefined();
    expect(await errorOf(copyIn())).toBe("AccessDenied");
  });

  test("may name principals, or everyone but them", async () => {
    await deny({ Principal: { AWS: [OPERATOR] }, Action: "s3:GetObject" });
    expect(await errorOf(get())).toBe("AccessDenied");
    await deny({ Principal: { AWS: `arn:aws:iam::${ACCOUNT}:role/other` }, Action: "s3:GetObject" });
    expect((await get()).ContentLength).toBe(1);
    const { Principal: _everyone, ...withoutPrincipal } = { Principal: "*" };
    await deny({
      ...withoutPrincipal,
      Action: "s3:GetObject",
      Condition: { ArnNotLike: { "aws:PrincipalArn": "arn:aws:iam::*:role/oper*" } },
    });
    expect((await get()).ContentLength).toBe(1);
  });

  test.each([
    ["StringEquals", { StringEquals: { "aws:PrincipalAccount": ACCOUNT } }, true],
    ["StringNotEquals", { StringNotEquals: { "aws:PrincipalAccount": ACCOUNT } }, false],
    ["StringLike", { StringLike: { "aws:PrincipalArn": "arn:aws:iam::*:role/op*" } }, true],
    ["Bool on TLS", { Bool: { "aws:SecureTransport": "false" } }, false],
    ["Null on an absent key", { Null: { "s3:if-none-match": "true" } }, true],
    ["Null on an absent key, negated", { Null: { "s3:if-none-match": "false" } }, false],
    [
      "StringNotEquals on an absent key",
      { StringNotEquals: { "s3:x-amz-server-side-encryption": "aws:kms" } },
      true,
    ],
    [
      "StringEquals on an absent key",
      { StringEquals: { "s3:x-amz-server-side-encryption": "aws:kms" } },
      false,
    ],
    [
      "two conditions, one of which fails",
      { Bool: { "aws:SecureTransport": "false" }, StringEquals: { "aws:PrincipalAccount": ACCOUNT } },
      false,
    ],
  ])("with the condition %s", async (_name, Condition, denied) => {
    await deny({ Action: "s3:PutObject", Condition });
    const outcome = await put().then(
      () => false,
      (error: Error) => error.name === "AccessDenied",
    );
    expect(outcome).toBe(denied);
  });

  test("can insist on conditional writes", async () => {
    await deny({ Action: "s3:PutObject", Condition: { Null: { "s3:if-none-match": "true" } } });
    expect(await errorOf(put())).toBe("AccessDenied");
    expect((await put({ IfNoneMatch: "*" })).ETag).toBeDefined();
  });
});

test("a policy is given back as it was put; a broken one and one beyond the simulation are refused", async () => {
  const { s3 } = platform;
  expect(await errorOf(s3.send(new GetBucketPolicyCommand({ Bucket })))).toBe("NoSuchBucketPolicy");
  await deny({ Action: "s3:DeleteObject" });
  const { Policy = "" } = await s3.send(new GetBucketPolicyCommand({ Bucket }));
  expect(JSON.parse(Policy)).toMatchObject({ Statement: [{ Effect: "Deny", Action: "s3:DeleteObject" }] });
  expect(await errorOf(s3.send(new PutBucketPolicyCommand({ Bucket, Policy: "{" })))).toBe("MalformedPolicy");
  expect(await errorOf(deny({ Effect: "Maybe" }))).toBe("MalformedPolicy");
  expect(await errorOf(deny({ Condition: { IpAddress: { "aws:PrincipalArn": "x" } } }))).toBe(
    "NotImplemented",
  );
  expect(await errorOf(deny({ Condition: { StringEquals: { "aws:Unheard": "x" } } }))).toBe("NotImplemented");
});
