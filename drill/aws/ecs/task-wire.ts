/** The shapes in which the ECS API shows tasks and task definitions; times are epoch seconds. */
import type { Container, Task, TaskDefinition } from "./model.ts";
import type { EcsStore } from "./store.ts";

export const PLATFORM = { launchType: "FARGATE", platformVersion: "1.4.0", platformFamily: "Linux" };

/** https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_Task.html */
export function describeTask(store: EcsStore, task: Task): object {
  const { definition, networkInterface } = task;
  return {
    taskArn: task.arn,
    clusterArn: store.arn(`cluster/${task.cluster}`),
    taskDefinitionArn: definition.arn,
    group: `service:${task.service}`,
    startedBy: task.startedBy,
    lastStatus: task.status,
    desiredStatus: task.desiredStatus,
    ...PLATFORM,
    availabilityZone: task.availabilityZone,
    cpu: definition.cpu,
    memory: definition.memory,
    attributes: [{ name: "ecs.cpu-architecture", value: "x86_64" }],
    attachments: [
      {
        id: networkInterface.attachmentId,
        type: "ElasticNetworkInterface",
        status: attachmentStatus(task),
        details: [
          { name: "subnetId", value: networkInterface.subnetId },
          { name: "networkInterfaceId", value: networkInterface.id },
          { name: "macAddress", value: networkInterface.macAddress },
          { name: "privateIPv4Address", value: networkInterface.privateIp },
        ],
      },
    ],
    connectivity: task.connectivityAt === null ? "DISCONNECTED" : "CONNECTED",
    containers: task.containers.map((container) => describeContainer(store, task, container)),
    enableExecuteCommand: false,
    healthStatus: "UNKNOWN",
    inferenceAccelerators: [],
    overrides: {
      containerOverrides: task.containers.map((container) => ({ name: container.definition.name })),
      inferenceAcceleratorOverrides: [],
    },
    ephemeralStorage: { sizeInGiB: 20 },
    tags: [],
    version: task.version,
    ...taskTimes(task),
    ...(task.stopCode === null ? {} : { stopCode: task.stopCode }),
    ...(task.stoppedReason === null ? {} : { stoppedReason: task.stoppedReason }),
  };
}

function describeContainer(store: EcsStore, task: Task, container: Container): object {
  const { definition, status } = container;
  const pulled = task.pullStoppedAt !== null;
  const { attachmentId, privateIp } = task.networkInterface;
  return {
    containerArn: store.arn(`container/${task.cluster}/${task.id}/${container.id}`),
    taskArn: task.arn,
    name: definition.name,
    image: definition.image,
    ...(pulled
      ? { imageDigest: definition.imageDigest, runtimeId: `${task.id}-${container.id.slice(0, 8)}` }
      : {}),
    lastStatus: status,
    ...(container.exitCode === null ? {} : { exitCode: container.exitCode }),
    ...(container.reason === null ? {} : { reason: container.reason }),
    networkBindings: [],
    networkInterfaces: [{ attachmentId, privateIpv4Address: privateIp }],
    healthStatus: "UNKNOWN",
    cpu: "0",
  };
}

const TIMES = [
  "createdAt",
  "connectivityAt",
  "pullStartedAt",
  "pullStoppedAt",
  "startedAt",
  "stoppingAt",
  "executionStoppedAt",
  "stoppedAt",
] as const;

function taskTimes(task: Task): Record<string, number> {
  const known = TIMES.flatMap((name) => {
    const time = task[name];
    return time === null ? [] : [[name, seconds(time)] as const];
  });
  return Object.fromEntries(known);
}

function attachmentStatus({ status }: Task): string {
  if (status === "PROVISIONING") return "PRECREATED";
  return status === "STOPPED" ? "DELETED" : "ATTACHED";
}

/** https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_TaskDefinition.html */
export function describeTaskDefinition(definition: TaskDefinition): object {
  return {
    taskDefinitionArn: definition.arn,
    family: definition.family,
    revision: definition.revision,
    status: "ACTIVE",
    taskRoleArn: definition.taskRoleArn,
    executionRoleArn: definition.executionRoleArn,
    networkMode: "awsvpc",
    requiresCompatibilities: ["FARGATE"],
    compatibilities: ["EC2", "FARGATE"],
    cpu: definition.cpu,
    memory: definition.memory,
    volumes: [],
    placementConstraints: [],
    registeredAt: seconds(definition.registeredAt),
    registeredBy: definition.registeredBy,
    containerDefinitions: definition.containers.map(
      ({ name, image, essential, environment, secrets, awslogs }) => ({
        name,
        image,
        cpu: 0,
        essential,
        portMappings: [],
        mountPoints: [],
        volumesFrom: [],
        systemControls: [],
        environment: Object.entries(environment).map(([key, value]) => ({ name: key, value })),
        secrets: Object.entries(secrets).map(([key, valueFrom]) => ({ name: key, valueFrom })),
        ...(awslogs === null
          ? {}
          : {
              logConfiguration: {
                logDriver: "awslogs",
                options: {
                  "awslogs-group": awslogs.group,
                  "awslogs-region": awslogs.region,
                  "awslogs-stream-prefix": awslogs.streamPrefix,
                },
                secretOptions: [],
              },
            }),
      }),
    ),
  };
}

export function tags(values: Readonly<Record<string, string>>): object[] {
  return Object.entries(values).map(([key, value]) => ({ key, value }));
}

export function seconds(milliseconds: number): number {
  return milliseconds / 1000;
}
