import { DeleteObjectCommand, PutObjectCommand } from "@aws-sdk/client-s3";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { errorOf, type Platform, refusalOf, startPlatform } from "./core-platform.ts";

let platform: Platform;
beforeAll(async () => {
  platform = await startPlatform();
  platform.aws.s3.createBucket("vault");
});
afterAll(() => platform.close());

const put = (Key: string, conditions: object) =>
  platform.s3.send(new PutObjectCommand({ Bucket: "vault", Key, Body: "x", ...conditions }));

test("If-None-Match: * writes only where nothing is", async () => {
  await put("once", { IfNoneMatch: "*" });
  expect(await refusalOf(put("once", { IfNoneMatch: "*" }))).toMatchObject({
    name: "PreconditionFailed",
    status: 412,
  });
  expect(platform.aws.s3.bucket("vault").versions("once")).toHaveLength(1);
});

test("of many that race for one key exactly one wins", async () => {
  const outcomes = await Promise.allSettled(
    Array.from({ length: 20 }, () => put("race", { IfNoneMatch: "*" })),
  );
  expect(outcomes.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
  expect(platform.aws.s3.bucket("vault").versions("race")).toHaveLength(1);
});

test("a delete marker counts as nothing there", async () => {
  await put("gone", {});
  await platform.s3.send(new DeleteObjectCommand({ Bucket: "vault", Key: "gone" }));
  expect((await put("gone", { IfNoneMatch: "*" })).VersionId).toBeDefined();
});

test("If-Match writes only over what was seen", async () => {
  const { ETag } = await put("seen", {});
  expect((await put("seen", { IfMatch: ETag })).ETag).toBe(ETag);
  expect(await refusalOf(put("seen", { IfMatch: '"0"' }))).toMatchObject({
    name: "PreconditionFailed",
    status: 412,
  });
  expect(await refusalOf(put("never", { IfMatch: ETag }))).toMatchObject({ name: "NoSuchKey", status: 404 });
});

test("If-None-Match with an ETag is not offered for writes", async () => {
  expect(await errorOf(put("tag", { IfNoneMatch: '"0"' }))).toBe("NotImplemented");
});
