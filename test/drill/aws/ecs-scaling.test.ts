import {
  DescribeServicesCommand,
  DescribeTasksCommand,
  ListTasksCommand,
  type Service,
  StopTaskCommand,
  UpdateServiceCommand,
} from "@aws-sdk/client-ecs";
import { afterEach, expect, test } from "@jest/globals";
import { type Platform, type PlatformOptions, seedService, startPlatform, until } from "./ecs-platform.ts";

let platform: Platform;
async function start(options: PlatformOptions = {}): Promise<void> {
  platform = await startPlatform(options);
  seedService(platform);
}
afterEach(() => platform.close());

/** Long enough in real time that a poll sees every state, even on a busy machine. */
const SLOW: PlatformOptions = {
  speed: 50,
  durations: {
    provisioning: 20_000,
    pending: 20_000,
    activating: 20_000,
    deactivating: 20_000,
    stopping: 20_000,
    deprovisioning: 20_000,
  },
};

const cluster = "mcps";
const service = "mcp-jira";

async function look(): Promise<Service> {
  const { services } = await platform.clients.ecs.send(
    new DescribeServicesCommand({ cluster, services: [service] }),
  );
  return services?.[0] as Service;
}

test("a service set to 0 counts no running tasks while its containers still stop", async () => {
  await start(SLOW);
  const deployment = (await look()).deployments?.[0]?.id;
  await platform.clients.ecs.send(new UpdateServiceCommand({ cluster, service, desiredCount: 0 }));
  const stopping = await platform.clients.ecs.send(
    new ListTasksCommand({ cluster, serviceName: service, desiredStatus: "STOPPED" }),
  );
  expect(stopping.taskArns).toHaveLength(2);
  expect(await look()).toMatchObject({ desiredCount: 0, runningCount: 0 });
  const seen = new Set<string | undefined>();
  await until(platform.clock, async () => {
    const { tasks } = await platform.clients.ecs.send(
      new DescribeTasksCommand({ cluster, tasks: stopping.taskArns }),
    );
    for (const task of tasks ?? []) seen.add(task.lastStatus);
    return tasks?.every(({ lastStatus }) => lastStatus === "STOPPED") ? tasks : null;
  });
  expect([...seen]).toEqual(["DEACTIVATING", "STOPPING", "DEPROVISIONING", "STOPPED"]);
  const after = await look();
  expect(after.deployments?.map(({ id }) => id)).toEqual([deployment]);
  expect(after.events?.[0]?.message).toBe(`(service ${service}) has reached a steady state.`);
});

test("a service set back up starts tasks through the states of the task lifecycle", async () => {
  await start(SLOW);
  await platform.clients.ecs.send(new UpdateServiceCommand({ cluster, service, desiredCount: 3 }));
  const seen = new Set<string | undefined>();
  await until(platform.clock, async () => {
    const { taskArns } = await platform.clients.ecs.send(
      new ListTasksCommand({ cluster, serviceName: service }),
    );
    const { tasks } = await platform.clients.ecs.send(new DescribeTasksCommand({ cluster, tasks: taskArns }));
    seen.add(tasks?.[2]?.lastStatus);
    return tasks?.[2]?.lastStatus === "RUNNING" ? tasks : null;
  });
  expect([...seen]).toEqual(["PROVISIONING", "PENDING", "ACTIVATING", "RUNNING"]);
  expect(await look()).toMatchObject({ runningCount: 3, deployments: [{ rolloutState: "COMPLETED" }] });
});

test("a task that a user stops, or that dies, is replaced", async () => {
  await start();
  const { taskArns = [] } = await platform.clients.ecs.send(
    new ListTasksCommand({ cluster, serviceName: service }),
  );
  const [first = "", second = ""] = taskArns;
  await platform.clients.ecs.send(new StopTaskCommand({ cluster, task: first, reason: "suspicious" }));
  platform.ecs.crash(second.slice(second.lastIndexOf("/") + 1));
  await until(platform.clock, async () => {
    const { runningCount, events } = await look();
    return runningCount === 2 && events?.[0]?.message?.endsWith("steady state.") ? true : null;
  });
  const now = await platform.clients.ecs.send(new ListTasksCommand({ cluster, serviceName: service }));
  expect(now.taskArns?.some((arn) => taskArns.includes(arn))).toBe(false);
  const { tasks } = await platform.clients.ecs.send(new DescribeTasksCommand({ cluster, tasks: taskArns }));
  expect(tasks?.map(({ stopCode, stoppedReason }) => [stopCode, stoppedReason])).toEqual([
    ["UserInitiated", "suspicious"],
    ["EssentialContainerExited", "Essential container in task exited"],
  ]);
  expect(tasks?.[1]?.containers?.[0]?.exitCode).toBe(1);
});

test("stopped tasks are forgotten after an hour", async () => {
  await start({ speed: 4_000 });
  const { taskArns = [] } = await platform.clients.ecs.send(
    new ListTasksCommand({ cluster, serviceName: service }),
  );
  platform.ecs.crash(taskArns[0]?.slice(-32) ?? "");
  await platform.clock.sleep(30 * 60_000);
  const half = await platform.clients.ecs.send(
    new DescribeTasksCommand({ cluster, tasks: taskArns.slice(0, 1) }),
  );
  expect(half.tasks?.[0]?.lastStatus).toBe("STOPPED");
  await platform.clock.sleep(60 * 60_000);
  const later = await platform.clients.ecs.send(
    new DescribeTasksCommand({ cluster, tasks: taskArns.slice(0, 1) }),
  );
  expect(later.failures?.[0]?.reason).toBe("MISSING");
});

test("a container with a heartbeat writes to its log stream until it stops", async () => {
  platform = await startPlatform();
  platform.ecs.seed({
    taskDefinitions: [
      {
        family: "beating",
        containers: [
          {
            name: "app",
            image: "app:1",
            awslogs: { group: "/ecs/beating", streamPrefix: "mcp" },
            heartbeat: { everyMs: 5_000, message: "still here" },
          },
        ],
      },
    ],
    services: [{ name: "beating", cluster, taskDefinition: "beating", desiredCount: 1 }],
  });
  const [target] = platform.ecs.logStreams(cluster, "beating");
  platform.logs.store.seedStream({ group: target?.group ?? "", name: target?.stream ?? "" });
  const beats = () => [
    ...platform.logs.store.eventsBetween(
      target?.group ?? "",
      target?.stream ?? "",
      0,
      Number.MAX_SAFE_INTEGER,
    ),
  ];
  await until(platform.clock, () => (beats().length > 2 ? true : null));
  await platform.clients.ecs.send(new UpdateServiceCommand({ cluster, service: "beating", desiredCount: 0 }));
  const task = platform.ecs.store.tasks.get(target?.taskId ?? "");
  await until(platform.clock, () => (task?.status === "STOPPED" ? true : null));
  await platform.clock.sleep(30_000);
  const all = beats();
  expect(all.at(-1)?.message).toBe("still here");
  expect(all.at(-1)?.timestamp).toBeLessThanOrEqual(task?.executionStoppedAt ?? 0);
});
