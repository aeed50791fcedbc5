import { createHash, createPublicKey, verify } from "node:crypto";
import { gunzipSync } from "node:zlib";
import {
  CloudTrailClient,
  DeleteTrailCommand,
  DescribeTrailsCommand,
  GetEventSelectorsCommand,
  GetTrailCommand,
  GetTrailStatusCommand,
  ListPublicKeysCommand,
  LookupEventsCommand,
  StartLoggingCommand,
  StopLoggingCommand,
  UpdateTrailCommand,
} from "@aws-sdk/client-cloudtrail";
import { GetObjectCommand, ListObjectsV2Command } from "@aws-sdk/client-s3";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { createClock } from "../../../drill/clock.ts";
import { ACCOUNT, errorOf, type Platform, REGION, startPlatform } from "./core-platform.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const START = Date.parse("2026-11-20T00:01:31Z");
const BUCKET = "trail-bucket";

let platform: Platform;
let client: CloudTrailClient;
let now: number;
beforeEach(async () => {
  now = START + 3 * HOUR + 20 * MINUTE;
  platform = await startPlatform({
    clock: { ...createClock({ speed: 1 }), now: () => now },
    maxClockSkewMs: Number.POSITIVE_INFINITY,
  });
  client = new CloudTrailClient(platform.config);
  platform.aws.s3.createBucket(BUCKET);
});
afterEach(async () => {
  client.destroy();
  await platform.close();
});

const event = (eventName: string, minutes: number, eventSource = "ssm.amazonaws.com") => {
  const eventTime = START + minutes * MINUTE;
  platform.aws.cloudtrail.seed({ eventName, eventTime, eventSource, username: "someone" });
};
const trail = (more: object = {}) =>
  platform.aws.cloudtrail.createTrail({ name: "main", bucket: BUCKET, prefix: "p", since: START, ...more });

async function keys(prefix: string): Promise<string[]> {
  const list = new ListObjectsV2Command({ Bucket: BUCKET, Prefix: prefix });
  return ((await platform.s3.send(list)).Contents ?? []).map(({ Key = "" }) => Key);
}
const logKeys = (region = REGION) => keys(`p/AWSLogs/${ACCOUNT}/CloudTrail/${region}/`);
const digestKeys = (region = REGION) => keys(`p/AWSLogs/${ACCOUNT}/CloudTrail-Digest/${region}/`);

async function read(Key: string): Promise<{ text: string; metadata: Record<string, string> }> {
  const { Body, Metadata = {} } = await platform.s3.send(new GetObjectCommand({ Bucket: BUCKET, Key }));
  const bytes = Buffer.from((await Body?.transformToByteArray()) ?? []);
  return { text: gunzipSync(bytes).toString(), metadata: Metadata };
}
const sha256 = (text: string) => createHash("sha256").update(text).digest("hex");

test("events lie in log files of about every five minutes, those of global services in their region's", async () => {
  event("GetParameter", 30);
  event("PutParameter", 31);
  event("GetParameter", 70);
  event("CreateUser", 40, "iam.amazonaws.com");
  trail();
  const files = await logKeys();
  expect(files).toEqual([
    expect.stringMatching(
      /^p\/AWSLogs\/111122223333\/CloudTrail\/eu-central-1\/2026\/11\/20\/111122223333_CloudTrail_eu-central-1_20261120T0035Z_[0-9a-f]{16}\.json\.gz$/,
    ),
    expect.stringContaining("_20261120T0115Z_"),
  ]);
  const { Records } = JSON.parse((await read(files[0] ?? "")).text);
  expect(Records).toMatchObject([
    { eventName: "GetParameter", eventTime: "2026-11-20T00:31:31Z", awsRegion: REGION },
    { eventName: "PutParameter", eventCategory: "Management" },
  ]);
  expect(await logKeys("us-east-1")).toHaveLength(1);
});

test("a digest follows every hour, lists its log files by hash, names the one before, and is signed", async () => {
  event("GetParameter", 30);
  trail();
  const [first = "", second = "", ...others] = await digestKeys();
  expect(others).toHaveLength(1);
  expect(first).toContain(
    `/2026/11/20/${ACCOUNT}_CloudTrail-Digest_${REGION}_main_${REGION}_20261120T010131Z.json.gz`,
  );
  const one = await read(first);
  const [logFile = ""] = await logKeys();
  expect(JSON.parse(one.text)).toEqual({
    awsAccountId: ACCOUNT,
    digestStartTime: "2026-11-20T00:01:31Z",
    digestEndTime: "2026-11-20T01:01:31Z",
    digestS3Bucket: BUCKET,
    digestS3Object: first,
    digestPublicKeyFingerprint: expect.stringMatching(/^[0-9a-f]{32}$/),
    digestSignatureAlgorithm: "SHA256withRSA",
    newestEventTime: "2026-11-20T00:31:31Z",
    oldestEventTime: "2026-11-20T00:31:31Z",
    previousDigestS3Bucket: null,
    previousDigestS3Object: null,
    previousDigestHashValue: null,
    previousDigestHashAlgorithm: null,
    previousDigestSignature: null,
    logFiles: [
      {
        s3Bucket: BUCKET,
        s3Object: logFile,
        hashValue: sha256((await read(logFile)).text),
        hashAlgorithm: "SHA-256",
        newestEventTime: "2026-11-20T00:31:31Z",
        oldestEventTime: "2026-11-20T00:31:31Z",
      },
    ],
  });
  const two = await read(second);
  expect(JSON.parse(two.text)).toMatchObject({
    previousDigestS3Object: first,
    previousDigestHashValue: sha256(one.text),
    previousDigestSignature: one.metadata.signature,
    newestEventTime: null,
    logFiles: [],
  });
  const { PublicKeyList } = await client.send(new ListPublicKeysCommand({}));
  const key = createPublicKey({
    key: Buffer.from(PublicKeyList?.[0]?.Value ?? []),
    format: "der",
    type: "pkcs1",
  });
  const signed = `2026-11-20T02:01:31Z\n${BUCKET}/${second}\n${sha256(two.text)}\n${one.metadata.signature}`;
  const signature = Buffer.from(two.metadata.signature ?? "", "hex");
  expect(two.metadata["signature-algorithm"]).toBe("SHA256withRSA");
  expect(verify("RSA-SHA256", Buffer.from(signed), key, signature)).toBe(true);
});

