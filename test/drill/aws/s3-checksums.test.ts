import { createHash } from "node:crypto";
import { Readable } from "node:stream";
import {
  type ChecksumAlgorithm,
  HeadObjectCommand,
  PutObjectCommand,
  type S3Client,
} from "@aws-sdk/client-s3";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { errorOf, type Platform, refusalOf, startPlatform } from "./core-platform.ts";

let platform: Platform;
beforeAll(async () => {
  platform = await startPlatform();
  platform.aws.s3.createBucket("vault");
});
afterAll(() => platform.close());

const Bucket = "vault";
const ALGORITHMS: ChecksumAlgorithm[] = ["CRC32", "CRC32C", "CRC64NVME", "SHA1", "SHA256"];

/** "123456789", the check value of every CRC catalogue, and its digests in base64. */
const CHECK = "123456789";
const DIGESTS: Record<string, string> = {
  CRC32: Buffer.from("cbf43926", "hex").toString("base64"),
  CRC32C: Buffer.from("e3069283", "hex").toString("base64"),
  CRC64NVME: Buffer.from("ae8b14860a799888", "hex").toString("base64"),
  SHA1: createHash("sha1").update(CHECK).digest("base64"),
  SHA256: createHash("sha256").update(CHECK).digest("base64"),
};

/** A client that changes the last bytes of an aws-chunked body after it was made: the trailer lies. */
function tamperingClient(tamper: (body: string) => string): S3Client {
  const client = platform.s3As(platform.session);
  client.middlewareStack.add(
    (next) => async (args) => {
      const request = args.request as { body: AsyncIterable<Uint8Array> };
      const chunks: Uint8Array[] = [];
      for await (const chunk of request.body) chunks.push(chunk);
      request.body = Readable.from([Buffer.from(tamper(Buffer.concat(chunks).toString("latin1")), "latin1")]);
      return next(args);
    },
    { step: "finalizeRequest", priority: "low", name: "tamper" },
  );
  return client;
}

describe.each(ALGORITHMS)("%s", (ChecksumAlgorithm) => {
  const member = `Checksum${ChecksumAlgorithm}`;

  test("is computed as its standard says", async () => {
    const { s3 } = platform;
    const put = await s3.send(new PutObjectCommand({ Bucket, Key: "check", Body: CHECK, ChecksumAlgorithm }));
    expect(put).toMatchObject({ [member]: DIGESTS[ChecksumAlgorithm], ChecksumType: "FULL_OBJECT" });
    const head = await s3.send(new HeadObjectCommand({ Bucket, Key: "check", ChecksumMode: "ENABLED" }));
    expect(head).toMatchObject({ [member]: DIGESTS[ChecksumAlgorithm], ChecksumType: "FULL_OBJECT" });
  });

  test("in a trailer is verified too", async () => {
    const Body = Readable.from([Buffer.from("12345"), Buffer.from("6789")]);
    const put = await platform.s3.send(
      new PutObjectCommand({ Bucket, Key: "streamed", Body, ContentLength: 9, ChecksumAlgorithm }),
    );
    expect(put).toMatchObject({ [member]: DIGESTS[ChecksumAlgorithm] });
    expect((await platform.aws.s3.readObject(Bucket, "streamed")).toString()).toBe(CHECK);
  });

  test("when wrong in a header is refused, and nothing is stored", async () => {
    const wrong = new PutObjectCommand({
      Bucket,
      Key: "wrong",
      Body: "other",
      [member]: DIGESTS[ChecksumAlgorithm],
    });
    expect(await refusalOf(platform.s3.send(wrong))).toMatchObject({ name: "BadDigest", status: 400 });
    const malformed = new PutObjectCommand({ Bucket, Key: "wrong", Body: "other", [member]: "AAAA" });
    expect(await errorOf(platform.s3.send(malformed))).toBe("InvalidRequest");
    expect(platform.aws.s3.bucket(Bucket).current("wrong")).toBeUndefined();
  });

  test("when wrong in a trailer is refused, and nothing is stored", async () => {
    const client = tamperingClient((body) =>
      body.replace("\r\n12345", "\r\n54321").replace(/^12345/, "54321"),
    );
    const Body = Readable.from([Buffer.from(CHECK)]);
    const put = new PutObjectCommand({ Bucket, Key: "wrong", Body, ContentLength: 9, ChecksumAlgorithm });
    expect(await refusalOf(client.send(put))).toMatchObject({ name: "BadDigest", status: 400 });
    expect(platform.aws.s3.bucket(Bucket).current("wrong")).toBeUndefined();
  });
});

describe("a broken body is refused", () => {
  const put = (client: S3Client) =>
    client.send(
      new PutObjectCommand({ Bucket, Key: "broken", Body: Readable.from([CHECK]), ContentLength: 9 }),
    );

  test.each([
    [
      "without its trailer",
      (body: string) => body.replace(/x-amz-checksum-crc32:.*\r\n/, ""),
      "MalformedTrailerError",
    ],
    ["cut off in a chunk", (body: string) => body.slice(0, 6), "IncompleteBody"],
    ["with a chunk size that is no number", (body: string) => body.replace(/^9/, "z"), "IncompleteBody"],
    [
      "longer than it said",
      (body: string) => body.replace("9\r\n123456789", "a\r\n1234567890"),
      "IncompleteBody",
    ],
    ["shorter than it said", (body: string) => body.replace("9\r\n123456789", "3\r\n123"), "IncompleteBody"],
  ])("%s", async (_name, tamper, expected) => {
    expect(await errorOf(put(tamperingClient(tamper)))).toBe(expected);
    expect(platform.aws.s3.bucket(Bucket).current("broken")).toBeUndefined();
  });

  test("with another payload than was signed", async () => {
    const client = platform.s3As(platform.session, { requestChecksumCalculation: "WHEN_REQUIRED" });
    client.middlewareStack.add(
      (next) => (args) => {
        (args.request as { body: unknown }).body = "evil!";
        return next(args);
      },
      { step: "finalizeRequest", priority: "low", name: "swap" },
    );
    const call = client.send(new PutObjectCommand({ Bucket, Key: "broken", Body: "hello" }));
    expect(await errorOf(call)).toBe("XAmzContentSHA256Mismatch");
  });

  test("with a wrong or malformed Content-MD5", async () => {
    const md5 = (ContentMD5: string) =>
      platform.s3.send(new PutObjectCommand({ Bucket, Key: "broken", Body: "x", ContentMD5 }));
    expect(await errorOf(md5(createHash("md5").update("y").digest("base64")))).toBe("BadDigest");
    expect(await errorOf(md5("bm90IG1kNQ=="))).toBe("InvalidDigest");
    expect((await md5(createHash("md5").update("x").digest("base64"))).ETag).toBeDefined();
  });
});

test("without a checksum of the client's, CRC64NVME is computed", async () => {
  const client = platform.s3As(platform.session, { requestChecksumCalculation: "WHEN_REQUIRED" });
  const put = await client.send(new PutObjectCommand({ Bucket, Key: "plain", Body: CHECK }));
  expect(put.ChecksumCRC64NVME).toBe(DIGESTS.CRC64NVME);
});
