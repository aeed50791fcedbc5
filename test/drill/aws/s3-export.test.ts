import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { DeleteObjectCommand, PutObjectCommand } from "@aws-sdk/client-s3";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { type Platform, startPlatform } from "./core-platform.ts";

let platform: Platform;
const parent = mkdtempSync(join(tmpdir(), "export-test-"));
beforeAll(async () => {
  platform = await startPlatform();
  platform.aws.s3.createBucket("vault");
});
afterAll(async () => {
  await platform.close();
  rmSync(parent, { recursive: true });
});

test("an export writes the current objects under their keys and never outside its folder", async () => {
  const { s3, aws } = platform;
  const large = Buffer.alloc(3_000_000, "evidence ");
  aws.s3.seedObject("vault", "incidents/INC-1/ledger/00000001.json", "{}");
  aws.s3.seedObject("vault", "../../escape", "a");
  aws.s3.seedObject("vault", "/absolute//twice/./x", "b");
  aws.s3.seedObject("vault", "gone", "c");
  await s3.send(new DeleteObjectCommand({ Bucket: "vault", Key: "gone" }));
  aws.s3.seedObject("vault", "versions", "old");
  aws.s3.seedObject("vault", "versions", "new");
  await s3.send(new PutObjectCommand({ Bucket: "vault", Key: "large", Body: large }));

  const directory = join(parent, "evidence");
  expect(await aws.s3.exportTo("vault", directory)).toBe(5);
  const files = readdirSync(parent, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(parent, join(entry.parentPath, entry.name)))
    .sort();
  expect(files).toEqual([
    "evidence/%2E%2E/%2E%2E/escape",
    "evidence/%2F/absolute/%2F/twice/%2E/x",
    "evidence/incidents/INC-1/ledger/00000001.json",
    "evidence/large",
    "evidence/versions",
  ]);
  expect(readFileSync(join(directory, "large")).equals(large)).toBe(true);
  expect(readFileSync(join(directory, "versions"), "utf8")).toBe("new");
});
