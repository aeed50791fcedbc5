/** How one task comes up and goes down over simulated time. */
import type { SimClock } from "../../contracts.ts";
import type { Random } from "../../random.ts";
import {
  type Container,
  type EcsHooks,
  type Fate,
  logStream,
  type StopCode,
  type Task,
  type TaskDurations,
} from "./model.ts";

/** Called whenever a task began to run, began to stop, gave up its resources or stopped. */
export type TaskListener = (task: Task) => void;

export class TaskLifecycle {
  readonly #clock: SimClock;
  readonly #random: Random;
  readonly #durations: TaskDurations;
  readonly #hooks: EcsHooks;
  readonly #changed: TaskListener;
  /** Tasks whose agent has lost touch: their containers are not stopped, whatever ECS wants. */
  readonly held = new Set<string>();

  constructor(
    clock: SimClock,
    random: Random,
    durations: TaskDurations,
    hooks: EcsHooks,
    changed: TaskListener,
  ) {
    this.#clock = clock;
    this.#random = random;
    this.#durations = durations;
    this.#hooks = hooks;
    this.#changed = changed;
  }

  /** Brings up a task that was just created: PROVISIONING, PENDING, ACTIVATING, RUNNING. */
  start(task: Task, fate: Fate): void {
    this.#next(task, "provisioning", () => this.#pull(task, fate));
  }

  /** Tells a task to stop; does nothing when it is stopping already. */
  stop(task: Task, code: StopCode, reason: string, exitCode = 0): void {
    if (task.desiredStatus === "STOPPED") return;
    const ran = task.status === "RUNNING";
    task.desiredStatus = "STOPPED";
    task.stopCode = code;
    task.stoppedReason = reason;
    task.stoppingAt = this.#clock.now();
    if (ran) {
      this.#enter(task, "DEACTIVATING");
      this.#next(task, "deactivating", () => this.#drain(task, exitCode));
    } else {
      this.#release(task, null);
    }
    this.#changed(task);
  }

  /** Image pull and secrets come in PENDING: the values a task holds are those of this instant. */
  #pull(task: Task, fate: Fate): void {
    const now = this.#clock.now();
    this.#enter(task, "PENDING");
    task.connectivityAt = now;
    task.pullStartedAt = now;
    const missing = this.#readSecrets(task);
    if (fate.kind === "stuck") return;
    const failure = missing ?? (fate.kind === "fail" ? fate.reason : null);
    this.#next(task, "pending", () => {
      if (failure !== null) return this.stop(task, "TaskFailedToStart", failure);
      task.pullStoppedAt = this.#clock.now();
      this.#enter(task, "ACTIVATING");
      this.#next(task, "activating", () => this.#run(task));
    });
  }

  /** Returns why the task cannot start; null when it has all its secrets. */
  #readSecrets(task: Task): string | null {
    for (const { definition } of task.containers) {
      for (const valueFrom of Object.values(definition.secrets)) {
        const found = this.#hooks.resolveSecret(valueFrom);
        if (found === null) {
          return `ResourceInitializationError: unable to pull secrets or registry auth: execution resource retrieval failed: unable to retrieve secrets from ssm: service call has been retried 1 time(s): invalid parameters: ${valueFrom}`;
        }
        task.secretVersions[found.name] = found.version;
      }
    }
    this.#hooks.onTaskStart?.(task);
    return null;
  }

  #run(task: Task): void {
    this.#enter(task, "RUNNING");
    task.startedAt = this.#clock.now();
    for (const container of task.containers) container.status = "RUNNING";
    this.#write(task, "startLines");
    this.startHeartbeats(task);
    this.#changed(task);
  }

  /** Lets the containers of a running task write their heartbeat lines until they stop. */
  startHeartbeats(task: Task): void {
    for (const container of task.containers) this.#scheduleHeartbeat(task, container);
  }

  #scheduleHeartbeat(task: Task, container: Container): void {
    const { heartbeat } = container.definition;
    const target = logStream(task, container);
    if (heartbeat === null || target === null) return;
    const cancel = this.#clock.after(heartbeat.everyMs, () => {
      const event = { timestamp: this.#clock.now(), message: heartbeat.message };
      this.#hooks.appendLog(target.group, target.stream, [event]);
      this.#scheduleHeartbeat(task, container);
    });
    task.heartbeats.set(container, cancel);
  }

  /** The containers get SIGTERM, write their last lines and exit. */
  #drain(task: Task, exitCode: number): void {
    this.#enter(task, "STOPPING");
    // What nobody tells to stop goes on.
    if (this.held.has(task.id)) {
      task.cancel();
      return;
    }
    this.#next(task, "stopping", () => {
      this.#write(task, "stopLines");
      this.#release(task, exitCode);
      this.#changed(task);
    });
  }

  #release(task: Task, exitCode: number | null): void {
    this.#enter(task, "DEPROVISIONING");
    task.executionStoppedAt = this.#clock.now();
    for (const container of task.containers) {
      task.heartbeats.get(container)?.();
      container.status = "STOPPED";
      container.exitCode = exitCode;
      if (exitCode === null) container.reason = task.stoppedReason;
    }
    this.#next(task, "deprovisioning", () => {
      this.#enter(task, "STOPPED");
      task.stoppedAt = this.#clock.now();
      this.#changed(task);
    });
  }

  /** Even without lines the awslogs driver creates the stream. */
  #write(task: Task, lines: "startLines" | "stopLines"): void {
    const timestamp = this.#clock.now();
    for (const container of task.containers) {
      const target = logStream(task, container);
      const messages = container.definition[lines];
      if (target === null) continue;
      this.#hooks.appendLog(
        target.group,
        target.stream,
        messages.map((message) => ({ timestamp, message })),
      );
    }
  }

  #enter(task: Task, status: Task["status"]): void {
    task.status = status;
    task.version += 1;
  }

  /** Arranges the task's next change, in place of any that was arranged before; durations vary by a quarter. */
  #next(task: Task, stage: keyof TaskDurations, change: () => void): void {
    task.cancel();
    const factor = 0.75 + this.#random.next() / 2;
    task.cancel = this.#clock.after(this.#durations[stage] * factor, change);
  }
}
