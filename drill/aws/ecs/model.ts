/** What the simulated ECS holds. All times are milliseconds since the epoch, UTC, of the simulated clock. */

/** https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-lifecycle-explanation.html */
export type TaskStatus =
  | "PROVISIONING"
  | "PENDING"
  | "ACTIVATING"
  | "RUNNING"
  | "DEACTIVATING"
  | "STOPPING"
  | "DEPROVISIONING"
  | "STOPPED";

export type StopCode =
  | "TaskFailedToStart"
  | "EssentialContainerExited"
  | "UserInitiated"
  | "ServiceSchedulerInitiated";

export interface ContainerDefinition {
  readonly name: string;
  readonly image: string;
  readonly imageDigest: string;
  readonly essential: boolean;
  readonly environment: Readonly<Record<string, string>>;
  /** Environment variable to the parameter it is read from, `valueFrom`. */
  readonly secrets: Readonly<Record<string, string>>;
  readonly awslogs: { readonly group: string; readonly streamPrefix: string; readonly region: string } | null;
  /** What the container writes to its log stream when it starts, and when it is told to stop. */
  readonly startLines: readonly string[];
  readonly stopLines: readonly string[];
  /** What the container writes again and again while it runs. */
  readonly heartbeat: { readonly everyMs: number; readonly message: string } | null;
}

export interface TaskDefinition {
  readonly family: string;
  readonly revision: number;
  readonly arn: string;
  readonly taskRoleArn: string;
  readonly executionRoleArn: string;
  readonly cpu: string;
  readonly memory: string;
  readonly registeredAt: number;
  readonly registeredBy: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly containers: readonly ContainerDefinition[];
}

export interface Container {
  readonly definition: ContainerDefinition;
  readonly id: string;
  status: "PENDING" | "RUNNING" | "STOPPED";
  exitCode: number | null;
  reason: string | null;
}

export interface NetworkInterface {
  readonly attachmentId: string;
  readonly id: string;
  readonly subnetId: string;
  readonly macAddress: string;
  readonly privateIp: string;
}

export interface Task {
  readonly id: string;
  readonly arn: string;
  readonly cluster: string;
  /** The service's name. */
  readonly service: string;
  /** The deployment that started it, `ecs-svc/...`. */
  readonly startedBy: string;
  readonly definition: TaskDefinition;
  readonly availabilityZone: string;
  readonly networkInterface: NetworkInterface;
  readonly containers: readonly Container[];
  readonly createdAt: number;
  status: TaskStatus;
  desiredStatus: "RUNNING" | "STOPPED";
  /** Grows with every change of state. */
  version: number;
  connectivityAt: number | null;
  pullStartedAt: number | null;
  pullStoppedAt: number | null;
  startedAt: number | null;
  stoppingAt: number | null;
  executionStoppedAt: number | null;
  stoppedAt: number | null;
  stopCode: StopCode | null;
  stoppedReason: string | null;
  /** Which version of each parameter the task read when it started; never shown by the API. */
  secretVersions: Record<string, number>;
  /** Cancels the task's next change of state. */
  cancel: () => void;
  /** Cancel the containers' next heartbeats. */
  readonly heartbeats: Map<Container, () => void>;
}

/** What becomes of the tasks that a deployment starts. */
export type Fate =
  | { readonly kind: "run" }
  /** The task stops before it runs. */
  | { readonly kind: "fail"; readonly reason: string }
  /** The task never leaves PENDING. */
  | { readonly kind: "stuck" };

export type RolloutState = "IN_PROGRESS" | "COMPLETED" | "FAILED";

export interface Deployment {
  readonly id: string;
  readonly definition: TaskDefinition;
  readonly fate: Fate;
  readonly createdAt: number;
  /** Names it in ListServiceDeployments and as a service revision. */
  readonly serviceDeploymentId: string;
  readonly revisionId: string;
  /** The revisions it replaces. */
  readonly sourceRevisionIds: readonly string[];
  updatedAt: number;
  status: "PRIMARY" | "ACTIVE" | "INACTIVE";
  rolloutState: RolloutState;
  rolloutStateReason: string;
  failedTasks: number;
  /** What the service's deployment history says of it. */
  outcome: DeploymentOutcome;
  finishedAt: number | null;
}

export type DeploymentOutcome =
  | "IN_PROGRESS"
  | "SUCCESSFUL"
  | "STOPPED"
  | "ROLLBACK_IN_PROGRESS"
  | "ROLLBACK_SUCCESSFUL"
  | "ROLLBACK_FAILED";

export interface DeploymentConfiguration {
  minimumHealthyPercent: number;
  maximumPercent: number;
  circuitBreaker: { enable: boolean; rollback: boolean };
}

export interface ServiceEvent {
  readonly id: string;
  readonly createdAt: number;
  readonly message: string;
}

/** Where a service's tasks are placed. */
export interface ServiceNetwork {
  readonly subnets: readonly { readonly id: string; readonly availabilityZone: string }[];
  readonly securityGroup: string;
}

export interface Service {
  readonly name: string;
  readonly arn: string;
  readonly cluster: string;
  readonly createdAt: number;
  readonly createdBy: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly network: ServiceNetwork;
  desiredCount: number;
  /** Those that the API shows: PRIMARY first, then ACTIVE ones, newest first. */
  deployments: Deployment[];
  /** Every deployment, newest first. */
  readonly history: Deployment[];
  lastCompleted: Deployment;
  configuration: DeploymentConfiguration;
  /** What becomes of the tasks of deployments created from now on. */
  nextFate: Fate;
  /** Newest first. */
  readonly events: ServiceEvent[];
  steady: boolean;
}

/** How long a task stays in each state, in simulated milliseconds. */
export interface TaskDurations {
  provisioning: number;
  pending: number;
  activating: number;
  deactivating: number;
  stopping: number;
  deprovisioning: number;
}

export interface EcsHooks {
  /** Reads a container secret as a task starts; null when the parameter does not exist, which fails the task. */
  resolveSecret(valueFrom: string): { name: string; version: number } | null;
  /** Writes a container's log lines. */
  appendLog(group: string, stream: string, events: readonly { timestamp: number; message: string }[]): void;
  /** A task has read its secrets and goes on to start. */
  onTaskStart?(task: Task): void;
}

/** A container's log stream: `<prefix>/<container>/<task id>`, as the awslogs driver names it. */
export function logStream(task: Task, { definition }: Container): { group: string; stream: string } | null {
  const { awslogs, name } = definition;
  return awslogs === null
    ? null
    : { group: awslogs.group, stream: `${awslogs.streamPrefix}/${name}/${task.id}` };
}
