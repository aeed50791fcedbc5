/** Sets up clusters, task definitions and services as they stand before a drill begins. */
import { createHash } from "node:crypto";
import type { SimClock } from "../../contracts.ts";
import type { Random } from "../../random.ts";
import { complete, newDeployment } from "./deployment.ts";
import type {
  ContainerDefinition,
  Deployment,
  DeploymentConfiguration,
  EcsHooks,
  Fate,
  Service,
  TaskDefinition,
} from "./model.ts";
import { newTask } from "./new-task.ts";
import type { Scheduler } from "./scheduler.ts";
import type { EcsStore } from "./store.ts";

export interface ContainerSeed {
  name: string;
  image: string;
  /** `sha256:...`; made from the image's name when absent. */
  imageDigest?: string;
  /** True when absent. */
  essential?: boolean;
  environment?: Readonly<Record<string, string>>;
  /** Environment variable to the name or ARN of an SSM parameter. */
  secrets?: Readonly<Record<string, string>>;
  awslogs?: { group: string; streamPrefix: string; region?: string };
  /** Written to the log stream by every task that starts during the drill. */
  startLines?: readonly string[];
  /** Written by every task that is stopped during the drill, after it was told to. */
  stopLines?: readonly string[];
  /** Written every so many simulated milliseconds while a task runs; no such line when absent. */
  heartbeat?: { everyMs: number; message: string };
}

export interface TaskDefinitionSeed {
  family: string;
  /** 1 when absent. */
  revision?: number;
  taskRoleArn?: string;
  executionRoleArn?: string;
  cpu?: string;
  memory?: string;
  /** Milliseconds since the epoch. */
  registeredAt?: number;
  tags?: Readonly<Record<string, string>>;
  containers: readonly ContainerSeed[];
}

export interface TaskSeed {
  /** 32 hexadecimal digits; made when absent. */
  id?: string;
  /** Milliseconds since the epoch; within the last two days when absent. */
  startedAt?: number;
  /** Which version of each parameter it holds; the newest at seeding time when absent. */
  secretVersions?: Readonly<Record<string, number>>;
}

export interface ServiceSeed {
  name: string;
  cluster: string;
  /** `family:revision` or `family`. */
  taskDefinition: string;
  desiredCount: number;
  /** The running tasks; as many as desired, made, when absent. */
  tasks?: readonly TaskSeed[];
  /** Milliseconds since the epoch; 30 days ago when absent. */
  createdAt?: number;
  tags?: Readonly<Record<string, string>>;
  minimumHealthyPercent?: number;
  maximumPercent?: number;
  circuitBreaker?: { enable: boolean; rollback: boolean };
  /** New deployments' tasks stop before they run; with `rollback` the circuit breaker brings the old deployment back. */
  failDeployments?: { reason: string; rollback: boolean };
  /** New deployments' tasks never leave PENDING. */
  stuckDeployments?: boolean;
}

export interface EcsSeed {
  clusters?: readonly string[];
  taskDefinitions?: readonly TaskDefinitionSeed[];
  services?: readonly ServiceSeed[];
}

const DAY_MS = 86_400_000;

/** What `seedEcs` works on. */
export interface Seeding {
  store: EcsStore;
  scheduler: Scheduler;
  hooks: EcsHooks;
  clock: SimClock;
  random: Random;
  accountId: string;
}

/** Adds to what is there. Throws RangeError when a service names a task definition that is not there. */
export function seedEcs(
  seeding: Seeding,
  { clusters = [], taskDefinitions = [], services = [] }: EcsSeed,
): void {
  const { store } = seeding;
  for (const cluster of clusters) store.clusters.add(cluster);
  for (const definition of taskDefinitions) store.definitions.push(taskDefinition(seeding, definition));
  for (const service of services) seedService(seeding, service);
}

function taskDefinition({ store, clock, accountId }: Seeding, seed: TaskDefinitionSeed): TaskDefinition {
  const { family, revision = 1, containers } = seed;
  return {
    family,
    revision,
    arn: store.arn(`task-definition/${family}:${revision}`),
    taskRoleArn: seed.taskRoleArn ?? `arn:aws:iam::${accountId}:role/${family}-task`,
    executionRoleArn: seed.executionRoleArn ?? `arn:aws:iam::${accountId}:role/${family}-execution`,
    cpu: seed.cpu ?? "256",
    memory: seed.memory ?? "512",
    registeredAt: seed.registeredAt ?? clock.now() - 30 * DAY_MS,
    registeredBy: `arn:aws:iam::${accountId}:role/deployer`,
    tags: seed.tags ?? {},
    containers: containers.map((container) => containerDefinition(store, container)),
  };
}

