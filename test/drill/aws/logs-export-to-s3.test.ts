import { gunzipSync } from "node:zlib";
import {
  CloudWatchLogsClient,
  CreateExportTaskCommand,
  DescribeExportTasksCommand,
} from "@aws-sdk/client-cloudwatch-logs";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { exportStatements, exportToS3 } from "../../../drill/aws/logs/export-to-s3.ts";
import { createLogs, type Logs } from "../../../drill/aws/logs/index.ts";
import type { SimulatedAws } from "../../../drill/aws/server.ts";
import { createClock } from "../../../drill/clock.ts";
import { createRandom } from "../../../drill/random.ts";
import { type Platform, REGION, startPlatform } from "./core-platform.ts";

const group = "/ecs/mcp-jira";
const bucket = "exports";

let platform: Platform;
let logs: Logs;
let client: CloudWatchLogsClient;
const clock = createClock({ speed: 500 });
beforeEach(async () => {
  const s3 = (): SimulatedAws["s3"] => platform.aws.s3;
  logs = createLogs({
    clock,
    random: createRandom(3),
    region: REGION,
    exports: { ...exportToS3(s3, REGION), durationMs: 10_000 },
  });
  platform = await startPlatform({
    services: [logs.service],
    clock,
    maxClockSkewMs: Number.POSITIVE_INFINITY,
  });
  client = new CloudWatchLogsClient(platform.config);
  const timestamp = clock.now() - 60_000;
  logs.store.seedStream({ group, name: "ecs/app/1", events: [{ timestamp, message: "hello" }] });
});
afterEach(async () => {
  client.destroy();
  await platform.close();
});

const policy = (Statement: object[]) => ({ Version: "2012-10-17", Statement });
const create = () =>
  client.send(
    new CreateExportTaskCommand({
      logGroupName: group,
      from: clock.now() - 3_600_000,
      to: clock.now(),
      destination: bucket,
      destinationPrefix: "INC-1/7",
    }),
  );

async function completed(taskId: string | undefined): Promise<void> {
  for (;;) {
    const { exportTasks } = await client.send(new DescribeExportTasksCommand({ taskId }));
    if (exportTasks?.[0]?.status?.code === "COMPLETED") return;
    await clock.sleep(5_000);
  }
}

describe("an export to the simulated S3", () => {
  test("writes one object a stream under prefix and task, once it is completed", async () => {
    platform.aws.s3.createBucket(bucket, { policy: policy(exportStatements(bucket, REGION)) });
    const { taskId } = await create();
    expect([...platform.aws.s3.currentKeys(bucket)]).toEqual([]);
    await completed(taskId);
    const key = `INC-1/7/${taskId}/ecs-app-1/000000.gz`;
    expect([...platform.aws.s3.currentKeys(bucket)]).toEqual([key]);
    expect(gunzipSync(await platform.aws.s3.readObject(bucket, key)).toString()).toMatch(/Z hello\n$/);
  });

  test.each([
    ["no bucket", undefined, "GetBucketAcl"],
    ["no permission", [], "GetBucketAcl"],
    ["another region's", exportStatements(bucket, "us-east-2"), "GetBucketAcl"],
    ["half of it", exportStatements(bucket, REGION).slice(0, 1), "PutObject"],
  ])("is refused with %s", async (_case, statements, operation) => {
    if (statements) platform.aws.s3.createBucket(bucket, { policy: policy(statements) });
    await expect(create()).rejects.toMatchObject({
      name: "InvalidParameterException",
      message: expect.stringContaining(`${operation} call on the given bucket failed`),
    });
  });

  test("waits for somebody else's task to end", async () => {
    platform.aws.s3.createBucket(bucket, { policy: policy(exportStatements(bucket, REGION)) });
    const end = logs.exports.occupy(36_000_000);
    await expect(create()).rejects.toMatchObject({ name: "LimitExceededException" });
    const { exportTasks } = await client.send(new DescribeExportTasksCommand({ statusCode: "RUNNING" }));
    expect(exportTasks).toMatchObject([{ taskName: "nightly-archive" }]);
    end();
    expect((await create()).taskId).toBeDefined();
  });
});
