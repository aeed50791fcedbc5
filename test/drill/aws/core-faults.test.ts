import { readdirSync } from "node:fs";
import { Readable } from "node:stream";
import { GetObjectCommand, ListBucketsCommand, PutObjectCommand } from "@aws-sdk/client-s3";
import { afterEach, describe, expect, test } from "@jest/globals";
import type { CallRecord, FaultRule } from "../../../drill/contracts.ts";
import { errorOf, type Platform, refusalOf, startPlatform, textOf } from "./core-platform.ts";

let platform: Platform;
afterEach(() => platform.close());

async function withFault(rule: Partial<FaultRule>, speed = 1): Promise<Platform> {
  platform = await startPlatform({
    speed,
    rules: [{ service: "s3", operation: "*", kind: "throttle", rate: 1, ...rule }],
  });
  platform.aws.s3.createBucket("vault");
  return platform;
}

const put = () => new PutObjectCommand({ Bucket: "vault", Key: "k", Body: "hello" });

describe("an injected fault", () => {
  test("throttle answers with S3's SlowDown and changes nothing", async () => {
    const { s3, aws, calls } = await withFault({ kind: "throttle" });
    expect(await refusalOf(s3.send(put()))).toMatchObject({ name: "SlowDown", status: 503 });
    expect(aws.s3.bucket("vault").current("k")).toBeUndefined();
    expect(calls.all()).toMatchObject([{ operation: "PutObject", error: "SlowDown", status: 503 }]);
  });

  test("server-error answers 500", async () => {
    const { s3 } = await withFault({ kind: "server-error" });
    expect(await refusalOf(s3.send(put()))).toMatchObject({ name: "InternalError", status: 500 });
  });

  test("drop cuts the connection before the call took effect", async () => {
    const { s3, aws, calls } = await withFault({ kind: "drop" });
    await expect(s3.send(put())).rejects.toThrow();
    expect(aws.s3.bucket("vault").current("k")).toBeUndefined();
    expect(calls.all()).toMatchObject([{ status: 0, error: "ConnectionDropped" }]);
  });

  test("drop with a lost answer cuts the connection after the call took effect", async () => {
    const { s3, aws, calls } = await withFault({ kind: "drop", lostAnswer: true });
    await expect(s3.send(put())).rejects.toThrow();
    expect(aws.s3.bucket("vault").current("k")).toBeDefined();
    expect(calls.all()).toMatchObject([{ status: 0, error: "AnswerLost" }]);
  });

  test("slow only delays", async () => {
    const { s3, aws } = await withFault({ kind: "slow", delayMs: 20_000 }, 1000);
    const from = aws.s3.account.clock.now();
    await s3.send(put());
    expect(aws.s3.account.clock.now() - from).toBeGreaterThanOrEqual(20_000);
  });

  test("an SDK with retries gets over every kind of fault that passes", async () => {
    platform = await startPlatform({
      rules: (["throttle", "server-error", "drop"] as const).map((kind) => ({
        service: "*",
        operation: "PutObject",
        kind,
        rate: 1,
        limit: 1,
      })),
    });
    platform.aws.s3.createBucket("vault");
    const s3 = platform.s3As(platform.session, { maxAttempts: 5 });
    await s3.send(put());
    expect(await textOf((await s3.send(new GetObjectCommand({ Bucket: "vault", Key: "k" }))).Body)).toBe(
      "hello",
    );
    const errors = platform.calls.all().map(({ error }) => error);
    expect(errors).toEqual(["SlowDown", "InternalError", "ConnectionDropped", null, null]);
  });

  test("hits only the operations it names, and only as often as it may", async () => {
    const { s3 } = await withFault({ operation: "PutObject", limit: 1 });
    expect((await s3.send(new ListBucketsCommand({}))).Buckets).toHaveLength(1);
    expect(await errorOf(s3.send(put()))).toBe("SlowDown");
    expect((await s3.send(put())).ETag).toBe('"5d41402abc4b2a76b9719d911017c592"');
  });
});

test("a client that goes away in the middle of an upload leaves nothing behind", async () => {
  platform = await startPlatform();
  platform.aws.s3.createBucket("vault");
  const controller = new AbortController();
  async function* endless(): AsyncGenerator<Buffer> {
    for (;;) {
      yield Buffer.alloc(64 * 1024);
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
  }
  const Body = Readable.from(endless());
  const upload = platform.s3.send(
    new PutObjectCommand({ Bucket: "vault", Key: "k", Body, ContentLength: 10 ** 9 }),
    { abortSignal: controller.signal },
  );
  const logged = new Promise<CallRecord>((resolve) => platform.calls.onCall(resolve));
  setTimeout(() => controller.abort(), 50);
  await expect(upload).rejects.toThrow();
  expect(await logged).toMatchObject({ operation: "PutObject", status: 0, error: "ClientDisconnected" });
  expect(platform.aws.s3.bucket("vault").current("k")).toBeUndefined();
  expect(readdirSync(platform.aws.s3.blobs.directory)).toEqual(["pack"]);
});
