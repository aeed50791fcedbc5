/** Simulated Elastic Container Service: services whose tasks really start and stop over simulated time. */
import type { SimClock } from "../../contracts.ts";
import type { Random } from "../../random.ts";
import type { ScalableServices } from "../autoscaling.ts";
import type { JsonService, Quota } from "../service.ts";
import { type EcsHooks, type Fate, logStream, type Service, type Task, type TaskDurations } from "./model.ts";
import { Scheduler } from "./scheduler.ts";
import { type EcsSeed, seedEcs } from "./seed.ts";
import { describeServiceDeployments, listServiceDeployments } from "./service-deployments.ts";
import {
  describeClusters,
  describeDefinition,
  describeServices,
  listServices,
  updateService,
} from "./service-operations.ts";
import { EcsStore } from "./store.ts";
import { describeTasks, listTasks, stopTask } from "./task-operations.ts";
import { countTasks } from "./wire.ts";

export interface EcsOptions {
  clock: SimClock;
  random: Random;
  region: string;
  accountId: string;
  hooks: EcsHooks;
  /** A task takes about 35 simulated seconds to run and 30 to stop when absent. */
  durations?: Partial<TaskDurations>;
}

export interface Ecs {
  readonly service: JsonService;
  readonly store: EcsStore;
  /** What Application Auto Scaling scales. */
  readonly scaling: ScalableServices;
  seed(seed: EcsSeed): void;
  /** What becomes of the tasks of a service's next deployments. */
  setFate(cluster: string, service: string, fate: Fate): void;
  /** A task that cannot be stopped: its agent has lost touch. */
  hold(taskId: string): void;
  /** Lets a running task's container exit with 1; the service replaces the task. */
  crash(taskId: string): void;
  /** The log streams of a service's tasks that run or come up now, in the order of their creation. */
  logStreams(
    cluster: string,
    service: string,
  ): { taskId: string; container: string; group: string; stream: string }[];
  /** For the drill's report. */
  state(): object[];
}

const DURATIONS: TaskDurations = {
  provisioning: 10_000,
  pending: 20_000,
  activating: 5_000,
  deactivating: 3_000,
  stopping: 12_000,
  deprovisioning: 15_000,
};

export function createEcs({ clock, random, region, accountId, hooks, durations }: EcsOptions): Ecs {
  const store = new EcsStore(region, accountId);
  const scheduler = new Scheduler(
    store,
    clock,
    random.fork("scheduler"),
    { ...DURATIONS, ...durations },
    hooks,
  );
  const seeding = { store, scheduler, hooks, clock, random: random.fork("seed"), accountId };
  return {
    service: {
      name: "ecs",
      targetPrefix: "AmazonEC2ContainerServiceV20141113",
      throttleError: "ThrottlingException",
      quotas: QUOTAS,
      operations: {
        DescribeClusters: describeClusters(store),
        ListServices: listServices(store),
        DescribeServices: describeServices(store),
        UpdateService: updateService(store, scheduler),
        DescribeTaskDefinition: describeDefinition(store),
        ListTasks: listTasks(store),
        DescribeTasks: describeTasks(store),
        StopTask: stopTask(store, scheduler),
        ListServiceDeployments: listServiceDeployments(store),
        DescribeServiceDeployments: describeServiceDeployments(store),
      },
    },
    store,
    scaling: {
      desiredCount: (resourceId) => findByResourceId(store, resourceId)?.desiredCount ?? null,
      setDesiredCount: (resourceId, desiredCount) => {
        const service = findByResourceId(store, resourceId);
        if (service !== null) scheduler.scale(service, desiredCount);
      },
    },
    seed: (seed) => seedEcs(seeding, seed),
    setFate: (cluster, service, fate) => {
      store.service(cluster, service).nextFate = fate;
    },
    hold: (taskId) => {
      scheduler.lifecycle.held.add(taskId);
    },
    crash: (taskId) => {
      const task = store.tasks.get(taskId);
      if (task === undefined) throw new RangeError(`no task ${taskId}`);
      scheduler.lifecycle.stop(task, "EssentialContainerExited", "Essential container in task exited", 1);
    },
    logStreams: (cluster, service) => liveStreams(store, store.service(cluster, service)),
    state: () => store.services.map((service) => describeState(store, service)),
  };
}

/** `service/<cluster>/<service>` */
function findByResourceId(store: EcsStore, resourceId: string): Service | null {
  const [kind, cluster, name] = resourceId.split("/");
  return kind === "service" && cluster !== undefined && name !== undefined
    ? store.findService(cluster, name)
    : null;
}

function liveStreams(store: EcsStore, service: Service): ReturnType<Ecs["logStreams"]> {
  return store
    .tasksOf(service)
    .filter(({ desiredStatus }) => desiredStatus === "RUNNING")
    .flatMap((task) =>
      task.containers.flatMap((container) => {
        const target = logStream(task, container);
        return target === null ? [] : [{ taskId: task.id, container: container.definition.name, ...target }];
      }),
    );
}

function describeState(store: EcsStore, service: Service): object {
  const tasks = store.tasksOf(service);
  const { runningCount, pendingCount } = countTasks(tasks);
  return {
    cluster: service.cluster,
    name: service.name,
    desired: service.desiredCount,
    running: runningCount,
    pending: pendingCount,
    tasks: tasks.map(describeTaskState),
    deployments: service.history.map(
      ({ id, status, rolloutState, rolloutStateReason, createdAt, definition }) => ({
        id,
        status,
        rolloutState,
        rolloutStateReason,
        createdAt: new Date(createdAt).toISOString(),
        taskDefinition: `${definition.family}:${definition.revision}`,
      }),
    ),
    events: service.events.map(({ createdAt, message }) => ({
      at: new Date(createdAt).toISOString(),
      message,
    })),
  };
}

function describeTaskState(task: Task): object {
  const iso = (time: number | null): string | null => (time === null ? null : new Date(time).toISOString());
  return {
    id: task.id,
    lastStatus: task.status,
    desiredStatus: task.desiredStatus,
    startedBy: task.startedBy,
    createdAt: iso(task.createdAt),
    startedAt: iso(task.startedAt),
    stoppedAt: iso(task.stoppedAt),
    stopCode: task.stopCode,
    stoppedReason: task.stoppedReason,
    secretVersions: { ...task.secretVersions },
  };
}

const SOURCE = "https://docs.aws.amazon.com/AmazonECS/latest/APIReference/request-throttling.html";

/** ECS publishes buckets that several operations share. */
function bucket(name: string, burst: number, ratePerSecond: number): Quota {
  return { bucket: name, burst, ratePerSecond, source: SOURCE };
}

const CLUSTER_READ = bucket("cluster read", 50, 20);
const CLUSTER_RESOURCE_READ = bucket("cluster resource read", 100, 20);
const SERVICE_READ = bucket("service read", 100, 20);
const SERVICE_DEPLOYMENT = bucket("service deployment", 50, 20);

const QUOTAS: Readonly<Record<string, Quota>> = {
  DescribeClusters: CLUSTER_READ,
  DescribeServices: SERVICE_READ,
  ListServices: SERVICE_READ,
  UpdateService: bucket("service modify", 50, 5),
  DescribeTaskDefinition: bucket("task definition read", 50, 20),
  ListTasks: CLUSTER_RESOURCE_READ,
  DescribeTasks: CLUSTER_RESOURCE_READ,
  StopTask: bucket("cluster resource modify", 100, 40),
  ListServiceDeployments: SERVICE_DEPLOYMENT,
  DescribeServiceDeployments: SERVICE_DEPLOYMENT,
};
