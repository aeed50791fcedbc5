import { createHash } from "node:crypto";
import { truncateSync } from "node:fs";
import { join } from "node:path";
import {
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateMultipartUploadCommand,
  GetObjectCommand,
  HeadObjectCommand,
  PutObjectCommand,
  UploadPartCopyCommand,
} from "@aws-sdk/client-s3";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { errorOf, type Platform, refusalOf, startPlatform, textOf } from "./core-platform.ts";

let platform: Platform;
beforeAll(async () => {
  platform = await startPlatform();
  platform.aws.s3.createBucket("vault");
  platform.aws.s3.createBucket("audit");
});
afterAll(() => platform.close());

const sha256 = (text: string | Buffer) => createHash("sha256").update(text).digest("base64");
const copy = (more: object) =>
  platform.s3.send(
    new CopyObjectCommand({ Bucket: "vault", Key: "copy", CopySource: "audit/source", ...more }),
  );

describe("CopyObject", () => {
  test("copies on the server's side with a SHA-256, and not one byte leaves", async () => {
    const { aws, s3 } = platform;
    const seeded = aws.s3.seedObject("audit", "2026/a b+ü.ndjson", "line\n", {
      contentType: "application/x-ndjson",
    });
    const result = await copy({
      Key: "copied",
      CopySource: `audit/${encodeURIComponent("2026/a b+ü.ndjson")}?versionId=${seeded.versionId}`,
      ChecksumAlgorithm: "SHA256",
      IfNoneMatch: "*",
    });
    expect(result.CopyObjectResult).toMatchObject({
      ChecksumSHA256: sha256("line\n"),
      ChecksumType: "FULL_OBJECT",
      ETag: `"${seeded.etag}"`,
    });
    expect(result.CopySourceVersionId).toBe(seeded.versionId);
    expect(aws.s3.bytesOut()).toEqual([]);
    const got = await s3.send(new GetObjectCommand({ Bucket: "vault", Key: "copied" }));
    expect(await textOf(got.Body)).toBe("line\n");
    expect(got.ContentType).toBe("application/x-ndjson");
  });

  test("of a version takes that version, not the newest", async () => {
    const old = platform.aws.s3.seedObject("audit", "versions", "old");
    platform.aws.s3.seedObject("audit", "versions", "new");
    await copy({ CopySource: `audit/versions?versionId=${old.versionId}` });
    expect((await platform.aws.s3.readObject("vault", "copy")).toString()).toBe("old");
  });

  test("honours the conditions on the source and on the destination", async () => {
    const { etag } = platform.aws.s3.seedObject("audit", "source", "body");
    await copy({ Key: "conditions", IfNoneMatch: "*", CopySourceIfMatch: `"${etag}"` });
    expect(await refusalOf(copy({ Key: "conditions", IfNoneMatch: "*" }))).toMatchObject({
      name: "PreconditionFailed",
      status: 412,
    });
    expect(await errorOf(copy({ CopySourceIfMatch: '"0"' }))).toBe("PreconditionFailed");
    expect(await errorOf(copy({ CopySourceIfNoneMatch: `"${etag}"` }))).toBe("PreconditionFailed");
    expect(await errorOf(copy({ CopySourceIfUnmodifiedSince: new Date(0) }))).toBe("PreconditionFailed");
  });

  test("keeps or replaces metadata as directed", async () => {
    const { s3 } = platform;
    await s3.send(
      new PutObjectCommand({ Bucket: "audit", Key: "meta", Body: "x", Metadata: { from: "source" } }),
    );
    const metadata = async () =>
      (await s3.send(new HeadObjectCommand({ Bucket: "vault", Key: "copy" }))).Metadata;
    await copy({ CopySource: "audit/meta", Metadata: { from: "ignored" } });
    expect(await metadata()).toEqual({ from: "source" });
    await copy({ CopySource: "audit/meta", Metadata: { from: "request" }, MetadataDirective: "REPLACE" });
    expect(await metadata()).toEqual({ from: "request" });
  });

  test("refuses a missing source, a marker, a broken name, and a copy onto itself", async () => {
    platform.aws.s3.seedObject("audit", "source", "body");
    expect(await errorOf(copy({ CopySource: "audit/nothing" }))).toBe("NoSuchKey");
    expect(await errorOf(copy({ CopySource: "nowhere/source" }))).toBe("NoSuchBucket");
    expect(await errorOf(copy({ CopySource: "audit" }))).toBe("InvalidArgument");
    expect(await errorOf(copy({ Bucket: "audit", Key: "source" }))).toBe("InvalidRequest");
    expect(await errorOf(copy({ ChecksumAlgorithm: "MD6" }))).toBe("InvalidRequest");
  });
});

test("beyond 5 GiB only UploadPartCopy copies, by ranges", async () => {
  const { aws, s3 } = platform;
  // A file with a hole: six gibibytes that take no room on the disk.
  const size = 6 * 1024 ** 3;
  const version = aws.s3.seedObject("audit", "huge", "");
  const file = join(aws.s3.blobs.directory, "huge");
  (await import("node:fs")).writeFileSync(file, "");
  truncateSync(file, size);
  version.blob = { size, extents: [{ file, offset: 0, length: size }] };
  expect(await refusalOf(copy({ CopySource: "audit/huge" }))).toMatchObject({
    name: "InvalidRequest",
    message:
      "The specified copy source is larger than the maximum allowable size for a copy source: 5368709120",
  });

  const target = { Bucket: "vault", Key: "huge" };
  const { UploadId } = await s3.send(
    new CreateMultipartUploadCommand({ ...target, ChecksumAlgorithm: "SHA256" }),
  );
  const part = (PartNumber: number, CopySourceRange?: string) =>
    s3.send(
      new UploadPartCopyCommand({
        ...target,
        UploadId,
        PartNumber,
        CopySource: "audit/huge",
        CopySourceRange,
      }),
    );
  expect(await errorOf(part(1))).toBe("InvalidRequest");
  expect(await errorOf(part(1, `bytes=0-${size}`))).toBe("InvalidArgument");
  const five = 5 * 1024 * 1024;
  const results = [await part(1, `bytes=0-${five - 1}`), await part(2, `bytes=${size - 3}-${size - 1}`)];
  const Parts = results.map(({ CopyPartResult }, index) => ({
    PartNumber: index + 1,
    ETag: CopyPartResult?.ETag,
    ChecksumSHA256: CopyPartResult?.ChecksumSHA256,
  }));
  expect(Parts.map(({ ChecksumSHA256 }) => ChecksumSHA256)).toEqual([
    sha256(Buffer.alloc(five)),
    sha256(Buffer.alloc(3)),
  ]);
  const done = await s3.send(
    new CompleteMultipartUploadCommand({ ...target, UploadId, MultipartUpload: { Parts } }),
  );
  const digests = Parts.map(({ ChecksumSHA256 }) => Buffer.from(ChecksumSHA256 ?? "", "base64"));
  expect(done.ChecksumSHA256).toBe(`${sha256(Buffer.concat(digests))}-2`);
  expect((await s3.send(new HeadObjectCommand(target))).ContentLength).toBe(five + 3);
});
