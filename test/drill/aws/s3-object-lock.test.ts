import {
  DeleteObjectCommand,
  GetObjectLegalHoldCommand,
  GetObjectLockConfigurationCommand,
  GetObjectRetentionCommand,
  HeadObjectCommand,
  type ObjectLockRetentionMode,
  PutObjectCommand,
  PutObjectLegalHoldCommand,
  PutObjectRetentionCommand,
} from "@aws-sdk/client-s3";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { createClock } from "../../../drill/clock.ts";
import { errorOf, type Platform, refusalOf, startPlatform } from "./core-platform.ts";

const DAY = 24 * 3600 * 1000;
const Bucket = "vault";
let platform: Platform;
let passed = 0;

beforeEach(async () => {
  passed = 0;
  const start = Date.now();
  platform = await startPlatform({
    clock: { ...createClock({ speed: 1 }), now: () => start + passed },
    maxClockSkewMs: 1000 * DAY,
  });
  platform.aws.s3.createBucket(Bucket, { lock: { defaultRetention: { mode: "COMPLIANCE", days: 30 } } });
  platform.aws.s3.createBucket("open");
});
afterEach(() => platform.close());

const put = async (more: object = {}) =>
  (await platform.s3.send(new PutObjectCommand({ Bucket, Key: "k", Body: "x", ...more }))).VersionId ?? "";
const remove = (VersionId: string, more: object = {}) =>
  platform.s3.send(new DeleteObjectCommand({ Bucket, Key: "k", VersionId, ...more }));
const retain = (Mode: ObjectLockRetentionMode, days: number, more: object = {}) =>
  platform.s3.send(
    new PutObjectRetentionCommand({
      Bucket,
      Key: "k",
      Retention: { Mode, RetainUntilDate: new Date(Date.now() + days * DAY) },
      ...more,
    }),
  );
const DENIED = {
  name: "AccessDenied",
  status: 403,
  message: "Access Denied because object protected by object lock.",
};

describe("the bucket's default retention", () => {
  test("holds for every new version, and is told", async () => {
    await put();
    const head = await platform.s3.send(new HeadObjectCommand({ Bucket, Key: "k" }));
    expect(head.ObjectLockMode).toBe("COMPLIANCE");
    const days = (Number(head.ObjectLockRetainUntilDate) - Date.now()) / DAY;
    expect(Math.round(days)).toBe(30);
    const { ObjectLockConfiguration } = await platform.s3.send(
      new GetObjectLockConfigurationCommand({ Bucket }),
    );
    expect(ObjectLockConfiguration).toEqual({
      ObjectLockEnabled: "Enabled",
      Rule: { DefaultRetention: { Mode: "COMPLIANCE", Days: 30 } },
    });
  });

  test("refuses the version's deletion until it has passed, with any header", async () => {
    const version = await put();
    expect(await refusalOf(remove(version))).toMatchObject(DENIED);
    expect(await refusalOf(remove(version, { BypassGovernanceRetention: true }))).toMatchObject(DENIED);
    passed = 31 * DAY;
    expect((await remove(version)).$metadata.httpStatusCode).toBe(204);
  });

  test("leaves a delete marker possible: the version stays under it", async () => {
    const version = await put();
    await platform.s3.send(new DeleteObjectCommand({ Bucket, Key: "k" }));
    const head = await platform.s3.send(new HeadObjectCommand({ Bucket, Key: "k", VersionId: version }));
    expect(head.ContentLength).toBe(1);
  });

  test("wants a checksum with every upload", async () => {
    const client = platform.s3As(platform.session, { requestChecksumCalculation: "WHEN_REQUIRED" });
    const bare = client.send(new PutObjectCommand({ Bucket, Key: "bare", Body: "x" }));
    expect(await errorOf(bare)).toBe("InvalidRequest");
  });
});

describe("a retention", () => {
  test("in COMPLIANCE is lengthened, never shortened or weakened", async () => {
    await put();
    await retain("COMPLIANCE", 60);
    expect(await refusalOf(retain("COMPLIANCE", 59))).toMatchObject(DENIED);
    expect(await refusalOf(retain("COMPLIANCE", 59, { BypassGovernanceRetention: true }))).toMatchObject(
      DENIED,
    );
    expect(await refusalOf(retain("GOVERNANCE", 90, { BypassGovernanceRetention: true }))).toMatchObject(
      DENIED,
    );
    const { Retention } = await platform.s3.send(new GetObjectRetentionCommand({ Bucket, Key: "k" }));
    expect(Retention?.Mode).toBe("COMPLIANCE");
    expect(Math.round((Number(Retention?.RetainUntilDate) - Date.now()) / DAY)).toBe(60);
  });

  test("in GOVERNANCE gives way only to the bypass", async () => {
    const version = await put({
      ObjectLockMode: "GOVERNANCE",
      ObjectLockRetainUntilDate: new Date(Date.now() + 9 * DAY),
    });
    expect(await refusalOf(retain("GOVERNANCE", 8))).toMatchObject(DENIED);
    await retain("GOVERNANCE", 8, { BypassGovernanceRetention: true });
    expect(await refusalOf(remove(version))).toMatchObject(DENIED);
    expect((await remove(version, { BypassGovernanceRetention: true })).VersionId).toBe(version);
  });

  test("must end in the future and have a mode", async () => {
    await put();
    expect(await errorOf(retain("COMPLIANCE", -1))).toBe("InvalidArgument");
    expect(await errorOf(retain("SOMETHING" as ObjectLockRetentionMode, 90))).toBe("InvalidArgument");
    expect(await errorOf(put({ ObjectLockMode: "COMPLIANCE" }))).toBe("InvalidArgument");
  });
});

test("a legal hold refuses deletion until it is lifted", async () => {
  const version = await put({
    ObjectLockMode: "GOVERNANCE",
    ObjectLockRetainUntilDate: new Date(Date.now() + DAY),
    ObjectLockLegalHoldStatus: "ON",
  });
  const hold = (Status: "ON" | "OFF") =>
    platform.s3.send(new PutObjectLegalHoldCommand({ Bucket, Key: "k", LegalHold: { Status } }));
  expect((await platform.s3.send(new GetObjectLegalHoldCommand({ Bucket, Key: "k" }))).LegalHold).toEqual({
    Status: "ON",
  });
  expect(await refusalOf(remove(version, { BypassGovernanceRetention: true }))).toMatchObject(DENIED);
  await hold("OFF");
  expect((await remove(version, { BypassGovernanceRetention: true })).$metadata.httpStatusCode).toBe(204);
});

test("a bucket without Object Lock has none to give", async () => {
  const { s3 } = platform;
  await s3.send(new PutObjectCommand({ Bucket: "open", Key: "k", Body: "x" }));
  expect(await errorOf(s3.send(new GetObjectLockConfigurationCommand({ Bucket: "open" })))).toBe(
    "ObjectLockConfigurationNotFoundError",
  );
  expect(await errorOf(retain("COMPLIANCE", 1, { Bucket: "open" }))).toBe("InvalidRequest");
  expect(await errorOf(put({ Bucket: "open", ObjectLockLegalHoldStatus: "ON" }))).toBe("InvalidRequest");
});