test("log files held back come in a backfill digest", async () => {
  event("GetParameter", 30);
  trail({ heldBack: { from: START, to: START + HOUR, backfillAt: START + 3 * HOUR } });
  const digests = await digestKeys();
  const [backfill = ""] = digests.filter((key) => key.endsWith("_20261120T010131Z_backfill.json.gz"));
  const { text, metadata } = await read(backfill);
  expect(JSON.parse(text).logFiles).toHaveLength(1);
  expect(metadata["backfill-generation-timestamp"]).toBe("2026-11-20T03:01:31Z");
  const regular = digests.filter((key) => key !== backfill);
  for (const key of regular) expect(JSON.parse((await read(key)).text).logFiles).toEqual([]);
});

test("a stopped trail delivers its last events and a last digest, then nothing; started again, a new chain", async () => {
  const { arn } = trail();
  await client.send(new StopLoggingCommand({ Name: arn }));
  event("DeleteParameter", 210);
  const stoppedAt = now;
  now += 2 * HOUR;
  expect(await client.send(new GetTrailStatusCommand({ Name: "main" }))).toMatchObject({
    IsLogging: false,
    StopLoggingTime: new Date(stoppedAt),
  });
  const files = await logKeys();
  const { Records } = JSON.parse((await read(files.at(-1) ?? "")).text);
  expect(Records).toMatchObject([{ eventName: "StopLogging", resources: [{ ARN: arn }] }]);
  expect(await digestKeys()).toHaveLength(4);
  now += HOUR;
  await client.send(new StartLoggingCommand({ Name: arn }));
  now += 2 * HOUR;
  const again = await digestKeys();
  expect(again).toHaveLength(5);
  expect(JSON.parse((await read(again[4] ?? "")).text)).toMatchObject({ previousDigestS3Object: null });
});

test("what the event selectors leave out is in no log file, and in the history all the same", async () => {
  event("GetParameter", 30);
  event("PutParameter", 30);
  event("Decrypt", 30, "kms.amazonaws.com");
  trail({ readWriteType: "WriteOnly", excludedSources: ["kms.amazonaws.com"] });
  const [file = ""] = await logKeys();
  expect(JSON.parse((await read(file)).text).Records).toMatchObject([{ eventName: "PutParameter" }]);
  expect(await client.send(new GetEventSelectorsCommand({ TrailName: "main" }))).toMatchObject({
    EventSelectors: [{ ReadWriteType: "WriteOnly", ExcludeManagementEventSources: ["kms.amazonaws.com"] }],
  });
  const { Events } = await client.send(new LookupEventsCommand({}));
  expect(Events?.map(({ EventName }) => EventName)).toEqual(
    expect.arrayContaining(["GetParameter", "PutParameter", "Decrypt"]),
  );
});

test("a trail is found by name at home, by ARN elsewhere, and is changed at home only", async () => {
  const { arn } = trail();
  const elsewhere = new CloudTrailClient({ ...platform.config, region: "us-east-1" });
  expect((await client.send(new GetTrailCommand({ Name: "main" }))).Trail).toMatchObject({
    TrailARN: arn,
    S3BucketName: BUCKET,
    S3KeyPrefix: "p",
    HomeRegion: REGION,
    IsMultiRegionTrail: true,
    LogFileValidationEnabled: true,
  });
  expect(await errorOf(elsewhere.send(new GetTrailCommand({ Name: "main" })))).toBe("TrailNotFoundException");
  expect((await elsewhere.send(new GetTrailCommand({ Name: arn }))).Trail?.Name).toBe("main");
  expect(await errorOf(elsewhere.send(new StopLoggingCommand({ Name: arn })))).toBe(
    "InvalidHomeRegionException",
  );
  expect((await elsewhere.send(new DescribeTrailsCommand({ includeShadowTrails: false }))).trailList).toEqual(
    [],
  );
  await client.send(new UpdateTrailCommand({ Name: "main", EnableLogFileValidation: false }));
  expect((await client.send(new DescribeTrailsCommand({}))).trailList).toMatchObject([
    { LogFileValidationEnabled: false },
  ]);
  now += 2000;
  expect(await errorOf(client.send(new UpdateTrailCommand({ Name: "main", KmsKeyId: "alias/x" })))).toBe(
    "NotImplemented",
  );
  now += 2000;
  await client.send(new DeleteTrailCommand({ Name: arn }));
  expect(await errorOf(client.send(new GetTrailCommand({ Name: arn })))).toBe("TrailNotFoundException");
  elsewhere.destroy();
});
