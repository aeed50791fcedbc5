/** S3: server-side copies, and objects put together from parts. */
import { createHash } from "node:crypto";
import {
  AbortMultipartUploadCommand,
  type CompletedPart,
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateMultipartUploadCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListMultipartUploadsCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  UploadPartCommand,
} from "@aws-sdk/client-s3";
import { ending, type Row, refused } from "./row.ts";
import { sha256, type World } from "./world.ts";

const COPY = "https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html";
const INTEGRITY =
  "https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity-upload.html";
const CONDITIONAL_WRITES = "https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html";
const COMPLETE = "https://docs.aws.amazon.com/AmazonS3/latest/API/API_CompleteMultipartUpload.html";
const MULTIPART = "https://docs.aws.amazon.com/AmazonS3/latest/userguide/mpuoverview.html";

const [Source, Key] = ["from/audit.ndjson", "to/audit.ndjson"];
const STALE = '"00000000000000000000000000000000"';

async function source(
  world: World,
  Body = "evidence",
): Promise<{ Bucket: string; VersionId: string | undefined }> {
  const Bucket = await world.bucket();
  const { VersionId } = await world.s3.send(
    new PutObjectCommand({
      Bucket,
      Key: Source,
      Body,
      Metadata: { origin: "audit" },
      ContentType: "text/plain",
    }),
  );
  return { Bucket, VersionId };
}

/** An upload with one part per text, each with its SHA-256. */
async function upload(world: World, texts: readonly string[]) {
  const Bucket = await world.bucket();
  const { UploadId } = await world.s3.send(
    new CreateMultipartUploadCommand({ Bucket, Key, ChecksumAlgorithm: "SHA256" }),
  );
  const Parts: CompletedPart[] = [];
  for (const [index, Body] of texts.entries()) {
    const PartNumber = index + 1;
    const ChecksumSHA256 = sha256(Body);
    const { ETag } = await world.s3.send(
      new UploadPartCommand({ Bucket, Key, UploadId, PartNumber, Body, ChecksumSHA256 }),
    );
    Parts.push({ PartNumber, ETag, ChecksumSHA256 });
  }
  const complete = (parts = Parts, more: { IfNoneMatch?: string } = {}) =>
    world.s3.send(
      new CompleteMultipartUploadCommand({
        Bucket,
        Key,
        UploadId,
        MultipartUpload: { Parts: parts },
        ...more,
      }),
    );
  return { Bucket, UploadId, Parts, complete };
}

/** SHA-256 of the parts' SHA-256, and how many there are. */
function composite(texts: readonly string[]): string {
  const digests = texts.map((text) => createHash("sha256").update(text).digest());
  return `${createHash("sha256").update(Buffer.concat(digests)).digest("base64")}-${texts.length}`;
}

export const COPY_ROWS: readonly Row[] = [
  {
    id: "s3-copy-sha256",
    service: "s3",
    behaviour: "CopyObject computes the SHA-256 that it is asked for, although the source has none.",
    page: INTEGRITY,
    expected: { sha256: sha256("evidence"), content: "evidence", metadata: { origin: "audit" } },
    run: async (world) => {
      const { Bucket } = await source(world);
      const { CopyObjectResult } = await world.s3.send(
        new CopyObjectCommand({
          Bucket,
          Key,
          CopySource: `${Bucket}/${Source}`,
          ChecksumAlgorithm: "SHA256",
        }),
      );
      const { Body, Metadata } = await world.s3.send(new GetObjectCommand({ Bucket, Key }));
      return {
        sha256: CopyObjectResult?.ChecksumSHA256,
        content: await Body?.transformToString(),
        metadata: Metadata,
      };
    },
  },
  {
    id: "s3-copy-if-none-match-taken",
    service: "s3",
    behaviour: "CopyObject with If-None-Match: * on a key that exists is refused.",
    page: CONDITIONAL_WRITES,
    expected: refused("PreconditionFailed", 412),
    run: async (world) => {
      const { Bucket } = await source(world);
      await world.s3.send(new PutObjectCommand({ Bucket, Key, Body: "taken" }));
      return ending(
        world.s3.send(
          new CopyObjectCommand({ Bucket, Key, CopySource: `${Bucket}/${Source}`, IfNoneMatch: "*" }),
        ),
      );
    },
  },
  {
    id: "s3-copy-version",
    service: "s3",
    behaviour: "CopyObject takes the version that the source names, although a newer one exists.",
    page: COPY,
    expected: { content: "evidence", version: true },
    run: async (world) => {
      const { Bucket, VersionId } = await source(world);
      await world.s3.send(new PutObjectCommand({ Bucket, Key: Source, Body: "overwritten" }));
      const { CopySourceVersionId } = await world.s3.send(
        new CopyObjectCommand({ Bucket, Key, CopySource: `${Bucket}/${Source}?versionId=${VersionId}` }),
      );
      const { Body } = await world.s3.send(new GetObjectCommand({ Bucket, Key }));
      return { content: await Body?.transformToString(), version: CopySourceVersionId === VersionId };
    },
  },
  {
    id: "s3-copy-if-source-changed",
    service: "s3",
    behaviour: "CopyObject with CopySourceIfMatch and another ETag than the source's is refused.",
    page: COPY,
    expected: refused("PreconditionFailed", 412),
    run: async (world) => {
      const { Bucket } = await source(world);
      const CopySource = `${Bucket}/${Source}`;
      return ending(
        world.s3.send(new CopyObjectCommand({ Bucket, Key, CopySource, CopySourceIfMatch: STALE })),
      );
    },
  },
  {
    id: "s3-copy-missing-source",
    service: "s3",
    behaviour: "CopyObject of a key that does not exist answers NoSuchKey.",
    page: COPY,
    expected: refused("NoSuchKey", 404),
    run: async ({ s3, bucket }) => {
      const Bucket = await bucket();
      return ending(s3.send(new CopyObjectCommand({ Bucket, Key, CopySource: `${Bucket}/nothing` })));
    },
  },
  {
    id: "s3-copy-replaces-metadata",
    service: "s3",
    behaviour: "CopyObject keeps the source's metadata unless told to replace it.",
    page: COPY,
    expected: { metadata: { label: "INC-1" } },
    run: async (world) => {
      const { Bucket } = await source(world);
      const CopySource = `${Bucket}/${Source}`;
      await world.s3.send(
        new CopyObjectCommand({
          Bucket,
          Key,
          CopySource,
          MetadataDirective: "REPLACE",
          Metadata: { label: "INC-1" },
        }),
      );
      const { Metadata } = await world.s3.send(new HeadObjectCommand({ Bucket, Key }));
      return { metadata: Metadata };
    },
  },
];