function containerDefinition({ region }: EcsStore, seed: ContainerSeed): ContainerDefinition {
  const { awslogs } = seed;
  return {
    name: seed.name,
    image: seed.image,
    imageDigest: seed.imageDigest ?? `sha256:${createHash("sha256").update(seed.image).digest("hex")}`,
    essential: seed.essential ?? true,
    environment: seed.environment ?? {},
    secrets: seed.secrets ?? {},
    awslogs: awslogs === undefined ? null : { region, ...awslogs },
    startLines: seed.startLines ?? [],
    stopLines: seed.stopLines ?? [],
    heartbeat: seed.heartbeat ?? null,
  };
}

function seedService(seeding: Seeding, seed: ServiceSeed): void {
  const { store, scheduler, clock, random, accountId } = seeding;
  const definition = store.findDefinition(seed.taskDefinition);
  if (definition === null) throw new RangeError(`no task definition ${seed.taskDefinition}`);
  store.clusters.add(seed.cluster);
  const createdAt = seed.createdAt ?? clock.now() - 30 * DAY_MS;
  const deployment = completedDeployment(random, definition, createdAt);
  const service: Service = {
    name: seed.name,
    arn: store.arn(`service/${seed.cluster}/${seed.name}`),
    cluster: seed.cluster,
    createdAt,
    createdBy: `arn:aws:iam::${accountId}:role/deployer`,
    tags: seed.tags ?? {},
    network: {
      subnets: ["a", "b", "c"].map((zone) => ({
        id: `subnet-0${random.hex(16)}`,
        availabilityZone: `${store.region}${zone}`,
      })),
      securityGroup: `sg-0${random.hex(16)}`,
    },
    desiredCount: seed.desiredCount,
    deployments: [deployment],
    history: [deployment],
    lastCompleted: deployment,
    configuration: deploymentConfiguration(seed),
    nextFate: fateOf(seed),
    events: [],
    steady: true,
  };
  store.services.push(service);
  scheduler.addEvent(service, "has reached a steady state.", createdAt + 120_000);
  const tasks = seed.tasks ?? Array.from({ length: seed.desiredCount }, () => ({}));
  for (const task of tasks) seedTask(seeding, service, deployment, task);
}

function completedDeployment(random: Random, definition: TaskDefinition, createdAt: number): Deployment {
  const deployment = newDeployment(random, definition, { kind: "run" }, createdAt, []);
  complete(deployment, createdAt + 120_000);
  return deployment;
}

function deploymentConfiguration(seed: ServiceSeed): DeploymentConfiguration {
  const { minimumHealthyPercent = 100, maximumPercent = 200, failDeployments } = seed;
  const rollback = failDeployments?.rollback ?? false;
  return {
    minimumHealthyPercent,
    maximumPercent,
    circuitBreaker: { ...(seed.circuitBreaker ?? { enable: rollback, rollback }) },
  };
}

function fateOf({ failDeployments, stuckDeployments }: ServiceSeed): Fate {
  if (failDeployments !== undefined) return { kind: "fail", reason: failDeployments.reason };
  return stuckDeployments === true ? { kind: "stuck" } : { kind: "run" };
}

/** A task that has been running since before the drill; its log stream is the scenario's to fill. */
function seedTask(
  { store, scheduler, hooks, clock, random }: Seeding,
  service: Service,
  deployment: Deployment,
  { id = random.hex(32), startedAt, secretVersions }: TaskSeed,
): void {
  const started = startedAt ?? clock.now() - random.integer(3_600_000, 2 * DAY_MS);
  const task = newTask(store, service, deployment, started - 35_000, random, id);
  Object.assign(task, {
    status: "RUNNING",
    version: 5,
    connectivityAt: started - 25_000,
    pullStartedAt: started - 20_000,
    pullStoppedAt: started - 5_000,
    startedAt: started,
    secretVersions: { ...(secretVersions ?? newestSecrets(deployment, hooks)) },
  });
  for (const container of task.containers) container.status = "RUNNING";
  store.tasks.set(task.id, task);
  scheduler.lifecycle.startHeartbeats(task);
}

function newestSecrets({ definition }: Deployment, hooks: EcsHooks): Record<string, number> {
  const versions: Record<string, number> = {};
  for (const { secrets } of definition.containers) {
    for (const valueFrom of Object.values(secrets)) {
      const found = hooks.resolveSecret(valueFrom);
      if (found !== null) versions[found.name] = found.version;
    }
  }
  return versions;
}
