/** S3: writing under conditions, checksums, reading. */
import { createHash } from "node:crypto";
import {
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  PutObjectCommand,
} from "@aws-sdk/client-s3";
import { ending, type Row, refused } from "./row.ts";
import { sha256, type World } from "./world.ts";

const CONDITIONAL_WRITES = "https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html";
const CONDITIONAL_READS = "https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-reads.html";
const INTEGRITY =
  "https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity-upload.html";
const GET_OBJECT = "https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html";
const ERRORS = "https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html";

const Key = "incidents/INC-1/ledger/00000001.json";

async function holding(world: World, Body = "first"): Promise<string> {
  const Bucket = await world.bucket();
  await world.s3.send(new PutObjectCommand({ Bucket, Key, Body }));
  return Bucket;
}

export const OBJECT_ROWS: readonly Row[] = [
  {
    id: "s3-put-if-none-match-taken",
    service: "s3",
    behaviour:
      "PutObject with If-None-Match: * on a key that exists is refused, and the object stays as it was.",
    page: CONDITIONAL_WRITES,
    expected: { second: refused("PreconditionFailed", 412), content: "first" },
    run: async (world) => {
      const Bucket = await holding(world);
      const second = await ending(
        world.s3.send(new PutObjectCommand({ Bucket, Key, Body: "second", IfNoneMatch: "*" })),
      );
      const { Body } = await world.s3.send(new GetObjectCommand({ Bucket, Key }));
      return { second, content: await Body?.transformToString() };
    },
  },
  {
    id: "s3-put-if-none-match-free",
    service: "s3",
    behaviour: "PutObject with If-None-Match: * on a free key succeeds.",
    page: CONDITIONAL_WRITES,
    expected: { ok: true },
    run: async ({ s3, bucket }) =>
      ending(s3.send(new PutObjectCommand({ Bucket: await bucket(), Key, Body: "x", IfNoneMatch: "*" }))),
  },
  {
    id: "s3-put-if-none-match-race",
    service: "s3",
    behaviour: "Of writers with If-None-Match: * at the same moment exactly one succeeds.",
    page: CONDITIONAL_WRITES,
    expected: { succeeded: 1 },
    run: async ({ s3, bucket }) => {
      const Bucket = await bucket();
      const writers = ["a", "b", "c", "d", "e", "f"].map((Body) =>
        ending(s3.send(new PutObjectCommand({ Bucket, Key, Body, IfNoneMatch: "*" }))),
      );
      const endings = await Promise.all(writers);
      return { succeeded: endings.filter(({ ok }) => ok).length };
    },
  },
  {
    id: "s3-put-if-none-match-after-delete-marker",
    service: "s3",
    behaviour: "A key whose newest version is a delete marker counts as free for If-None-Match: *.",
    page: CONDITIONAL_WRITES,
    expected: { ok: true },
    run: async (world) => {
      const Bucket = await holding(world);
      await world.s3.send(new DeleteObjectCommand({ Bucket, Key }));
      return ending(world.s3.send(new PutObjectCommand({ Bucket, Key, Body: "again", IfNoneMatch: "*" })));
    },
  },
  {
    id: "s3-put-if-match-stale",
    service: "s3",
    behaviour: "PutObject with If-Match and another ETag than the object's is refused.",
    page: CONDITIONAL_WRITES,
    expected: refused("PreconditionFailed", 412),
    run: async (world) => {
      const Bucket = await holding(world);
      const IfMatch = '"00000000000000000000000000000000"';
      return ending(world.s3.send(new PutObjectCommand({ Bucket, Key, Body: "second", IfMatch })));
    },
  },
  {
    id: "s3-put-if-match-missing",
    service: "s3",
    behaviour: "PutObject with If-Match on a key that does not exist answers NoSuchKey.",
    page: CONDITIONAL_WRITES,
    expected: refused("NoSuchKey", 404),
    run: async ({ s3, bucket }) => {
      const IfMatch = '"00000000000000000000000000000000"';
      return ending(s3.send(new PutObjectCommand({ Bucket: await bucket(), Key, Body: "x", IfMatch })));
    },
  },
  {
    id: "s3-put-wrong-sha256",
    service: "s3",
    behaviour: "An upload whose SHA-256 does not match its bytes is refused, and nothing is stored.",
    page: INTEGRITY,
    expected: { put: refused("BadDigest", 400), head: refused("NotFound", 404) },
    run: async ({ s3, bucket }) => {
      const Bucket = await bucket();
      const put = await ending(
        s3.send(new PutObjectCommand({ Bucket, Key, Body: "right", ChecksumSHA256: sha256("wrong") })),
      );
      return { put, head: await ending(s3.send(new HeadObjectCommand({ Bucket, Key }))) };
    },
  },
  {
    id: "s3-put-malformed-sha256",
    service: "s3",
    behaviour: "A SHA-256 that is not 32 bytes in base64 is an invalid request.",
    page: INTEGRITY,
    expected: refused("InvalidRequest", 400),
    run: async ({ s3, bucket }) =>
      ending(
        s3.send(new PutObjectCommand({ Bucket: await bucket(), Key, Body: "x", ChecksumSHA256: "bm90" })),
      ),
  },
  {
    id: "s3-put-wrong-md5",
    service: "s3",
    behaviour: "An upload whose Content-MD5 does not match its bytes is refused.",
    page: ERRORS,
    expected: refused("BadDigest", 400),
    run: async ({ s3, bucket }) => {
      const ContentMD5 = createHash("md5").update("wrong").digest("base64");
      return ending(
        s3.send(new PutObjectCommand({ Bucket: await bucket(), Key, Body: "right", ContentMD5 })),
      );
    },
  },
  {
    id: "s3-head-checksum-mode",
    service: "s3",
    behaviour: "The SHA-256 given at upload is kept, and HeadObject tells it only when asked to.",
    page: INTEGRITY,
    expected: { asked: sha256("kept"), type: "FULL_OBJECT", unasked: null },
    run: async ({ s3, bucket }) => {
      const Bucket = await bucket();
      await s3.send(new PutObjectCommand({ Bucket, Key, Body: "kept", ChecksumSHA256: sha256("kept") }));
      const asked = await s3.send(new HeadObjectCommand({ Bucket, Key, ChecksumMode: "ENABLED" }));
      const unasked = await s3.send(new HeadObjectCommand({ Bucket, Key }));
      return {
        asked: asked.ChecksumSHA256,
        type: asked.ChecksumType,
        unasked: unasked.ChecksumSHA256 ?? null,
      };
    },
  },
  {
    id: "s3-get-missing",
    service: "s3",
    behaviour:
      "A key that does not exist is NoSuchKey to GetObject and, having no body to say so, NotFound to HeadObject.",
    page: GET_OBJECT,
    expected: { get: refused("NoSuchKey", 404), head: refused("NotFound", 404) },
    run: async ({ s3, bucket }) => {
      const Bucket = await bucket();
      return {
        get: await ending(s3.send(new GetObjectCommand({ Bucket, Key }))),
        head: await ending(s3.send(new HeadObjectCommand({ Bucket, Key }))),
      };
    },
  },
  {
    id: "s3-get-missing-bucket",
    service: "s3",
    behaviour: "A bucket that does not exist is NoSuchBucket.",
    page: ERRORS,
    expected: refused("NoSuchBucket", 404),
    run: async ({ s3 }) =>
      ending(s3.send(new GetObjectCommand({ Bucket: "nobody-has-this-bucket-0f3a", Key }))),
  },
  {
    id: "s3-get-if-match-stale",
    service: "s3",
    behaviour: "GetObject with If-Match and another ETag is refused.",
    page: CONDITIONAL_READS,
    expected: refused("PreconditionFailed", 412),
    run: async (world) => {
      const Bucket = await holding(world);
      const IfMatch = '"00000000000000000000000000000000"';
      return ending(world.s3.send(new GetObjectCommand({ Bucket, Key, IfMatch })));
    },
  },
  {
    id: "s3-get-if-none-match-same",
    service: "s3",
    behaviour: "GetObject with If-None-Match and the object's own ETag answers 304.",
    page: CONDITIONAL_READS,
    expected: { status: 304 },
    run: async (world) => {
      const Bucket = await holding(world);
      const { ETag } = await world.s3.send(new HeadObjectCommand({ Bucket, Key }));
      const { status } = await ending(
        world.s3.send(new GetObjectCommand({ Bucket, Key, IfNoneMatch: ETag })),
      );
      return { status };
    },
  },
  {
    id: "s3-get-range",
    service: "s3",
    behaviour: "A range answers 206 with these bytes and the whole size; a range behind the end is refused.",
    page: GET_OBJECT,
    expected: { status: 206, text: "irst", range: "bytes 1-4/5", behind: refused("InvalidRange", 416) },
    run: async (world) => {
      const Bucket = await holding(world);
      const part = await world.s3.send(new GetObjectCommand({ Bucket, Key, Range: "bytes=1-9" }));
      return {
        status: part.$metadata.httpStatusCode,
        text: await part.Body?.transformToString(),
        range: part.ContentRange,
        behind: await ending(world.s3.send(new GetObjectCommand({ Bucket, Key, Range: "bytes=9-" }))),
      };
    },
  },
];
