import {
  GetObjectAttributesCommand,
  GetObjectCommand,
  GetObjectTaggingCommand,
  HeadObjectCommand,
  PutObjectCommand,
} from "@aws-sdk/client-s3";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { OPERATOR, type Platform, refusalOf, startPlatform, textOf } from "./core-platform.ts";

let platform: Platform;
beforeAll(async () => {
  platform = await startPlatform();
  platform.aws.s3.createBucket("vault");
});
afterAll(() => platform.close());

const Bucket = "vault";

describe("an object", () => {
  test("comes back as it was put, with what was said of it", async () => {
    const { s3 } = platform;
    const Key = "a b/ü+(1)!*'&<>\"~.json";
    const put = await s3.send(
      new PutObjectCommand({
        Bucket,
        Key,
        Body: '{"ok":true}',
        ContentType: "application/json",
        ContentEncoding: "identity",
        CacheControl: "no-store",
        Metadata: { "collected-by": "firebreak", sha256: "abc" },
      }),
    );
    const got = await s3.send(new GetObjectCommand({ Bucket, Key }));
    expect(await textOf(got.Body)).toBe('{"ok":true}');
    expect(got).toMatchObject({
      ContentType: "application/json",
      ContentEncoding: "identity",
      CacheControl: "no-store",
      Metadata: { "collected-by": "firebreak", sha256: "abc" },
      VersionId: put.VersionId,
      ETag: put.ETag,
      ContentLength: 11,
      ServerSideEncryption: "AES256",
    });
    const head = await s3.send(new HeadObjectCommand({ Bucket, Key }));
    expect(head).toMatchObject({ ContentLength: 11, ETag: put.ETag, Metadata: got.Metadata });
  });

  test("that is empty comes back empty", async () => {
    await platform.s3.send(new PutObjectCommand({ Bucket, Key: "empty", Body: new Uint8Array() }));
    const got = await platform.s3.send(new GetObjectCommand({ Bucket, Key: "empty" }));
    expect(got.ContentLength).toBe(0);
    expect(await textOf(got.Body)).toBe("");
  });

  test.each([
    ["bytes=0-3", "0123", "bytes 0-3/10"],
    ["bytes=7-", "789", "bytes 7-9/10"],
    ["bytes=-2", "89", "bytes 8-9/10"],
    ["bytes=5-99", "56789", "bytes 5-9/10"],
  ])("is read in part with Range %s", async (Range, text, contentRange) => {
    await platform.s3.send(new PutObjectCommand({ Bucket, Key: "digits", Body: "0123456789" }));
    const got = await platform.s3.send(new GetObjectCommand({ Bucket, Key: "digits", Range }));
    expect(await textOf(got.Body)).toBe(text);
    expect(got.ContentRange).toBe(contentRange);
    expect(got.$metadata.httpStatusCode).toBe(206);
  });

  test("refuses a range behind its end", async () => {
    await platform.s3.send(new PutObjectCommand({ Bucket, Key: "digits", Body: "0123456789" }));
    const call = platform.s3.send(new GetObjectCommand({ Bucket, Key: "digits", Range: "bytes=10-" }));
    expect(await refusalOf(call)).toMatchObject({ name: "InvalidRange", status: 416 });
  });

  test("honours the conditions of a read", async () => {
    const { s3 } = platform;
    const { ETag } = await s3.send(new PutObjectCommand({ Bucket, Key: "conditional", Body: "x" }));
    const read = (conditions: object) =>
      s3.send(new GetObjectCommand({ Bucket, Key: "conditional", ...conditions }));
    expect(await textOf((await read({ IfMatch: ETag })).Body)).toBe("x");
    expect(await refusalOf(read({ IfMatch: '"other"' }))).toMatchObject({
      name: "PreconditionFailed",
      status: 412,
    });
    expect(await refusalOf(read({ IfNoneMatch: ETag }))).toMatchObject({ status: 304 });
    expect(await refusalOf(read({ IfModifiedSince: new Date(Date.now() + 5000) }))).toMatchObject({
      status: 304,
    });
    expect(await refusalOf(read({ IfUnmodifiedSince: new Date(0) }))).toMatchObject({ status: 412 });
  });

  test("tells its attributes", async () => {
    const { s3 } = platform;
    await s3.send(
      new PutObjectCommand({ Bucket, Key: "attributes", Body: "abc", ChecksumAlgorithm: "SHA256" }),
    );
    const attributes = await s3.send(
      new GetObjectAttributesCommand({
        Bucket,
        Key: "attributes",
        ObjectAttributes: ["ETag", "Checksum", "ObjectSize", "StorageClass", "ObjectParts"],
      }),
    );
    expect(attributes).toMatchObject({
      ETag: "900150983cd24fb0d6963f7d28e17f72",
      Checksum: {
        ChecksumSHA256: "ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=",
        ChecksumType: "FULL_OBJECT",
      },
      ObjectSize: 3,
      StorageClass: "STANDARD",
    });
    expect(attributes.ObjectParts).toBeUndefined();
  });
});

