import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { taskOutput } from "../../src/evidence/log-options.ts";
import { collectEcs } from "../../src/evidence/sources/ecs.ts";
import { readObject } from "../../src/vault/vault.ts";
import { type PreservePlatform, startPreservePlatform, target } from "../support/preserve-platform.ts";

const TASK = "0123456789abcdef0123456789abcdef";
const ARN = `arn:aws:ecs:eu-west-1:111122223333:task/c/${TASK}`;

describe("the source ecs", () => {
  let platform: PreservePlatform;
  beforeEach(async () => {
    platform = await startPreservePlatform({ tasks: [TASK] });
  });
  afterEach(() => platform.close());

  test("documents service, tasks, definitions and scaling, without secrets", async () => {
    const { record, items } = await collectEcs(await platform.source());
    const names = items.map(({ key }) => key.slice("incidents/INC-42/captures/7001/".length));
    expect(names).toEqual([
      "ecs/service.json",
      "ecs/tasks.json",
      `ecs/task-definitions/${target.service}-3.json`,
      "ecs/autoscaling.json",
      `iam/${target.service}-task.json`,
      `iam/${target.service}-execution.json`,
    ]);
    expect(record).toMatchObject({
      status: "complete",
      tasks: [{ taskId: TASK, lastStatus: "RUNNING", streams: [`ecs/app/${TASK}`], uncaptured: [] }],
    });
    expect(record.tasks[0]?.interfaces).toEqual([
      {
        id: expect.stringMatching(/^eni-/),
        subnet: expect.stringMatching(/^subnet-/),
        securityGroups: [expect.stringMatching(/^sg-/)],
      },
    ]);
    const definition = JSON.parse(String(await readObject(platform.vault, items[2]?.key ?? "")));
    expect(JSON.stringify(definition)).not.toContain("env-secret-value-1");
    expect(definition.redacted).toMatchObject([{ name: "AZURE_CLIENT_SECRET" }]);
    expect(platform.masked).toContain("env-secret-value-1");
  });

  test("a run that continues another adds what has changed and keeps what was seen", async () => {
    const first = await collectEcs(await platform.source());
    const second = await collectEcs(await platform.source());
    const keys = second.items.map(({ key }) => key);
    expect(keys).toEqual(expect.arrayContaining(first.items.map(({ key }) => key)));
    expect(new Set(keys).size).toBe(keys.length);
  });

  test("scaling that cannot be read is a gap and nothing more", async () => {
    const source = await platform.source();
    const scaling = {
      send: () => Promise.reject(Object.assign(new Error("no"), { name: "AccessDeniedException" })),
    };
    const { record, items } = await collectEcs({
      ...source,
      aws: { ...source.aws, scaling: scaling as never },
    });
    expect(items).toHaveLength(5);
    expect(record).toMatchObject({
      status: "partial",
      gaps: [{ what: "ecs/autoscaling.json", why: "AccessDeniedException: no" }],
    });
  });
});

describe("where a task's output goes", () => {
  const definition = (logConfiguration: object | undefined) =>
    ({ containerDefinitions: [{ name: "app", logConfiguration }] }) as never;
  const options = {
    "awslogs-group": "/ecs/x",
    "awslogs-region": "eu-west-1",
    "awslogs-stream-prefix": "ecs",
  };
  const task = { taskArn: ARN, containers: [{ name: "app", runtimeId: "runtime-1" }] };

  test("prefix, container and task id name the stream", () => {
    const output = taskOutput(task, definition({ logDriver: "awslogs", options }), "eu-west-1");
    expect(output).toEqual({ streams: [{ group: "/ecs/x", stream: `ecs/app/${TASK}` }], uncaptured: [] });
  });

  test("without a prefix it is the container's id", () => {
    const { "awslogs-stream-prefix": _prefix, ...rest } = options;
    const output = taskOutput(task, definition({ logDriver: "awslogs", options: rest }), "eu-west-1");
    expect(output.streams).toEqual([{ group: "/ecs/x", stream: "runtime-1" }]);
  });

  test.each([
    [undefined, "no log configuration"],
    [{ logDriver: "awsfirelens" }, "awsfirelens"],
    [{ logDriver: "awslogs", options: { ...options, "awslogs-region": "us-east-1" } }, "us-east-1"],
    [{ logDriver: "awslogs", options: {} }, "no log group"],
  ])("%j cannot be captured, and says why", (logConfiguration, why) => {
    const output = taskOutput(task, definition(logConfiguration), "eu-west-1");
    expect(output).toMatchObject({
      streams: [],
      uncaptured: [{ container: "app", why: expect.stringContaining(why) }],
    });
  });
});
