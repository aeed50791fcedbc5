import {
  type Deployment,
  DescribeServiceDeploymentsCommand,
  DescribeServicesCommand,
  DescribeTasksCommand,
  ListServiceDeploymentsCommand,
  ListTasksCommand,
  type Service,
  UpdateServiceCommand,
} from "@aws-sdk/client-ecs";
import { afterEach, describe, expect, test } from "@jest/globals";
import type { ServiceSeed } from "../../../drill/aws/ecs/seed.ts";
import { LOG_GROUP, PARAMETER, type Platform, seedService, startPlatform, until } from "./ecs-platform.ts";

let platform: Platform;
afterEach(() => platform.close());

const cluster = "mcps";
const service = "mcp-jira";

async function start(seed: Partial<ServiceSeed> = {}, speed = 200): Promise<void> {
  platform = await startPlatform({ speed });
  seedService(platform, seed);
}

async function look(): Promise<Service> {
  const { services } = await platform.clients.ecs.send(
    new DescribeServicesCommand({ cluster, services: [service] }),
  );
  return services?.[0] as Service;
}

/** Forces a new deployment and returns its id. */
async function deploy(): Promise<string> {
  const update = new UpdateServiceCommand({ cluster, service, forceNewDeployment: true });
  const { service: updated } = await platform.clients.ecs.send(update);
  return updated?.deployments?.find(({ status }) => status === "PRIMARY")?.id ?? "";
}

async function findDeployment(
  id: string,
  holds: (deployment: Deployment) => boolean,
): Promise<Deployment | null> {
  const deployment = (await look()).deployments?.find((candidate) => candidate.id === id);
  return deployment !== undefined && holds(deployment) ? deployment : null;
}

describe("a forced deployment", () => {
  test("starts new tasks beside the old ones, then drains these, and completes", async () => {
    await start();
    const before = await platform.clients.ecs.send(new ListTasksCommand({ cluster, serviceName: service }));
    const asked = platform.clock.now();
    const id = await deploy();
    const rolling = await look();
    expect(rolling.deployments?.map(({ status, rolloutState }) => [status, rolloutState])).toEqual([
      ["PRIMARY", "IN_PROGRESS"],
      ["ACTIVE", "COMPLETED"],
    ]);
    expect(rolling).toMatchObject({ runningCount: 2, pendingCount: 2 });

    await until(platform.clock, () => findDeployment(id, ({ rolloutState }) => rolloutState === "COMPLETED"));
    const after = await look();
    expect(after.deployments).toHaveLength(1);
    expect(after).toMatchObject({ desiredCount: 2, runningCount: 2, pendingCount: 0 });
    expect(after.deployments?.[0]?.rolloutStateReason).toBe(`ECS deployment ${id} completed.`);
    const messages = after.events?.map(({ message }) => message ?? "") ?? [];
    expect(messages[0]).toBe(`(service ${service}) has reached a steady state.`);
    expect(messages).toContain(`(service ${service}) (deployment ${id}) deployment completed.`);
    expect(
      messages.some((text) =>
        /has started 2 tasks: \(task [0-9a-f]{32}\) \(task [0-9a-f]{32}\)\.$/.test(text),
      ),
    ).toBe(true);

    const { taskArns } = await platform.clients.ecs.send(
      new ListTasksCommand({ cluster, serviceName: service }),
    );
    expect(taskArns?.some((arn) => before.taskArns?.includes(arn))).toBe(false);
    const { tasks } = await platform.clients.ecs.send(new DescribeTasksCommand({ cluster, tasks: taskArns }));
    for (const task of tasks ?? []) {
      expect(task.startedBy).toBe(id);
      expect(task.startedAt?.getTime()).toBeGreaterThan(asked);
    }
  });

  test("the old tasks stay describable with the scheduler's reason", async () => {
    await start();
    const before = await platform.clients.ecs.send(new ListTasksCommand({ cluster, serviceName: service }));
    await deploy();
    const stopped = await until(platform.clock, async () => {
      const { tasks } = await platform.clients.ecs.send(
        new DescribeTasksCommand({ cluster, tasks: before.taskArns }),
      );
      return tasks?.every(({ lastStatus }) => lastStatus === "STOPPED") ? tasks : null;
    });
    expect(stopped).toHaveLength(2);
    for (const task of stopped) {
      expect(task.stopCode).toBe("ServiceSchedulerInitiated");
      expect(task.stoppedReason).toMatch(/^Scaling activity initiated by \(deployment ecs-svc\/\d+\)$/);
      expect(task.stoppedAt?.getTime()).toBeGreaterThan(task.stoppingAt?.getTime() ?? 0);
      expect(task.containers?.[0]?.exitCode).toBe(0);
    }
  });

  test("gives the new tasks the newest version of their secret, and their own log streams", async () => {
    await start();
    platform.ssm.store.seed({
      name: PARAMETER,
      value: "second",
      modifiedBy: "arn:aws:iam::123456789012:user/terraform",
    });
    const old = [...platform.ecs.store.tasks.values()];
    expect(old.map(({ secretVersions }) => secretVersions)).toEqual([{ [PARAMETER]: 1 }, { [PARAMETER]: 1 }]);
    const id = await deploy();
    await until(platform.clock, () => findDeployment(id, ({ rolloutState }) => rolloutState === "COMPLETED"));
    const fresh = [...platform.ecs.store.tasks.values()].filter(({ startedBy }) => startedBy === id);
    expect(fresh.map(({ secretVersions }) => secretVersions)).toEqual([
      { [PARAMETER]: 2 },
      { [PARAMETER]: 2 },
    ]);
    for (const task of fresh) {
      const events = [
        ...platform.logs.store.eventsBetween(LOG_GROUP, `mcp/app/${task.id}`, 0, Number.MAX_SAFE_INTEGER),
      ];
      expect(events.map(({ message }) => message)).toEqual(["listening on 8080"]);
    }
    const lastWords = old.map((task) => [
      ...platform.logs.store.eventsBetween(LOG_GROUP, `mcp/app/${task.id}`, 0, Number.MAX_SAFE_INTEGER),
    ]);
    expect(lastWords.map((events) => events.map(({ message }) => message))).toEqual([
      ["SIGTERM received"],
      ["SIGTERM received"],
    ]);
  });

  test("keeps within minimum and maximum healthy percent", async () => {
    await start({ desiredCount: 4, minimumHealthyPercent: 50, maximumPercent: 100 });
    const id = await deploy();
    let [fewest, most] = [Number.POSITIVE_INFINITY, 0];
    await until(platform.clock, async () => {
      const { runningCount = 0, pendingCount = 0 } = await look();
      fewest = Math.min(fewest, runningCount);
      most = Math.max(most, runningCount + pendingCount);
      return findDeployment(id, ({ rolloutState }) => rolloutState === "COMPLETED");
    });
    expect(fewest).toBe(2);
    expect(most).toBe(4);
  });

  test("appears in the service's deployment history", async () => {
    await start();
    const id = await deploy();
    await until(platform.clock, () => findDeployment(id, ({ rolloutState }) => rolloutState === "COMPLETED"));
    const { serviceDeployments: briefs } = await platform.clients.ecs.send(
      new ListServiceDeploymentsCommand({ cluster, service }),
    );
    expect(briefs?.map(({ status }) => status)).toEqual(["SUCCESSFUL", "SUCCESSFUL"]);
    const arn = briefs?.[0]?.serviceDeploymentArn ?? "";
    expect((await look()).currentServiceDeployment).toBe(arn);
    const { serviceDeployments } = await platform.clients.ecs.send(
      new DescribeServiceDeploymentsCommand({ serviceDeploymentArns: [arn] }),
    );
    expect(serviceDeployments?.[0]).toMatchObject({
      targetServiceRevision: { requestedTaskCount: 2, runningTaskCount: 2 },
      deploymentCircuitBreaker: { status: "DISABLED" },
    });
  });
});

