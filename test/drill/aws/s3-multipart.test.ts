import { createHash } from "node:crypto";
import { Readable } from "node:stream";
import {
  AbortMultipartUploadCommand,
  type CompletedPart,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  GetObjectAttributesCommand,
  GetObjectCommand,
  ListMultipartUploadsCommand,
  ListPartsCommand,
  PutObjectCommand,
  UploadPartCommand,
} from "@aws-sdk/client-s3";
import { Upload } from "@aws-sdk/lib-storage";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { errorOf, type Platform, refusalOf, startPlatform } from "./core-platform.ts";

let platform: Platform;
beforeAll(async () => {
  platform = await startPlatform();
  platform.aws.s3.createBucket("vault");
});
afterAll(() => platform.close());

const MIB = 1024 * 1024;
const Bucket = "vault";
const sha256 = (bytes: Buffer) => createHash("sha256").update(bytes).digest();

async function begin(Key: string, more: object = { ChecksumAlgorithm: "SHA256" }) {
  const { UploadId } = await platform.s3.send(new CreateMultipartUploadCommand({ Bucket, Key, ...more }));
  const upload = { Bucket, Key, UploadId };
  return {
    upload,
    part: async (
      PartNumber: number,
      Body: Buffer,
      how: object = { ChecksumAlgorithm: "SHA256" },
    ): Promise<CompletedPart> => {
      const { ETag, ChecksumSHA256 } = await platform.s3.send(
        new UploadPartCommand({ ...upload, PartNumber, Body, ...how }),
      );
      return { PartNumber, ETag, ChecksumSHA256 };
    },
    complete: (Parts: CompletedPart[], conditions: object = {}) =>
      platform.s3.send(
        new CompleteMultipartUploadCommand({ ...upload, MultipartUpload: { Parts }, ...conditions }),
      ),
  };
}

