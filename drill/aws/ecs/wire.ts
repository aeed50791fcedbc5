/** The shapes in which the ECS API shows services and their deployments; times are epoch seconds. */
import type { Deployment, Service, Task } from "./model.ts";
import type { EcsStore } from "./store.ts";
import { PLATFORM, seconds, tags } from "./task-wire.ts";

/** https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_Service.html */
export function describeService(store: EcsStore, service: Service, withTags: boolean): object {
  const { name, cluster, deployments } = service;
  const primary = deployments[0];
  const counts = countTasks(store.tasksOf(service));
  const latest = service.history[0];
  return {
    serviceArn: service.arn,
    serviceName: name,
    clusterArn: store.arn(`cluster/${cluster}`),
    loadBalancers: [],
    serviceRegistries: [],
    status: "ACTIVE",
    desiredCount: service.desiredCount,
    ...counts,
    ...PLATFORM,
    taskDefinition: primary?.definition.arn,
    deploymentConfiguration: describeConfiguration(service),
    deployments: deployments.map((deployment) => describeDeployment(store, service, deployment)),
    roleArn: `arn:aws:iam::${service.arn.split(":")[4]}:role/aws-service-role/ecs.amazonaws.com/AWSServiceRoleForECS`,
    events: service.events.map(({ id, createdAt, message }) => ({
      id,
      createdAt: seconds(createdAt),
      message,
    })),
    createdAt: seconds(service.createdAt),
    createdBy: service.createdBy,
    ...(latest === undefined
      ? {}
      : { currentServiceDeployment: serviceDeploymentArn(store, service, latest) }),
    placementConstraints: [],
    placementStrategy: [],
    schedulingStrategy: "REPLICA",
    deploymentController: { type: "ECS" },
    ...(withTags ? { tags: tags(service.tags) } : {}),
    enableECSManagedTags: true,
    propagateTags: "NONE",
    enableExecuteCommand: false,
    availabilityZoneRebalancing: "ENABLED",
    networkConfiguration: networkConfiguration(service),
  };
}

function describeDeployment(store: EcsStore, service: Service, deployment: Deployment): object {
  const tasks = store.tasksOf(service).filter(({ startedBy }) => startedBy === deployment.id);
  const live = tasks.filter(({ desiredStatus }) => desiredStatus === "RUNNING").length;
  return {
    id: deployment.id,
    status: deployment.status,
    taskDefinition: deployment.definition.arn,
    desiredCount: deployment.status === "PRIMARY" ? service.desiredCount : live,
    ...countTasks(tasks),
    failedTasks: deployment.failedTasks,
    createdAt: seconds(deployment.createdAt),
    updatedAt: seconds(deployment.updatedAt),
    ...PLATFORM,
    networkConfiguration: networkConfiguration(service),
    rolloutState: deployment.rolloutState,
    rolloutStateReason: deployment.rolloutStateReason,
  };
}

export function describeConfiguration({ configuration }: Service): object {
  return {
    deploymentCircuitBreaker: { ...configuration.circuitBreaker },
    maximumPercent: configuration.maximumPercent,
    minimumHealthyPercent: configuration.minimumHealthyPercent,
    strategy: "ROLLING",
    bakeTimeInMinutes: 0,
  };
}

export function serviceDeploymentArn(store: EcsStore, service: Service, deployment: Deployment): string {
  return store.arn(`service-deployment/${service.cluster}/${service.name}/${deployment.serviceDeploymentId}`);
}

/** Tasks on their way down count neither as running nor as pending, though their containers may still work. */
export function countTasks(tasks: readonly Task[]): { runningCount: number; pendingCount: number } {
  const live = tasks.filter(({ desiredStatus }) => desiredStatus === "RUNNING");
  const runningCount = live.filter(({ status }) => status === "RUNNING").length;
  return { runningCount, pendingCount: live.length - runningCount };
}

function networkConfiguration({ network }: Service): object {
  return {
    awsvpcConfiguration: {
      subnets: network.subnets.map(({ id }) => id),
      securityGroups: [network.securityGroup],
      assignPublicIp: "DISABLED",
    },
  };
}
