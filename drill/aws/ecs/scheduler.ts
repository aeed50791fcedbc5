/** The ECS service scheduler: keeps each service at its desired count and rolls its deployments. */
import type { SimClock } from "../../contracts.ts";
import type { Random } from "../../random.ts";
import { complete, failureThreshold, finish, newDeployment } from "./deployment.ts";
import { TaskLifecycle } from "./lifecycle.ts";
import type { Deployment, EcsHooks, Service, Task, TaskDefinition, TaskDurations } from "./model.ts";
import { newTask, uuid } from "./new-task.ts";
import type { EcsStore } from "./store.ts";

/** DescribeServices shows this many events. */
const KEPT_EVENTS = 100;
/** Stopped tasks can be described for about an hour. */
const STOPPED_TASK_MS = 3_600_000;
/** A deployment that failed is still shown for a while after the rollback began. */
const SHOWN_FAILED_MS = 30_000;
/** The scheduler waits before it replaces a task that failed to start. */
const RETRY_MS = 10_000;

export class Scheduler {
  readonly lifecycle: TaskLifecycle;
  readonly #store: EcsStore;
  readonly #clock: SimClock;
  readonly #random: Random;

  constructor(store: EcsStore, clock: SimClock, random: Random, durations: TaskDurations, hooks: EcsHooks) {
    this.#store = store;
    this.#clock = clock;
    this.#random = random;
    this.lifecycle = new TaskLifecycle(clock, random.fork("durations"), durations, hooks, (task) =>
      this.#taskChanged(task),
    );
  }

  /** Makes a deployment the service's PRIMARY one; those before it become ACTIVE and are drained. */
  deploy(service: Service, definition: TaskDefinition): Deployment {
    const now = this.#clock.now();
    for (const older of service.deployments) {
      older.status = "ACTIVE";
      if (older.outcome === "IN_PROGRESS") finish(older, "STOPPED", now);
    }
    const deployment = newDeployment(
      this.#random,
      definition,
      service.nextFate,
      now,
      service.deployments.map(({ revisionId }) => revisionId),
    );
    service.deployments.unshift(deployment);
    service.history.unshift(deployment);
    service.steady = false;
    this.reconcile(service);
    return deployment;
  }

  scale(service: Service, desiredCount: number): void {
    if (service.desiredCount === desiredCount) return;
    service.desiredCount = desiredCount;
    service.steady = false;
    this.reconcile(service);
  }

  addEvent(service: Service, message: string, createdAt = this.#clock.now()): void {
    service.events.unshift({
      id: uuid(this.#random),
      createdAt,
      message: `(service ${service.name}) ${message}`,
    });
    service.events.length = Math.min(service.events.length, KEPT_EVENTS);
  }

  /** Starts and stops tasks as far as the deployment configuration allows now. */
  reconcile(service: Service): void {
    const primary = service.deployments[0];
    if (primary === undefined) return;
    this.#stopTasks(service, primary);
    this.#startTasks(service, primary);
    this.#settle(service, primary);
  }

  #startTasks(service: Service, primary: Deployment): void {
    if (primary.rolloutState === "FAILED") return;
    const live = this.#liveTasks(service);
    const own = live.filter(({ startedBy }) => startedBy === primary.id).length;
    const most = Math.floor((service.desiredCount * service.configuration.maximumPercent) / 100);
    const room = Math.min(
      service.desiredCount - own,
      Math.max(most, service.desiredCount === 0 ? 0 : 1) - live.length,
    );
    const started = Array.from({ length: Math.max(room, 0) }, () => this.#startTask(service, primary));
    if (started.length > 0) {
      this.addEvent(service, `has started ${started.length} tasks: ${taskList(started)}.`);
    }
  }

  #startTask(service: Service, deployment: Deployment): Task {
    const task = newTask(this.#store, service, deployment, this.#clock.now(), this.#random);
    this.#store.tasks.set(task.id, task);
    this.lifecycle.start(task, deployment.fate);
    return task;
  }

  /** Stops what exceeds the desired count, then old deployments' tasks down to the minimum healthy percent. */
  #stopTasks(service: Service, primary: Deployment): void {
    const live = this.#liveTasks(service);
    const own = live.filter(({ startedBy }) => startedBy === primary.id);
    const surplus = own.slice(0, Math.max(own.length - service.desiredCount, 0));
    const old = live.filter(({ startedBy }) => startedBy !== primary.id);
    const leastHealthy = Math.ceil(
      (service.desiredCount * service.configuration.minimumHealthyPercent) / 100,
    );
    let healthy = live.filter(({ status }) => status === "RUNNING").length - surplus.length;
    const drained = primary.rolloutState === "FAILED" && service.desiredCount > 0 ? [] : old;
    const stopped = [...surplus];
    for (const task of drained) {
      if (task.status === "RUNNING" && healthy <= leastHealthy) continue;
      if (task.status === "RUNNING") healthy -= 1;
      stopped.push(task);
    }
    if (stopped.length === 0) return;
    this.addEvent(service, `has stopped ${stopped.length} running tasks: ${taskList(stopped)}.`);
    for (const task of stopped) {
      this.lifecycle.stop(
        task,
        "ServiceSchedulerInitiated",
        `Scaling activity initiated by (deployment ${task.startedBy})`,
      );
    }
  }

