import { PutObjectCommand } from "@aws-sdk/client-s3";
import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import { afterEach, expect, test } from "@jest/globals";
import { type Platform, startPlatform } from "./core-platform.ts";

let platform: Platform;
afterEach(() => platform.close());

const HOUR = 3_600_000;
interface Page {
  Events: {
    EventId: string;
    EventName: string;
    EventTime: number;
    Username: string;
    CloudTrailEvent: string;
  }[];
  NextToken?: string;
  __type?: string;
}

/** Signed by STS's client with a body of the test's own, so that it can also send what CloudTrail's client would not. */
async function lookup(input: object): Promise<Page> {
  const client = new STSClient(platform.config);
  let page: Page | undefined;
  client.middlewareStack.add(
    (next) => (args) => {
      const request = args.request as { headers: Record<string, string>; body: string };
      request.body = JSON.stringify(input);
      request.headers["content-type"] = "application/x-amz-json-1.1";
      request.headers["content-length"] = String(Buffer.byteLength(request.body));
      request.headers["x-amz-target"] = "com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101.LookupEvents";
      return next(args);
    },
    { step: "build", priority: "low", name: "cloudtrail" },
  );
  client.middlewareStack.add(
    (next) => async (args) => {
      const { response } = (await next(args)) as { response: { body: AsyncIterable<Buffer> } };
      const chunks: Buffer[] = [];
      for await (const chunk of response.body) chunks.push(chunk);
      page = JSON.parse(Buffer.concat(chunks).toString()) as Page;
      throw new Error("answered");
    },
    { step: "deserialize", priority: "low", name: "read" },
  );
  await client.send(new GetCallerIdentityCommand({})).catch(() => undefined);
  if (!page) throw new Error("no answer");
  return page;
}

test("calls appear after the delivery delay, data events never", async () => {
  let passed = 0;
  const start = Date.now();
  const { createClock } = await import("../../../drill/clock.ts");
  platform = await startPlatform({
    clock: { ...createClock({ speed: 1 }), now: () => start + passed },
    maxClockSkewMs: 100 * HOUR,
  });
  platform.aws.s3.createBucket("vault");
  await platform.s3.send(new PutObjectCommand({ Bucket: "vault", Key: "k", Body: "x" }));
  await new STSClient(platform.config).send(new GetCallerIdentityCommand({}));
  expect((await lookup({})).Events).toEqual([]);
  passed = 6 * 60_000;
  const { Events } = await lookup({});
  expect(Events.map(({ EventName }) => EventName)).toEqual(["LookupEvents", "GetCallerIdentity"]);
  expect(JSON.parse(Events[1]?.CloudTrailEvent ?? "")).toMatchObject({
    eventSource: "sts.amazonaws.com",
    eventName: "GetCallerIdentity",
    userIdentity: { type: "AssumedRole", arn: platform.session.sessionArn },
    readOnly: true,
    managementEvent: true,
  });
  const names = platform.aws.cloudtrail.events().map(({ eventName }) => eventName);
  expect(names).toEqual(["PutObject", "GetCallerIdentity", "LookupEvents", "LookupEvents"]);
});

test("seeded events are found by one attribute, newest first, 50 a page, within 90 days", async () => {
  platform = await startPlatform({ speed: 1000, maxClockSkewMs: 1000 * HOUR });
  const now = platform.aws.s3.account.clock.now();
  for (let index = 0; index < 120; index++) {
    platform.aws.cloudtrail.seed({
      eventName: index % 3 === 0 ? "PutBucketPolicy" : "GetParameter",
      eventTime: now - (index + 1) * HOUR,
      eventSource: "s3.amazonaws.com",
      username: "intruder",
      resources: [{ type: "AWS::S3::Bucket", name: "audit" }],
    });
  }
  platform.aws.cloudtrail.seed({
    eventName: "PutBucketPolicy",
    eventTime: now - 91 * 24 * HOUR,
    eventSource: "s3.amazonaws.com",
    username: "old",
  });
  const attribute = (AttributeKey: string, AttributeValue: string) => ({
    LookupAttributes: [{ AttributeKey, AttributeValue }],
  });
  const first = await lookup(attribute("Username", "intruder"));
  const rest = [await lookup({ ...attribute("Username", "intruder"), NextToken: first.NextToken })];
  rest.push(await lookup({ ...attribute("Username", "intruder"), NextToken: rest[0]?.NextToken }));
  expect([first, ...rest].map(({ Events }) => Events.length)).toEqual([50, 50, 20]);
  expect(rest[1]?.NextToken).toBeUndefined();
  const all = [first, ...rest].flatMap(({ Events }) => Events);
  expect(new Set(all.map(({ EventId }) => EventId)).size).toBe(120);
  expect(all.map(({ EventTime }) => EventTime)).toEqual(
    all.map(({ EventTime }) => EventTime).toSorted((a, b) => b - a),
  );

  expect((await lookup({ ...attribute("EventName", "PutBucketPolicy") })).Events).toHaveLength(40);
  const window = { StartTime: (now - 5.5 * HOUR) / 1000, EndTime: (now - 0.5 * HOUR) / 1000 };
  expect((await lookup({ ...attribute("ResourceName", "audit"), ...window })).Events).toHaveLength(5);
  expect((await lookup({ ...attribute("Username", "old") })).Events).toEqual([]);
});

test("refuses two attributes, an unknown one, 51 events a page, and what is not simulated", async () => {
  platform = await startPlatform({ speed: 1000, maxClockSkewMs: 1000 * HOUR });
  const errors = [];
  for (const input of [
    {
      LookupAttributes: [
        { AttributeKey: "EventName", AttributeValue: "a" },
        { AttributeKey: "Username", AttributeValue: "b" },
      ],
    },
    { LookupAttributes: [{ AttributeKey: "Colour", AttributeValue: "a" }] },
    { MaxResults: 51 },
    { StartTime: 2000, EndTime: 1000 },
    { NextToken: "bm9uc2Vuc2U=" },
    { EventCategory: "insight" },
  ]) {
    errors.push((await lookup(input)).__type);
  }
  expect(errors).toEqual([
    "InvalidLookupAttributesException",
    "InvalidLookupAttributesException",
    "InvalidMaxResultsException",
    "InvalidTimeRangeException",
    "InvalidNextTokenException",
    "NotImplemented",
  ]);
});

test("allows two lookups a second", async () => {
  platform = await startPlatform();
  const answers = [await lookup({}), await lookup({}), await lookup({})];
  expect(answers.map(({ __type }) => __type)).toEqual([undefined, undefined, "ThrottlingException"]);
});
