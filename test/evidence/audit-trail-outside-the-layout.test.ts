import { DeleteObjectCommand } from "@aws-sdk/client-s3";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { checkInventory } from "../../src/evidence/audit-trail/inventory.ts";
import { preserve } from "../../src/evidence/capture.ts";
import { type SealedCapture, sealedCaptures } from "../../src/evidence/manifest.ts";
import type { ManifestItem } from "../../src/evidence/source-schema.ts";
import { type PreservePlatform, startPreservePlatform, target } from "../support/preserve-platform.ts";
import { manifestOf } from "../support/sealed.ts";

const bucket = target.auditBucket;
const KEY = "servicenow/dt=x/1";

let platform: PreservePlatform;
beforeEach(async () => {
  platform = await startPreservePlatform({ speed: 200 });
});
afterEach(() => platform.close());

const look = async (captures: readonly SealedCapture[]) => {
  const to = platform.clock.now();
  return checkInventory(
    {
      s3: platform.aws.s3,
      clock: { now: () => new Date(platform.clock.now()), sleep: async () => {} },
      bucket,
      layout: target.auditLayout,
    },
    { from: new Date(to - 3_600_000), to: new Date(to) },
    captures,
  );
};

/** Captures what lies outside the key layout: it is found by its time of writing. */
async function capture(): Promise<SealedCapture[]> {
  platform.server.s3.seedObject(bucket, KEY, "1", { lastModified: platform.clock.now() - 60_000 });
  await platform.declare();
  await preserve(platform.deps(), await platform.open(), ["audit-logs"]);
  return sealedCaptures(platform.vault, "INC-42");
}

test("a captured record outside the key layout is looked at by its own key, and beside it nothing", async () => {
  const captures = await capture();
  platform.server.s3.seedObject(bucket, "servicenow/dt=x/10", "10");
  await platform.aws.s3.send(new DeleteObjectCommand({ Bucket: bucket, Key: "servicenow/dt=x/10" }));
  expect((await look(captures)).map(({ weight }) => weight)).toEqual(["note"]);
});

test("hidden behind a delete marker, or deleted for good, it is tampering", async () => {
  const captures = await capture();
  const versionId = platform.server.s3.bucket(bucket).newest(KEY)?.versionId ?? "";
  await platform.aws.s3.send(new DeleteObjectCommand({ Bucket: bucket, Key: KEY }));
  expect((await look(captures))[0]).toMatchObject({
    weight: "tampered",
    what: `s3://${bucket}/${KEY}`,
    why: expect.stringContaining("delete marker"),
  });
  platform.server.s3.bucket(bucket).remove(KEY, versionId);
  expect(await look(captures)).toContainEqual({
    weight: "tampered",
    what: `s3://${bucket}/${KEY}?versionId=${versionId}`,
    why: "was captured, and is not in the bucket any more",
  });
});

test("more of them than are looked at one by one make it unclear, not tampered with", async () => {
  const keys = Array.from({ length: 20_001 }, (_, index) => `servicenow/dt=x/${index}`);
  const template = manifestOf(1).items[0] as ManifestItem;
  const items = keys.map((key) => ({
    ...template,
    origin: { uri: `s3://${bucket}/${key}`, versionId: "v1" },
  }));
  const sealed = {
    capture: "7001",
    manifest: { ...manifestOf(0), items },
    key: "",
    versionId: null,
    sha256: "",
  };
  const s3 = {
    send: async ({ input: { Prefix } }: { input: { Prefix: string } }) =>
      keys.length > 0 && Prefix.includes("dt=x")
        ? { Versions: [{ Key: Prefix, VersionId: "v1" }], IsTruncated: false }
        : {},
  };
  const findings = await checkInventory(
    {
      s3: s3 as never,
      clock: { now: () => new Date(), sleep: async () => {} },
      bucket,
      layout: target.auditLayout,
    },
    { from: new Date(), to: new Date() },
    [sealed],
  );
  expect(findings.map(({ weight }) => weight)).toEqual(["unclear", "note"]);
  expect(findings[0]?.why).toMatch(/^1 captured versions .* were not looked at/);
});