describe("a multipart upload", () => {
  test("with lib-storage from a stream of unknown length arrives whole, with the composite checksum", async () => {
    const chunks = Array.from({ length: 23 }, (_, index) => Buffer.alloc(MIB, index));
    const upload = new Upload({
      client: platform.s3,
      params: {
        Bucket,
        Key: "streamed",
        Body: Readable.from(chunks),
        ChecksumAlgorithm: "SHA256",
        IfNoneMatch: "*",
      },
      partSize: 10 * MIB,
    });
    const result = await upload.done();
    const whole = Buffer.concat(chunks);
    const parts = [0, 10, 20].map((start) => whole.subarray(start * MIB, (start + 10) * MIB));
    expect(result.ChecksumSHA256).toBe(`${sha256(Buffer.concat(parts.map(sha256))).toString("base64")}-3`);
    const md5s = parts.map((part) => createHash("md5").update(part).digest());
    expect(result.ETag).toBe(`"${createHash("md5").update(Buffer.concat(md5s)).digest("hex")}-3"`);
    expect((await platform.aws.s3.readObject(Bucket, "streamed")).equals(whole)).toBe(true);
    const attributes = await platform.s3.send(
      new GetObjectAttributesCommand({
        Bucket,
        Key: "streamed",
        ObjectAttributes: ["ObjectParts", "Checksum"],
      }),
    );
    expect(attributes.ObjectParts?.Parts?.map(({ Size }) => Size)).toEqual([10 * MIB, 10 * MIB, 3 * MIB]);
    expect(attributes.Checksum?.ChecksumType).toBe("COMPOSITE");
    const tail = await platform.s3.send(
      new GetObjectCommand({ Bucket, Key: "streamed", Range: `bytes=${10 * MIB - 1}-${10 * MIB}` }),
    );
    expect([...((await tail.Body?.transformToByteArray()) ?? [])]).toEqual([9, 10]);
  });

  test("is nowhere to be seen until it is completed, and not after it was aborted", async () => {
    const { upload, part, complete } = await begin("hidden");
    const done = await part(1, Buffer.from("x"));
    const { s3 } = platform;
    expect(await errorOf(s3.send(new GetObjectCommand({ Bucket, Key: "hidden" })))).toBe("NoSuchKey");
    const { Uploads } = await s3.send(new ListMultipartUploadsCommand({ Bucket, Prefix: "hidden" }));
    expect(Uploads).toMatchObject([{ Key: "hidden", UploadId: upload.UploadId }]);
    await s3.send(new AbortMultipartUploadCommand(upload));
    expect(await refusalOf(complete([done]))).toMatchObject({ name: "NoSuchUpload", status: 404 });
    expect(
      (await s3.send(new ListMultipartUploadsCommand({ Bucket, Prefix: "hidden" }))).Uploads,
    ).toBeUndefined();
  });

  test("lists its parts page by page", async () => {
    const { upload, part } = await begin("listed");
    for (const number of [3, 1, 2]) await part(number, Buffer.from(`${number}`));
    const page = await platform.s3.send(new ListPartsCommand({ ...upload, MaxParts: 2 }));
    expect(page).toMatchObject({ IsTruncated: true, NextPartNumberMarker: "2", ChecksumAlgorithm: "SHA256" });
    const rest = await platform.s3.send(
      new ListPartsCommand({ ...upload, PartNumberMarker: page.NextPartNumberMarker }),
    );
    expect([page, rest].flatMap(({ Parts }) => Parts?.map(({ PartNumber }) => PartNumber))).toEqual([
      1, 2, 3,
    ]);
    expect(rest.Parts?.[0]?.ChecksumSHA256).toBe(sha256(Buffer.from("3")).toString("base64"));
  });

  test("takes the last upload of a part", async () => {
    const { part, complete } = await begin("replaced");
    await part(1, Buffer.from("first"));
    await complete([await part(1, Buffer.from("second"))]);
    expect((await platform.aws.s3.readObject(Bucket, "replaced")).toString()).toBe("second");
  });

  test("keeps the conditions of a write", async () => {
    const { part, complete } = await begin("taken");
    const done = await part(1, Buffer.from("x"));
    await platform.s3.send(new PutObjectCommand({ Bucket, Key: "taken", Body: "first" }));
    expect(await refusalOf(complete([done], { IfNoneMatch: "*" }))).toMatchObject({
      name: "PreconditionFailed",
      status: 412,
    });
    expect((await complete([done])).VersionId).toBeDefined();
  });

  test("with a full-object CRC checks the whole", async () => {
    const full = { ChecksumAlgorithm: "CRC32", ChecksumType: "FULL_OBJECT" };
    const { part, complete } = await begin("full", full);
    const parts = [await part(1, Buffer.alloc(5 * MIB, 1), full), await part(2, Buffer.from("end"), full)];
    expect(await errorOf(complete(parts, { ChecksumCRC32: "AAAAAA==" }))).toBe("BadDigest");
    expect(await errorOf(complete(parts, { MpuObjectSize: 5 }))).toBe("InvalidRequest");
    const done = await complete(parts, { ChecksumType: "FULL_OBJECT", MpuObjectSize: 5 * MIB + 3 });
    const { crc32 } = await import("node:zlib");
    const expected = Buffer.alloc(4);
    expected.writeUInt32BE(crc32(Buffer.concat([Buffer.alloc(5 * MIB, 1), Buffer.from("end")])));
    expect(done.ChecksumCRC32).toBe(expected.toString("base64"));
  });
});

describe("completing is refused", () => {
  test("with parts out of order, unknown, altered, too small, or without their checksums", async () => {
    const { part, complete } = await begin("refused");
    const [one, two] = [await part(1, Buffer.from("1")), await part(2, Buffer.from("2"))];
    expect(await errorOf(complete([two, one]))).toBe("InvalidPartOrder");
    expect(await errorOf(complete([one, { ...two, PartNumber: 3 }]))).toBe("InvalidPart");
    expect(await errorOf(complete([{ ...one, ETag: two.ETag }]))).toBe("InvalidPart");
    expect(await errorOf(complete([{ ...one, ChecksumSHA256: two.ChecksumSHA256 }]))).toBe("InvalidPart");
    expect(await errorOf(complete([one, two]))).toBe("EntityTooSmall");
    expect(await errorOf(complete([{ PartNumber: 1, ETag: one.ETag }]))).toBe("InvalidRequest");
    expect(platform.aws.s3.bucket(Bucket).current("refused")).toBeUndefined();
  });

  test("and so is a part with another checksum than the upload's, or a wrong number", async () => {
    const { part } = await begin("mismatch");
    expect(await refusalOf(part(1, Buffer.from("1"), { ChecksumAlgorithm: "CRC32" }))).toMatchObject({
      name: "InvalidRequest",
      message: "Checksum Type mismatch occurred, expected checksum Type: sha256, actual checksum Type: crc32",
    });
    expect(await errorOf(part(10_001, Buffer.from("1")))).toBe("InvalidArgument");
    expect(await errorOf(begin("bad", { ChecksumAlgorithm: "SHA256", ChecksumType: "FULL_OBJECT" }))).toBe(
      "InvalidRequest",
    );
  });
});
