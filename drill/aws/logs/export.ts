/** Export tasks: the service's own bulk copy of a log group to S3. */
import { Readable } from "node:stream";
import { createGzip } from "node:zlib";
import { z } from "zod";
import type { SimClock } from "../../contracts.ts";
import type { Random } from "../../random.ts";
import { AwsError } from "../errors.ts";
import { decodeToken, encodeToken, readInput } from "../input.ts";
import type { JsonOperation } from "../service.ts";
import { groupName, streamName, timestamp } from "./names.ts";
import { openGroup } from "./protection.ts";
import type { LogStore, LogStream } from "./store.ts";
import { invalidToken } from "./tokens.ts";

export interface ExportOptions {
  /** Simulated milliseconds that a task takes. */
  durationMs: number;
  /** Events ingested less than this many simulated milliseconds ago cannot be exported yet; up to 12 h in the service. */
  delayMs: number;
  /** What CloudWatch Logs may not do with the bucket, as the operation that fails; null when it may write there. */
  refusedOn: (bucket: string) => "GetBucketAcl" | "PutObject" | null;
  /** Takes an object that a task writes, gzip-compressed; when absent a task writes nothing. */
  write: ((bucket: string, key: string, body: Readable) => Promise<void>) | null;
}

type Status = "PENDING" | "RUNNING" | "COMPLETED" | "FAILED";

interface ExportTask {
  readonly id: string;
  readonly name: string | null;
  readonly group: string;
  readonly streamPrefix: string;
  readonly from: number;
  readonly to: number;
  readonly bucket: string;
  readonly prefix: string;
  readonly createdAt: number;
  status: Status;
  message: string;
  completedAt: number | null;
}

const CreateInput = z.strictObject({
  taskName: z.string().min(1).max(512).optional(),
  logGroupName: groupName,
  logStreamNamePrefix: streamName.optional(),
  from: timestamp,
  to: timestamp,
  destination: z.string().min(1).max(512),
  destinationPrefix: z.string().optional(),
});

const DescribeInput = z.strictObject({
  taskId: z.string().min(1).max(512).optional(),
  statusCode: z.enum(["CANCELLED", "COMPLETED", "FAILED", "PENDING", "PENDING_CANCEL", "RUNNING"]).optional(),
  nextToken: z.string().min(1).optional(),
  limit: z.int().min(1).max(50).optional(),
});

export class ExportTasks {
  readonly #store: LogStore;
  readonly #clock: SimClock;
  readonly #random: Random;
  readonly #options: ExportOptions;
  readonly #tasks: ExportTask[] = [];

  constructor(store: LogStore, clock: SimClock, random: Random, options: ExportOptions) {
    this.#store = store;
    this.#clock = clock;
    this.#random = random;
    this.#options = options;
  }