export const MULTIPART_ROWS: readonly Row[] = [
  {
    id: "s3-multipart-composite-sha256",
    service: "s3",
    behaviour:
      "An object put together from parts has a composite SHA-256: of the parts' digests, with their number.",
    page: INTEGRITY,
    expected: { sha256: composite(["only part"]), type: "COMPOSITE", parts: "-1" },
    run: async (world) => {
      const { Bucket, complete } = await upload(world, ["only part"]);
      await complete();
      const head = await world.s3.send(new HeadObjectCommand({ Bucket, Key, ChecksumMode: "ENABLED" }));
      return { sha256: head.ChecksumSHA256, type: head.ChecksumType, parts: head.ETag?.slice(-3, -1) };
    },
  },
  {
    id: "s3-multipart-wrong-part-sha256",
    service: "s3",
    behaviour: "A part whose SHA-256 does not match its bytes is refused.",
    page: INTEGRITY,
    expected: refused("BadDigest", 400),
    run: async (world) => {
      const { Bucket, UploadId } = await upload(world, []);
      const wrong = { PartNumber: 1, Body: "right", ChecksumSHA256: sha256("wrong") };
      return ending(world.s3.send(new UploadPartCommand({ Bucket, Key, UploadId, ...wrong })));
    },
  },
  {
    id: "s3-multipart-small-part",
    service: "s3",
    behaviour: "Every part but the last must have 5 MiB at least.",
    page: COMPLETE,
    expected: refused("EntityTooSmall", 400),
    run: async (world) => ending((await upload(world, ["small", "last"])).complete()),
  },
  {
    id: "s3-multipart-unknown-part",
    service: "s3",
    behaviour: "Completing with an ETag that no part has is refused.",
    page: COMPLETE,
    expected: refused("InvalidPart", 400),
    run: async (world) => {
      const { complete, Parts } = await upload(world, ["part"]);
      return ending(complete(Parts.map((part) => ({ ...part, ETag: STALE }))));
    },
  },
  {
    id: "s3-multipart-part-order",
    service: "s3",
    behaviour: "Completing with part numbers that do not ascend is refused.",
    page: COMPLETE,
    expected: refused("InvalidPartOrder", 400),
    run: async (world) => {
      const { complete, Parts } = await upload(world, ["one", "two"]);
      return ending(complete(Parts.toReversed()));
    },
  },
  {
    id: "s3-multipart-if-none-match-taken",
    service: "s3",
    behaviour:
      "Completing with If-None-Match: * on a key that exists is refused, and the object stays as it was.",
    page: CONDITIONAL_WRITES,
    expected: { complete: refused("PreconditionFailed", 412), content: "first" },
    run: async (world) => {
      const { Bucket, Parts, complete } = await upload(world, ["part"]);
      await world.s3.send(new PutObjectCommand({ Bucket, Key, Body: "first" }));
      const completed = await ending(complete(Parts, { IfNoneMatch: "*" }));
      const { Body } = await world.s3.send(new GetObjectCommand({ Bucket, Key }));
      return { complete: completed, content: await Body?.transformToString() };
    },
  },
  {
    id: "s3-multipart-invisible",
    service: "s3",
    behaviour: "Until it is completed, an upload is no object; it is listed among the uploads.",
    page: MULTIPART,
    expected: { objects: 0, uploads: [Key], head: refused("NotFound", 404) },
    run: async (world) => {
      const { Bucket } = await upload(world, ["part"]);
      const { KeyCount } = await world.s3.send(new ListObjectsV2Command({ Bucket }));
      const { Uploads } = await world.s3.send(new ListMultipartUploadsCommand({ Bucket }));
      const head = await ending(world.s3.send(new HeadObjectCommand({ Bucket, Key })));
      return { objects: KeyCount, uploads: Uploads?.map((one) => one.Key), head };
    },
  },
  {
    id: "s3-multipart-aborted",
    service: "s3",
    behaviour: "An aborted upload cannot be completed.",
    page: MULTIPART,
    expected: refused("NoSuchUpload", 404),
    run: async (world) => {
      const { Bucket, UploadId, complete } = await upload(world, ["part"]);
      await world.s3.send(new AbortMultipartUploadCommand({ Bucket, Key, UploadId }));
      return ending(complete());
    },
  },
];
