import { GetObjectAttributesCommand, HeadObjectCommand } from "@aws-sdk/client-s3";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { copyVersion } from "../../src/evidence/sources/audit-copy.ts";
import { collectAuditLogs } from "../../src/evidence/sources/audit-logs.ts";
import { type PreservePlatform, startPreservePlatform, target } from "../support/preserve-platform.ts";

const GIB = 1024 ** 3;

let platform: PreservePlatform;
beforeEach(async () => {
  platform = await startPreservePlatform();
});
afterEach(() => platform.close());

test("an object above 5 GiB is copied part by part inside S3, without a gap or an overlap", async () => {
  const inputs: Record<string, unknown>[] = [];
  const send = async (command: { constructor: { name: string }; input: Record<string, unknown> }) => {
    const operation = command.constructor.name.replace(/Command$/, "");
    inputs.push({ operation, ...command.input });
    if (operation === "CreateMultipartUpload") return { UploadId: "u" };
    if (operation === "UploadPartCopy") return { CopyPartResult: { ETag: "e", ChecksumSHA256: "c" } };
    return { VersionId: "v9", ChecksumSHA256: "abc-6" };
  };
  const source = await platform.source();
  const version = {
    key: "a b/é.ndjson",
    versionId: "v1",
    current: true,
    size: 5 * GIB + 7,
    etag: '"x"',
    lastModified: new Date(0),
  };
  const item = await copyVersion(
    { ...source, aws: { ...source.aws, s3: { send } as never } },
    version,
    "dest",
  );

  const parts = inputs.filter(({ operation }) => operation === "UploadPartCopy");
  expect(parts.map(({ CopySourceRange }) => CopySourceRange)).toEqual([
    ...Array.from({ length: 5 }, (_, index) => `bytes=${index * GIB}-${(index + 1) * GIB - 1}`),
    `bytes=${5 * GIB}-${5 * GIB + 6}`,
  ]);
  expect(
    parts.every(({ CopySource }) => CopySource === `${target.auditBucket}/a%20b/%C3%A9.ndjson?versionId=v1`),
  ).toBe(true);
  expect(inputs.at(-1)).toMatchObject({ operation: "CompleteMultipartUpload", IfNoneMatch: "*" });
  expect(item).toMatchObject({
    sha256: null,
    versionId: "v9",
    size: version.size,
    detail: { compositeSha256: "abc-6" },
  });
});

test("a real object above 5 GiB arrives whole, with S3's checksum of its parts, and the gap is named", async () => {
  const day = new Date(platform.clock.now()).toISOString().slice(0, 10).replaceAll("-", "/");
  const key = `servicenow/${day}/large.ndjson`;
  const { versionId } = platform.server.s3.seedLargeObject(target.auditBucket, key, {
    zeros: 5 * GIB,
    tail: "the end\n",
  });
  const source = await platform.source();
  const { record, items } = await collectAuditLogs(source);
  const item = items.find(({ method }) => method === "copy");
  const where = { Bucket: target.vault, Key: item?.key };
  const head = await platform.aws.s3.send(new HeadObjectCommand({ ...where, ChecksumMode: "ENABLED" }));
  const { ObjectParts } = await platform.aws.s3.send(
    new GetObjectAttributesCommand({ ...where, ObjectAttributes: ["ObjectParts"] }),
  );
  expect(head).toMatchObject({ ContentLength: 5 * GIB + 8, ChecksumType: "COMPOSITE" });
  expect(head.ChecksumSHA256).toMatch(/-6$/);
  expect(ObjectParts?.Parts?.map(({ Size }) => Size)).toEqual([GIB, GIB, GIB, GIB, GIB, 8]);
  expect(item).toMatchObject({
    size: 5 * GIB + 8,
    sha256: null,
    versionId: head.VersionId,
    origin: { versionId },
    detail: { compositeSha256: head.ChecksumSHA256 },
  });
  expect(record).toMatchObject({
    status: "partial",
    collected: { versions: 1, bytes: 5 * GIB + 8 },
    gaps: [{ what: `s3://${target.auditBucket}/${key}`, why: expect.stringContaining("above 5 GiB") }],
  });
  expect(platform.server.s3.bytesOut()).toEqual([]);

  // A run that goes on finds it, and copies no part again.
  const parts = () => platform.operations("s3").filter((operation) => operation === "UploadPartCopy").length;
  expect(parts()).toBe(6);
  const again = await collectAuditLogs(await platform.source());
  expect(again.items.find(({ method }) => method === "copy")).toMatchObject({ detail: item?.detail ?? {} });
  expect(parts()).toBe(6);
}, 60_000);