  /** https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_CreateExportTask.html */
  readonly create: JsonOperation = (raw, context) => {
    const input = readInput(CreateInput, raw, "InvalidParameterException", "CreateExportTask");
    context.log(`${input.logGroupName} to ${input.destination}`);
    const { protection } = this.#store.group(input.logGroupName);
    if (protection.logClass !== "STANDARD") {
      throw new AwsError(
        "InvalidOperationException",
        `The log group ${input.logGroupName} is of log-group-class ${protection.logClass}. CreateExportTask is not supported for this log class.`,
      );
    }
    if (input.from >= input.to) {
      throw new AwsError("InvalidParameterException", "The specified time range is invalid.");
    }
    const refused = this.#options.refusedOn(input.destination);
    if (refused !== null) {
      throw new AwsError(
        "InvalidParameterException",
        `${refused} call on the given bucket failed. Please check if CloudWatch Logs has been granted permission to perform this operation.`,
      );
    }
    if (this.#tasks.some(({ status }) => status === "PENDING" || status === "RUNNING")) {
      throw new AwsError("LimitExceededException", "Resource limit exceeded.");
    }
    const task = this.#add(input);
    this.#clock.after(this.#options.durationMs / 10, () => {
      task.status = "RUNNING";
      task.message = "Started successfully";
    });
    this.#clock.after(this.#options.durationMs, () => void this.#finish(task));
    return { taskId: task.id };
  };

  /**
   * Puts somebody else's task into the account, which runs for so many simulated milliseconds and writes nothing.
   * Returns what ends it at once.
   */
  occupy(durationMs: number): () => void {
    const at = this.#clock.now();
    const task = this.#add({
      taskName: "nightly-archive",
      logGroupName: "/platform/archive",
      from: at - 86_400_000,
      to: at,
      destination: "platform-log-archive",
    });
    task.status = "RUNNING";
    task.message = "Started successfully";
    const end = (): void => {
      task.status = "COMPLETED";
      task.message = "Completed successfully";
      task.completedAt ??= this.#clock.now();
    };
    this.#clock.after(durationMs, end);
    return end;
  }

  #add(input: z.output<typeof CreateInput>): ExportTask {
    const task: ExportTask = {
      id: uuid(this.#random),
      name: input.taskName ?? null,
      group: input.logGroupName,
      streamPrefix: input.logStreamNamePrefix ?? "",
      from: input.from,
      to: input.to,
      bucket: input.destination,
      prefix: input.destinationPrefix ?? "exportedlogs",
      createdAt: this.#clock.now(),
      status: "PENDING",
      message: "",
      completedAt: null,
    };
    this.#tasks.push(task);
    return task;
  }

  /** https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_DescribeExportTasks.html */
  readonly describe: JsonOperation = (raw, context) => {
    const input = readInput(DescribeInput, raw, "InvalidParameterException", "DescribeExportTasks");
    context.log(input.taskId ?? "*");
    if (input.taskId !== undefined && input.statusCode !== undefined) {
      throw new AwsError("InvalidParameterException", "Specify either taskId or statusCode, not both.");
    }
    const tasks = this.#tasks.filter(
      ({ id, status }) =>
        (input.taskId === undefined || id === input.taskId) &&
        (input.statusCode === undefined || status === input.statusCode),
    );
    const start = input.nextToken === undefined ? 0 : decodeToken(input.nextToken)?.[0];
    if (typeof start !== "number") throw invalidToken();
    const page = tasks.slice(start, start + (input.limit ?? 50));
    const next = start + page.length;
    return {
      exportTasks: page.map(describeTask),
      ...(next < tasks.length ? { nextToken: encodeToken([next]) } : {}),
    };
  };

  async #finish(task: ExportTask): Promise<void> {
    task.status = "RUNNING";
    try {
      if (this.#options.write !== null) await this.#writeObjects(task, this.#options.write);
      task.status = "COMPLETED";
      task.message = "Completed successfully";
    } catch (error) {
      task.status = "FAILED";
      task.message = error instanceof Error ? error.message : String(error);
    }
    task.completedAt = this.#clock.now();
  }

  /** One gzip object a stream, as the service names them: `prefix/task/stream/000000.gz`. */
  async #writeObjects(task: ExportTask, write: NonNullable<ExportOptions["write"]>): Promise<void> {
    const group = this.#store.group(task.group);
    const show = openGroup(group, "CreateExportTask", false, { session: null });
    for (const stream of group.streams.values()) {
      if (!stream.name.startsWith(task.streamPrefix)) continue;
      const key = `${task.prefix}/${task.id}/${stream.name.replaceAll("/", "-")}/000000.gz`;
      await write(task.bucket, key, Readable.from(this.#lines(stream, task, show)).pipe(createGzip()));
    }
  }

  /** The range includes both ends. Lines are `2026-03-02T14:00:00.000Z message`. */
  *#lines(stream: LogStream, task: ExportTask, show: (message: string) => string): Generator<string> {
    const newest = task.createdAt - this.#options.delayMs;
    for (const event of stream.events.between(task.from, task.to + 1)) {
      if (event.ingestionTime > newest) continue;
      yield `${new Date(event.timestamp).toISOString()} ${show(event.message)}\n`;
    }
  }
}

function describeTask(task: ExportTask): object {
  return {
    taskId: task.id,
    ...(task.name === null ? {} : { taskName: task.name }),
    logGroupName: task.group,
    from: task.from,
    to: task.to,
    destination: task.bucket,
    destinationPrefix: task.prefix,
    status: { code: task.status, message: task.message },
    executionInfo: {
      creationTime: task.createdAt,
      ...(task.completedAt === null ? {} : { completionTime: task.completedAt }),
    },
  };
}

function uuid(random: Random): string {
  return [8, 4, 4, 4, 12].map((length) => random.hex(length)).join("-");
}
