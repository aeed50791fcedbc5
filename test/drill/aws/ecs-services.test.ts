import {
  DescribeClustersCommand,
  DescribeServicesCommand,
  DescribeTaskDefinitionCommand,
  DescribeTasksCommand,
  ListServicesCommand,
  ListTasksCommand,
  UpdateServiceCommand,
} from "@aws-sdk/client-ecs";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { ACCOUNT, LOG_GROUP, type Platform, REGION, seedService, startPlatform } from "./ecs-platform.ts";

let platform: Platform;
beforeEach(async () => {
  platform = await startPlatform();
  seedService(platform);
});
afterEach(() => platform.close());

const cluster = "mcps";

describe("what ECS shows of a service at rest", () => {
  test("DescribeServices shows one completed PRIMARY deployment, its counts and its tags", async () => {
    const { services, failures } = await platform.clients.ecs.send(
      new DescribeServicesCommand({ cluster, services: ["mcp-jira", "mcp-none"], include: ["TAGS"] }),
    );
    expect(services).toHaveLength(1);
    const service = services?.[0];
    expect(service).toMatchObject({
      serviceName: "mcp-jira",
      status: "ACTIVE",
      desiredCount: 2,
      runningCount: 2,
      pendingCount: 0,
      taskDefinition: `arn:aws:ecs:${REGION}:${ACCOUNT}:task-definition/mcp-jira:3`,
      deployments: [{ status: "PRIMARY", rolloutState: "COMPLETED", desiredCount: 2, runningCount: 2 }],
      tags: [],
    });
    expect(service?.deployments?.[0]?.id).toMatch(/^ecs-svc\/\d{19}$/);
    expect(service?.createdAt).toBeInstanceOf(Date);
    expect(service?.events?.[0]?.message).toBe("(service mcp-jira) has reached a steady state.");
    expect(failures).toEqual([
      { arn: `arn:aws:ecs:${REGION}:${ACCOUNT}:service/mcps/mcp-none`, reason: "MISSING" },
    ]);
  });

  test("tags are left out unless asked for", async () => {
    const { services } = await platform.clients.ecs.send(
      new DescribeServicesCommand({ cluster, services: ["mcp-jira"] }),
    );
    expect(services?.[0]?.tags).toBeUndefined();
  });

  test("ListTasks pages, DescribeTasks shows images, network and times, and names what is missing", async () => {
    const first = await platform.clients.ecs.send(
      new ListTasksCommand({ cluster, serviceName: "mcp-jira", maxResults: 1 }),
    );
    const second = await platform.clients.ecs.send(
      new ListTasksCommand({ cluster, serviceName: "mcp-jira", maxResults: 1, nextToken: first.nextToken }),
    );
    expect(second.nextToken).toBeUndefined();
    const arns = [...(first.taskArns ?? []), ...(second.taskArns ?? [])];
    expect(new Set(arns).size).toBe(2);
    const { tasks, failures } = await platform.clients.ecs.send(
      new DescribeTasksCommand({ cluster, tasks: [...arns, "0".repeat(32)] }),
    );
    expect(failures).toEqual([
      { arn: `arn:aws:ecs:${REGION}:${ACCOUNT}:task/mcps/${"0".repeat(32)}`, reason: "MISSING" },
    ]);
    for (const task of tasks ?? []) {
      expect(task).toMatchObject({
        lastStatus: "RUNNING",
        desiredStatus: "RUNNING",
        connectivity: "CONNECTED",
      });
      expect(task.startedAt?.getTime()).toBeGreaterThan(task.createdAt?.getTime() ?? 0);
      expect(task.containers?.[0]?.imageDigest).toMatch(/^sha256:[0-9a-f]{64}$/);
      expect(task.attachments?.[0]?.details?.map(({ name }) => name)).toContain("networkInterfaceId");
      expect(task.containers?.[0]?.networkInterfaces?.[0]?.attachmentId).toBe(task.attachments?.[0]?.id);
    }
  });

  test("a task definition carries environment, secrets, log configuration and, on request, tags", async () => {
    const { taskDefinition, tags } = await platform.clients.ecs.send(
      new DescribeTaskDefinitionCommand({ taskDefinition: "mcp-jira", include: ["TAGS"] }),
    );
    expect(tags).toEqual([{ key: "mcp", value: "jira" }]);
    expect(taskDefinition?.revision).toBe(3);
    expect(taskDefinition?.containerDefinitions?.[0]).toMatchObject({
      environment: [{ name: "LOG_LEVEL", value: "info" }],
      secrets: [
        {
          name: "CLIENT_SECRET",
          valueFrom: `arn:aws:ssm:${REGION}:${ACCOUNT}:parameter/mcps/jira/client-secret`,
        },
      ],
      logConfiguration: {
        logDriver: "awslogs",
        options: { "awslogs-group": LOG_GROUP, "awslogs-stream-prefix": "mcp", "awslogs-region": REGION },
      },
    });
  });

  test("clusters and services are listed", async () => {
    const clusters = await platform.clients.ecs.send(
      new DescribeClustersCommand({ clusters: [cluster, "none"] }),
    );
    expect(clusters.clusters?.[0]).toMatchObject({ runningTasksCount: 2, activeServicesCount: 1 });
    expect(clusters.failures?.[0]?.reason).toBe("MISSING");
    const { serviceArns } = await platform.clients.ecs.send(new ListServicesCommand({ cluster }));
    expect(serviceArns).toEqual([`arn:aws:ecs:${REGION}:${ACCOUNT}:service/mcps/mcp-jira`]);
  });
});

describe("what ECS refuses", () => {
  test.each([
    [
      "an unknown cluster",
      { cluster: "none", service: "mcp-jira" },
      "ClusterNotFoundException",
      "Cluster not found.",
    ],
    ["an unknown service", { cluster, service: "none" }, "ServiceNotFoundException", "Service not found."],
    [
      "a negative count",
      { cluster, service: "mcp-jira", desiredCount: -1 },
      "InvalidParameterException",
      "1 validation error detected: Value '-1' at 'desiredCount' failed to satisfy constraint: Member must have value greater than or equal to 0",
    ],
    [
      "an unknown task definition",
      { cluster, service: "mcp-jira", taskDefinition: "mcp-jira:9" },
      "ClientException",
      "TaskDefinition not found.",
    ],
  ])("%s", async (_what, input, name, message) => {
    await expect(platform.clients.ecs.send(new UpdateServiceCommand(input))).rejects.toMatchObject({
      name,
      message,
    });
  });

  test("what is not simulated is refused, never ignored", async () => {
    const update = new UpdateServiceCommand({ cluster, service: "mcp-jira", enableExecuteCommand: true });
    await expect(platform.clients.ecs.send(update)).rejects.toMatchObject({
      name: "NotImplemented",
      message: expect.stringContaining("enableExecuteCommand of UpdateService"),
    });
  });
});