  /** Completes the rollout once the new tasks run and the old ones have given up their containers. */
  #settle(service: Service, primary: Deployment): void {
    const tasks = this.#store.tasksOf(service);
    const occupied = (deployment: Deployment): boolean =>
      tasks.some(
        ({ startedBy, status }) =>
          startedBy === deployment.id && status !== "DEPROVISIONING" && status !== "STOPPED",
      );
    const shown = this.#clock.now() - SHOWN_FAILED_MS;
    service.deployments = service.deployments.filter((deployment) => {
      const failedLately = deployment.rolloutState === "FAILED" && deployment.updatedAt > shown;
      const kept = deployment === primary || failedLately || occupied(deployment);
      if (!kept) deployment.status = "INACTIVE";
      return kept;
    });
    const live = this.#liveTasks(service);
    const running = live.filter(
      ({ startedBy, status }) => startedBy === primary.id && status === "RUNNING",
    ).length;
    const leaving = tasks.some(({ status }) => status === "DEACTIVATING" || status === "STOPPING");
    const settled =
      service.deployments.length === 1 &&
      running === service.desiredCount &&
      live.length === running &&
      !leaving;
    if (running !== service.desiredCount) service.steady = false;
    if (!settled || service.steady) return;
    service.steady = true;
    if (primary.rolloutState === "IN_PROGRESS") this.#complete(service, primary);
    this.addEvent(service, "has reached a steady state.");
  }

  #complete(service: Service, deployment: Deployment): void {
    const now = this.#clock.now();
    complete(deployment, now);
    for (const failed of service.history) {
      if (failed.outcome === "ROLLBACK_IN_PROGRESS") finish(failed, "ROLLBACK_SUCCESSFUL", now);
    }
    service.lastCompleted = deployment;
    this.addEvent(service, `(deployment ${deployment.id}) deployment completed.`);
  }

  #taskChanged(task: Task): void {
    const service = this.#store.findService(task.cluster, task.service);
    if (task.status === "STOPPED") {
      this.#clock.after(STOPPED_TASK_MS, () => this.#store.tasks.delete(task.id));
    }
    const primary = service?.deployments[0];
    if (service === null || primary === undefined) return;
    if (task.stopCode === "ServiceSchedulerInitiated") {
      // The scheduler is in the middle of its own round when it stops a task.
      if (task.status !== "DEACTIVATING") this.#settle(service, primary);
      return;
    }
    if (task.stopCode === "TaskFailedToStart" && task.status === "DEPROVISIONING") {
      this.#taskFailed(service, task);
      return;
    }
    this.reconcile(service);
  }

  /** https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-circuit-breaker.html */
  #taskFailed(service: Service, task: Task): void {
    const deployment = service.deployments.find(({ id }) => id === task.startedBy);
    if (deployment === undefined) return;
    deployment.failedTasks += 1;
    deployment.updatedAt = this.#clock.now();
    const { circuitBreaker } = service.configuration;
    if (
      circuitBreaker.enable &&
      deployment.rolloutState === "IN_PROGRESS" &&
      deployment.failedTasks >= failureThreshold(service.desiredCount)
    ) {
      this.#fail(service, deployment, circuitBreaker.rollback);
      return;
    }
    if (deployment.failedTasks === 3) {
      this.addEvent(
        service,
        "is unable to consistently start tasks successfully. For more information, see the Troubleshooting section of the Amazon ECS Developer Guide.",
      );
    }
    this.#clock.after(RETRY_MS, () => this.reconcile(service));
  }

  #fail(service: Service, deployment: Deployment, rollback: boolean): void {
    const now = this.#clock.now();
    deployment.rolloutState = "FAILED";
    deployment.rolloutStateReason = "ECS deployment circuit breaker: tasks failed to start.";
    this.addEvent(service, `(deployment ${deployment.id}) deployment failed: tasks failed to start.`);
    const target = service.lastCompleted;
    if (!rollback || target === deployment) {
      finish(deployment, "STOPPED", now);
      return;
    }
    deployment.outcome = "ROLLBACK_IN_PROGRESS";
    this.addEvent(service, `rolling back to deployment ${target.id}.`);
    target.rolloutState = "IN_PROGRESS";
    target.rolloutStateReason = `ECS deployment circuit breaker: rolling back to deploymentId ${target.id}.`;
    target.updatedAt = now;
    for (const other of service.deployments) other.status = "ACTIVE";
    target.status = "PRIMARY";
    service.deployments = [target, ...service.deployments.filter((other) => other !== target)];
    service.steady = false;
    this.#clock.after(SHOWN_FAILED_MS + 1, () => this.reconcile(service));
    this.reconcile(service);
  }

  #liveTasks(service: Service): Task[] {
    return this.#store.tasksOf(service).filter(({ desiredStatus }) => desiredStatus === "RUNNING");
  }
}

function taskList(tasks: readonly Task[]): string {
  return tasks.map(({ id }) => `(task ${id})`).join(" ");
}
