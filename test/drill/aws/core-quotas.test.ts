import type { IncomingMessage } from "node:http";
import {
  CloudWatchLogsClient,
  DescribeLogGroupsCommand,
  GetLogEventsCommand,
  ListTagsForResourceCommand,
} from "@aws-sdk/client-cloudwatch-logs";
import { afterEach, expect, test } from "@jest/globals";
import { Quotas } from "../../../drill/aws/quotas.ts";
import { S3Endpoint } from "../../../drill/aws/s3/endpoint.ts";
import type { JsonService } from "../../../drill/aws/service.ts";
import { createClock } from "../../../drill/clock.ts";
import type { SimClock } from "../../../drill/contracts.ts";
import { type Platform, refusalOf, startPlatform } from "./core-platform.ts";

let platform: Platform;
afterEach(() => platform.close());

/** A clock that moves only when told to. */
function handClock(): SimClock & { advance(ms: number): void } {
  const start = Date.now();
  let passed = 0;
  return {
    ...createClock({ speed: 1 }),
    now: () => start + passed,
    advance: (ms) => {
      passed += ms;
    },
  };
}

function logsService(quotas: JsonService["quotas"]): JsonService {
  return {
    name: "logs",
    targetPrefix: "Logs_20140328",
    throttleError: "ThrottlingException",
    quotas,
    operations: {
      DescribeLogGroups: () => ({ logGroups: [] }),
      GetLogEvents: (input, { log }) => {
        log(`${input.logGroupName}`);
        return { events: [] };
      },
    },
  };
}

test("a token bucket lets a burst through, throttles, and refills on the simulated clock", async () => {
  const clock = handClock();
  const quota = { ratePerSecond: 2, burst: 3, source: "https://docs.aws.amazon.com/" };
  platform = await startPlatform({ clock, services: [logsService({ GetLogEvents: quota })] });
  const client = new CloudWatchLogsClient(platform.config);
  const read = () => client.send(new GetLogEventsCommand({ logGroupName: "g", logStreamName: "s" }));
  for (let call = 0; call < 3; call++) await read();
  expect(await refusalOf(read())).toMatchObject({
    name: "ThrottlingException",
    status: 400,
    message: "Rate exceeded",
  });
  expect((await client.send(new DescribeLogGroupsCommand({}))).logGroups).toEqual([]);
  clock.advance(500);
  await read();
  expect(await refusalOf(read())).toMatchObject({ name: "ThrottlingException" });
  expect(
    platform.calls.all().map(({ operation, resource, status, job }) => [operation, resource, status, job]),
  ).toEqual([
    ...Array.from({ length: 3 }, () => ["GetLogEvents", "g", 200, "preserve"]),
    ["GetLogEvents", "", 400, "preserve"],
    ["DescribeLogGroups", "", 200, "preserve"],
    ["GetLogEvents", "g", 200, "preserve"],
    ["GetLogEvents", "", 400, "preserve"],
  ]);
});

test("operations that name the same bucket share it", async () => {
  const quota = { ratePerSecond: 1, burst: 1, source: "https://docs.aws.amazon.com/", bucket: "reads" };
  platform = await startPlatform({ clock: handClock(), services: [logsService({ "*": quota })] });
  const client = new CloudWatchLogsClient(platform.config);
  await client.send(new DescribeLogGroupsCommand({}));
  const read = client.send(new GetLogEventsCommand({ logGroupName: "g", logStreamName: "s" }));
  expect(await refusalOf(read)).toMatchObject({ name: "ThrottlingException" });
});

test("an operation that is not simulated answers 501 and says so", async () => {
  platform = await startPlatform({ services: [logsService({})] });
  const client = new CloudWatchLogsClient(platform.config);
  const call = client.send(
    new ListTagsForResourceCommand({ resourceArn: "arn:aws:logs:eu-central-1:1:log-group:g" }),
  );
  expect(await refusalOf(call)).toMatchObject({
    name: "NotImplemented",
    status: 501,
    message: "The simulated AWS does not implement Logs_20140328.ListTagsForResource.",
  });
});

test("S3 allows 3,500 writes and 5,500 reads a second under each prefix", async () => {
  const clock = handClock();
  platform = await startPlatform({ clock });
  const [endpoint, quotas] = [new S3Endpoint(platform.aws.s3), new Quotas(clock)];
  const take = (method: string, url: string): boolean => {
    const { quota } = endpoint.call({ method, url, headers: {} } as IncomingMessage);
    return quota !== null && quotas.take(quota);
  };
  const burst = (method: string, prefix: string) =>
    Array.from({ length: 6000 }, (_, index) => take(method, `/vault/${prefix}/${index}`)).filter(Boolean)
      .length;
  expect(burst("PUT", "a")).toBe(3500);
  expect(burst("GET", "a")).toBe(5500);
  expect(burst("PUT", "b")).toBe(3500);
  clock.advance(100);
  expect(burst("PUT", "a")).toBe(350);
});
