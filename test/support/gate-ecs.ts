import type { Deployment, Service, Task } from "@aws-sdk/client-ecs";
import type { ManualClock } from "./gate-clock.ts";

const SERVICE_ARN = "arn:aws:ecs:eu-west-1:111122223333:service/aiconnectors-dev/aiconnectors-servicenow-dev";
const TASK_ARN = "arn:aws:ecs:eu-west-1:111122223333:task/aiconnectors-dev/";
const SLOW_MS = 10_000;

/** One ECS service and its scalable target as a small state machine on a manual clock. */
export class FakeEcs {
  taskDefinition = "arn:aws:ecs:eu-west-1:111122223333:task-definition/servicenow:3";
  desiredCount = 0;
  missing = false;
  tasks: Task[] = [];
  deployments: Deployment[] = [];
  events: { createdAt: Date; message: string }[] = [];
  /** Null: Application Auto Scaling does not manage the service. */
  scaling: { min: number; max: number; suspended: [boolean, boolean, boolean] } | null = null;
  /** Changes what happens after a forced deployment; gets its id. */
  onDeployment: ((id: string) => void) | undefined;
  /** Tasks that never stop. */
  stubborn = false;
  /** New tasks stop with this reason instead of running. */
  brokenReason: string | undefined;
  readonly clock: ManualClock;
  #started = 0;

  constructor(clock: ManualClock, tasks: number) {
    this.clock = clock;
    this.desiredCount = tasks;
    this.deployments = [this.#deployment("ecs-svc/1000", "COMPLETED")];
    for (let index = 0; index < tasks; index += 1) this.startTask("ecs-svc/1000", "RUNNING");
    for (const task of this.tasks) task.startedAt = new Date(clock.now().getTime() - 3_600_000);
  }

  startTask(startedBy: string, lastStatus = "RUNNING"): Task {
    this.#started += 1;
    const id = String(this.#started).padStart(32, "0");
    const startedAt = this.clock.now();
    const task: Task = {
      taskArn: `${TASK_ARN}${id}`,
      lastStatus,
      desiredStatus: "RUNNING",
      startedBy,
      startedAt,
      containers: [{ name: "app", lastStatus: "RUNNING" }],
    };
    this.tasks.push(task);
    return task;
  }

  stopTask(task: Task, reason: string, after = SLOW_MS): void {
    Object.assign(task, { lastStatus: "STOPPING", desiredStatus: "STOPPED" });
    if (this.stubborn) return;
    this.clock.after(after, () => {
      Object.assign(task, { lastStatus: "STOPPED", stoppedAt: this.clock.now(), stoppedReason: reason });
    });
  }

  send(operation: string, input: Record<string, unknown>): unknown {
    switch (operation) {
      case "DescribeServices":
        return this.missing
          ? { services: [], failures: [{ reason: "MISSING" }] }
          : { services: [this.#service()] };
      case "ListTasks":
        return {
          taskArns: this.tasks
            .filter(({ desiredStatus }) => desiredStatus === input.desiredStatus)
            .map(({ taskArn }) => taskArn),
        };
      case "DescribeTasks":
        return {
          tasks: this.tasks.filter(({ taskArn }) => (input.tasks as string[]).includes(taskArn ?? "")),
        };
      case "UpdateService":
        return this.#update(input);
      case "DescribeScalableTargets":
        return { ScalableTargets: this.scaling ? [this.#scalableTarget(this.scaling)] : [] };
      case "RegisterScalableTarget":
        return this.#register(input.SuspendedState as Record<string, boolean>);
      default:
        throw new Error(`FakeEcs does not know ${operation}`);
    }
  }

  #update(input: Record<string, unknown>): unknown {
    if (typeof input.desiredCount === "number") this.scale(input.desiredCount);
    if (input.forceNewDeployment) this.#force();
    return { service: this.#service() };
  }

  /** Sets the desired count as UpdateService and the autoscaler do. */
  scale(desired: number): void {
    this.desiredCount = desired;
    const running = this.tasks.filter(({ desiredStatus }) => desiredStatus === "RUNNING");
    for (const task of running.slice(desired))
      this.stopTask(task, "Scaling activity initiated by deployment");
    for (let index = running.length; index < desired; index += 1) this.#bringUp("ecs-svc/1000");
    if (this.scaling && desired < this.scaling.min) {
      this.clock.after(SLOW_MS * 2, () => {
        if (this.scaling && !this.scaling.suspended[1] && this.desiredCount < this.scaling.min)
          this.scale(this.scaling.min);
      });
    }
  }

  #bringUp(startedBy: string): void {
    const task = this.startTask(startedBy, "PENDING");
    this.clock.after(SLOW_MS, () => {
      if (this.brokenReason) this.stopTask(task, this.brokenReason, 0);
      else Object.assign(task, { lastStatus: "RUNNING", startedAt: this.clock.now() });
    });
  }

  #force(): void {
    const id = `ecs-svc/${2000 + this.deployments.length}`;
    const old = this.tasks.filter(({ desiredStatus }) => desiredStatus === "RUNNING");
    for (const deployment of this.deployments) deployment.status = "ACTIVE";
    const ours = this.#deployment(id, "IN_PROGRESS");
    this.deployments = [ours, ...this.deployments];
    if (this.onDeployment) {
      this.onDeployment(id);
      return;
    }
    for (let index = 0; index < this.desiredCount; index += 1) this.#bringUp(id);
    this.clock.after(SLOW_MS * 2, () => {
      ours.rolloutState = "COMPLETED";
      this.deployments = [ours];
      for (const task of old) this.stopTask(task, "Scaling activity initiated by deployment");
    });
  }

  #deployment(id: string, rolloutState: "COMPLETED" | "IN_PROGRESS"): Deployment {
    return {
      id,
      status: "PRIMARY",
      rolloutState,
      taskDefinition: this.taskDefinition,
      createdAt: this.clock.now(),
    };
  }

  #service(): Service {
    const running = this.tasks.filter(({ lastStatus }) => lastStatus === "RUNNING").length;
    return {
      serviceArn: SERVICE_ARN,
      status: "ACTIVE",
      taskDefinition: this.taskDefinition,
      desiredCount: this.desiredCount,
      runningCount: running,
      pendingCount: this.tasks.filter(({ lastStatus }) => lastStatus === "PENDING").length,
      deployments: this.deployments,
      events: this.events,
    };
  }

  #scalableTarget({ min, max, suspended }: NonNullable<FakeEcs["scaling"]>): unknown {
    return {
      MinCapacity: min,
      MaxCapacity: max,
      SuspendedState: {
        DynamicScalingInSuspended: suspended[0],
        DynamicScalingOutSuspended: suspended[1],
        ScheduledScalingSuspended: suspended[2],
      },
    };
  }

  #register(state: Record<string, boolean>): unknown {
    if (!this.scaling) throw new Error("RegisterScalableTarget would create a scalable target");
    const names = ["DynamicScalingInSuspended", "DynamicScalingOutSuspended", "ScheduledScalingSuspended"];
    this.scaling.suspended = names.map((name) => state[name] ?? false) as [boolean, boolean, boolean];
    return {};
  }
}
