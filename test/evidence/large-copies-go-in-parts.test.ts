import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { AdaptiveLimit } from "../../src/evidence/limit.ts";
import { copyVersion } from "../../src/evidence/sources/audit-copy.ts";
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
    new AdaptiveLimit(4),
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
