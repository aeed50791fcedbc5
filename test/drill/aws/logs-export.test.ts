import { text } from "node:stream/consumers";
import { createGunzip } from "node:zlib";
import {
  CreateExportTaskCommand,
  DescribeExportTasksCommand,
  type ExportTask,
} from "@aws-sdk/client-cloudwatch-logs";
import { afterEach, expect, test } from "@jest/globals";
import { type Platform, startPlatform, until } from "./ecs-platform.ts";

const group = "/ecs/mcp-jira";
const START = Date.UTC(2026, 2, 2, 12);

let platform: Platform;
afterEach(() => platform.close());

const request = {
  logGroupName: group,
  from: START,
  to: START + 20,
  destination: "vault",
  destinationPrefix: "bulk",
};

async function describeTask(taskId: string): Promise<ExportTask | undefined> {
  const { exportTasks } = await platform.clients.logs.send(new DescribeExportTasksCommand({ taskId }));
  return exportTasks?.[0];
}

test("one task at a time copies the window, both ends included, and takes its time", async () => {
  const written = new Map<string, Promise<string>>();
  platform = await startPlatform({
    speed: 1_000,
    logs: {
      exports: {
        durationMs: 300_000,
        write: async (bucket, key, body) => {
          const content = text(body.pipe(createGunzip()));
          written.set(`${bucket}/${key}`, content);
          await content;
        },
      },
    },
  });
  const events = [0, 10, 20, 30].map((offset) => ({ timestamp: START + offset, message: `at ${offset}` }));
  platform.logs.store.seedStream({ group, name: "mcp/app/0123", events });
  const { taskId = "" } = await platform.clients.logs.send(new CreateExportTaskCommand(request));
  expect((await describeTask(taskId))?.status?.code).toMatch(/^(PENDING|RUNNING)$/);
  await expect(platform.clients.logs.send(new CreateExportTaskCommand(request))).rejects.toMatchObject({
    name: "LimitExceededException",
    message: "Resource limit exceeded.",
  });
  const done = await until(platform.clock, async () => {
    const task = await describeTask(taskId);
    return task?.status?.code === "COMPLETED" ? task : null;
  });
  const { creationTime = 0, completionTime = 0 } = done.executionInfo ?? {};
  expect(completionTime - creationTime).toBeGreaterThanOrEqual(300_000);
  expect([...written.keys()]).toEqual([`vault/bulk/${taskId}/mcp-app-0123/000000.gz`]);
  expect(await [...written.values()][0]).toBe(
    "2026-03-02T12:00:00.000Z at 0\n2026-03-02T12:00:00.010Z at 10\n2026-03-02T12:00:00.020Z at 20\n",
  );
  await platform.clients.logs.send(new CreateExportTaskCommand(request));
});

test("refuses a bucket it may not write to, an unknown group and a window that ends before it begins", async () => {
  platform = await startPlatform({
    speed: 1_000,
    logs: { exports: { refusedOn: (name) => (name === "vault" ? null : "GetBucketAcl") } },
  });
  platform.logs.store.seedGroup({ name: group });
  const send = (input: object) =>
    platform.clients.logs.send(new CreateExportTaskCommand({ ...request, ...input }));
  await expect(send({ destination: "other" })).rejects.toMatchObject({
    name: "InvalidParameterException",
    message: expect.stringContaining("GetBucketAcl"),
  });
  await expect(send({ logGroupName: "/none" })).rejects.toMatchObject({ name: "ResourceNotFoundException" });
  await expect(send({ to: START - 1 })).rejects.toMatchObject({ name: "InvalidParameterException" });
});

test("a task whose bucket fails it ends as FAILED with the reason", async () => {
  platform = await startPlatform({
    speed: 1_000,
    logs: { exports: { durationMs: 10_000, write: () => Promise.reject(new Error("the bucket is gone")) } },
  });
  platform.logs.store.seedStream({ group, name: "s", events: [{ timestamp: START, message: "x" }] });
  const { taskId = "" } = await platform.clients.logs.send(new CreateExportTaskCommand(request));
  const failed = await until(platform.clock, async () => {
    const task = await describeTask(taskId);
    return task?.status?.code === "FAILED" ? task : null;
  });
  expect(failed.status?.message).toBe("the bucket is gone");
});
