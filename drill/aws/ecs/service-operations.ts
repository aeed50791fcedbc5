/** The ECS operations on clusters, services and task definitions. */
import { z } from "zod";
import { AwsError } from "../errors.ts";
import { readInput } from "../input.ts";
import type { JsonOperation } from "../service.ts";
import type { Service, TaskDefinition } from "./model.ts";
import { page, paging } from "./paging.ts";
import type { Scheduler } from "./scheduler.ts";
import type { EcsStore } from "./store.ts";
import { describeTaskDefinition, tags } from "./task-wire.ts";
import { countTasks, describeService } from "./wire.ts";

const CODE = "InvalidParameterException";
const cluster = z.string().optional();
const withTags = z.array(z.enum(["TAGS"])).optional();

const ClustersInput = z.strictObject({ clusters: z.array(z.string()).max(100).optional() });

/** https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DescribeClusters.html */
export function describeClusters(store: EcsStore): JsonOperation {
  return (raw, context) => {
    const { clusters: references = ["default"] } = readInput(ClustersInput, raw, CODE, "DescribeClusters");
    context.log(references.join(" "));
    const names = references.map((reference) => reference.slice(reference.lastIndexOf("/") + 1));
    return {
      clusters: names.filter((name) => store.clusters.has(name)).map((name) => describeCluster(store, name)),
      failures: names
        .filter((name) => !store.clusters.has(name))
        .map((name) => ({ arn: store.arn(`cluster/${name}`), reason: "MISSING" })),
    };
  };
}

function describeCluster(store: EcsStore, name: string): object {
  const tasks = [...store.tasks.values()].filter((task) => task.cluster === name);
  const { runningCount, pendingCount } = countTasks(tasks);
  return {
    clusterArn: store.arn(`cluster/${name}`),
    clusterName: name,
    status: "ACTIVE",
    registeredContainerInstancesCount: 0,
    runningTasksCount: runningCount,
    pendingTasksCount: pendingCount,
    activeServicesCount: store.services.filter((service) => service.cluster === name).length,
    statistics: [],
    tags: [],
    settings: [],
    capacityProviders: ["FARGATE"],
    defaultCapacityProviderStrategy: [],
  };
}

const ListInput = z.strictObject({ cluster, ...paging(100) });

/** https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ListServices.html */
export function listServices(store: EcsStore): JsonOperation {
  return (raw, context) => {
    const input = readInput(ListInput, raw, CODE, "ListServices");
    const name = store.cluster(input.cluster);
    context.log(name);
    const arns = store.services.filter((service) => service.cluster === name).map(({ arn }) => arn);
    return page("serviceArns", arns, input, 10);
  };
}

const DescribeInput = z.strictObject({
  cluster,
  services: z.array(z.string()).min(1).max(10),
  include: withTags,
});

/** https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DescribeServices.html */
export function describeServices(store: EcsStore): JsonOperation {
  return (raw, context) => {
    const input = readInput(DescribeInput, raw, CODE, "DescribeServices");
    context.log(input.services.join(" "));
    const name = store.cluster(input.cluster);
    const found = input.services.map((reference) => store.findService(name, reference) ?? reference);
    return {
      services: found
        .filter((service) => typeof service !== "string")
        .map((service) => describeService(store, service, input.include?.includes("TAGS") ?? false)),
      failures: found
        .filter((service) => typeof service === "string")
        .map((reference) => ({
          arn: reference.startsWith("arn:") ? reference : store.arn(`service/${name}/${reference}`),
          reason: "MISSING",
        })),
    };
  };
}

const DefinitionInput = z.strictObject({ taskDefinition: z.string(), include: withTags });

/** https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DescribeTaskDefinition.html */
export function describeDefinition(store: EcsStore): JsonOperation {
  return (raw, context) => {
    const input = readInput(DefinitionInput, raw, CODE, "DescribeTaskDefinition");
    context.log(input.taskDefinition);
    const definition = findDefinition(store, input.taskDefinition, "Unable to describe task definition.");
    return {
      taskDefinition: describeTaskDefinition(definition),
      ...(input.include?.includes("TAGS") ? { tags: tags(definition.tags) } : {}),
    };
  };
}

const percent = z.int().min(0).max(1000).optional();

const UpdateInput = z.strictObject({
  cluster,
  service: z.string(),
  desiredCount: z.int().min(0).optional(),
  taskDefinition: z.string().optional(),
  forceNewDeployment: z.boolean().optional(),
  deploymentConfiguration: z
    .strictObject({
      deploymentCircuitBreaker: z.strictObject({ enable: z.boolean(), rollback: z.boolean() }).optional(),
      minimumHealthyPercent: percent,
      maximumPercent: percent,
    })
    .optional(),
});

/**
 * A new task definition or `forceNewDeployment` makes a deployment; a new count alone does not.
 * https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_UpdateService.html
 */
export function updateService(store: EcsStore, scheduler: Scheduler): JsonOperation {
  return (raw, context) => {
    const input = readInput(UpdateInput, raw, CODE, "UpdateService");
    context.log(input.service);
    const service = store.service(store.cluster(input.cluster), input.service);
    const current = service.deployments[0]?.definition ?? service.lastCompleted.definition;
    const definition =
      input.taskDefinition === undefined
        ? current
        : findDefinition(store, input.taskDefinition, "TaskDefinition not found.");
    configure(service, input.deploymentConfiguration);
    const deploys = input.forceNewDeployment === true || definition !== current;
    if (deploys) {
      service.desiredCount = input.desiredCount ?? service.desiredCount;
      scheduler.deploy(service, definition);
    } else if (input.desiredCount !== undefined) {
      scheduler.scale(service, input.desiredCount);
    }
    return { service: describeService(store, service, false) };
  };
}

function configure(
  { configuration }: Service,
  update: z.output<typeof UpdateInput>["deploymentConfiguration"],
): void {
  configuration.minimumHealthyPercent = update?.minimumHealthyPercent ?? configuration.minimumHealthyPercent;
  configuration.maximumPercent = update?.maximumPercent ?? configuration.maximumPercent;
  configuration.circuitBreaker = update?.deploymentCircuitBreaker ?? configuration.circuitBreaker;
}

function findDefinition(store: EcsStore, reference: string, problem: string): TaskDefinition {
  const definition = store.findDefinition(reference);
  if (definition === null) throw new AwsError("ClientException", problem);
  return definition;
}