describe("what is not there", () => {
  test("a key, a version, a bucket", async () => {
    const { s3 } = platform;
    expect(await refusalOf(s3.send(new GetObjectCommand({ Bucket, Key: "nothing" })))).toMatchObject({
      name: "NoSuchKey",
      status: 404,
    });
    expect(await refusalOf(s3.send(new HeadObjectCommand({ Bucket, Key: "nothing" })))).toMatchObject({
      name: "NotFound",
      status: 404,
    });
    expect(
      await refusalOf(s3.send(new GetObjectCommand({ Bucket, Key: "nothing", VersionId: "v" }))),
    ).toMatchObject({ name: "NoSuchVersion" });
    expect(await refusalOf(s3.send(new GetObjectCommand({ Bucket: "other", Key: "k" })))).toMatchObject({
      name: "NoSuchBucket",
      status: 404,
    });
  });

  test("an operation, a header or an option that is not simulated is refused, not ignored", async () => {
    const { s3 } = platform;
    const tagging = s3.send(new GetObjectTaggingCommand({ Bucket, Key: "k" }));
    expect(await refusalOf(tagging)).toMatchObject({
      name: "NotImplemented",
      status: 501,
      message: expect.stringContaining("tagging"),
    });
    const acl = s3.send(new PutObjectCommand({ Bucket, Key: "k", Body: "x", ACL: "public-read" }));
    expect(await refusalOf(acl)).toMatchObject({
      name: "NotImplemented",
      message: expect.stringContaining("x-amz-acl"),
    });
    const override = s3.send(new GetObjectCommand({ Bucket, Key: "k", ResponseContentType: "text/plain" }));
    expect(await refusalOf(override)).toMatchObject({ name: "NotImplemented" });
    expect(platform.aws.s3.bucket(Bucket).current("k")).toBeUndefined();
  });

  test("a key beyond 1,024 bytes, metadata beyond 2 KB, another account's bucket", async () => {
    const { s3 } = platform;
    const put = (more: object) =>
      refusalOf(s3.send(new PutObjectCommand({ Bucket, Key: "k", Body: "x", ...more })));
    expect(await put({ Key: "k".repeat(1025) })).toMatchObject({ name: "KeyTooLongError" });
    expect(await put({ Metadata: { long: "x".repeat(2100) } })).toMatchObject({ name: "MetadataTooLarge" });
    expect(await put({ ExpectedBucketOwner: "999999999999" })).toMatchObject({
      name: "AccessDenied",
      status: 403,
    });
  });
});

test("the bytes that leave are counted by principal, bucket and operation", async () => {
  const { s3, aws } = platform;
  aws.s3.createBucket("counted");
  await s3.send(new PutObjectCommand({ Bucket: "counted", Key: "k", Body: "0123456789" }));
  await s3.send(new HeadObjectCommand({ Bucket: "counted", Key: "k" }));
  expect(aws.s3.bytesOut().filter(({ bucket }) => bucket === "counted")).toEqual([]);
  await textOf((await s3.send(new GetObjectCommand({ Bucket: "counted", Key: "k" }))).Body);
  await textOf(
    (await s3.send(new GetObjectCommand({ Bucket: "counted", Key: "k", Range: "bytes=0-3" }))).Body,
  );
  expect(aws.s3.bytesOut().filter(({ bucket }) => bucket === "counted")).toEqual([
    { principal: OPERATOR, bucket: "counted", operation: "GetObject", bytes: 14 },
  ]);
});