describe("a deployment whose tasks cannot start", () => {
  const reason = "CannotPullContainerError: pull image manifest has been retried 5 time(s): not found";

  test("is rolled back by the circuit breaker after three failures", async () => {
    // The failed deployment is shown for half a simulated minute only: slow enough to be seen on a busy machine.
    await start({ failDeployments: { reason, rollback: true } }, 50);
    const old = (await look()).deployments?.[0]?.id ?? "";
    const id = await deploy();
    const failed = await until(platform.clock, () =>
      findDeployment(id, ({ rolloutState }) => rolloutState === "FAILED"),
    );
    expect(failed).toMatchObject({
      status: "ACTIVE",
      failedTasks: 3,
      rolloutStateReason: "ECS deployment circuit breaker: tasks failed to start.",
    });
    const { taskArns } = await platform.clients.ecs.send(
      new ListTasksCommand({ cluster, serviceName: service, desiredStatus: "STOPPED" }),
    );
    const { tasks } = await platform.clients.ecs.send(new DescribeTasksCommand({ cluster, tasks: taskArns }));
    expect(tasks?.find(({ stopCode }) => stopCode === "TaskFailedToStart")?.stoppedReason).toBe(reason);

    const back = await until(platform.clock, () =>
      findDeployment(old, ({ rolloutState }) => rolloutState === "COMPLETED"),
    );
    expect(back.status).toBe("PRIMARY");
    const after = await look();
    expect(after.deployments?.map((deployment) => deployment.id)).toEqual([old]);
    expect(after.runningCount).toBe(2);
    const messages = after.events?.map(({ message }) => message);
    expect(messages).toContain(`(service ${service}) rolling back to deployment ${old}.`);
    expect(messages).toContain(
      `(service ${service}) (deployment ${id}) deployment failed: tasks failed to start.`,
    );
  });

  test("goes on trying without a circuit breaker, and leaves the old tasks running", async () => {
    await start({ failDeployments: { reason, rollback: false } });
    const id = await deploy();
    const trying = await until(platform.clock, () =>
      findDeployment(id, ({ failedTasks = 0 }) => failedTasks > 4),
    );
    expect(trying.rolloutState).toBe("IN_PROGRESS");
    expect((await look()).runningCount).toBe(2);
  });

  test("is told apart from one that is stuck in PENDING", async () => {
    await start({ stuckDeployments: true });
    const id = await deploy();
    await platform.clock.sleep(300_000);
    expect(await findDeployment(id, () => true)).toMatchObject({
      rolloutState: "IN_PROGRESS",
      runningCount: 0,
      pendingCount: 2,
      failedTasks: 0,
    });
  });

  test("fails when a secret's parameter is missing", async () => {
    await start();
    platform.ecs.seed({
      taskDefinitions: [
        {
          family: "mcp-jira",
          revision: 4,
          containers: [{ name: "app", image: "app:2", secrets: { KEY: "/gone" } }],
        },
      ],
    });
    await platform.clients.ecs.send(
      new UpdateServiceCommand({ cluster, service, taskDefinition: "mcp-jira:4" }),
    );
    const stopped = await until(platform.clock, () => {
      const tasks = [...platform.ecs.store.tasks.values()];
      return tasks.find(({ stopCode }) => stopCode === "TaskFailedToStart") ?? null;
    });
    expect(stopped.stoppedReason).toContain("ResourceInitializationError");
    expect(stopped.stoppedReason).toContain("/gone");
  });
});
