/** The ECS operations on tasks. */
import { z } from "zod";
import { AwsError } from "../errors.ts";
import { readInput } from "../input.ts";
import type { JsonOperation } from "../service.ts";
import { page, paging } from "./paging.ts";
import type { Scheduler } from "./scheduler.ts";
import type { EcsStore } from "./store.ts";
import { describeTask } from "./task-wire.ts";

const CODE = "InvalidParameterException";
const cluster = z.string().optional();

const ListInput = z.strictObject({
  cluster,
  serviceName: z.string().optional(),
  family: z.string().optional(),
  startedBy: z.string().optional(),
  desiredStatus: z.enum(["RUNNING", "PENDING", "STOPPED"]).optional(),
  launchType: z.literal("FARGATE").optional(),
  ...paging(100),
});

/**
 * Tasks that shall run, when no desired status is given; ECS never gives a task the desired status PENDING.
 * https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ListTasks.html
 */
export function listTasks(store: EcsStore): JsonOperation {
  return (raw, context) => {
    const input = readInput(ListInput, raw, CODE, "ListTasks");
    const name = store.cluster(input.cluster);
    context.log(input.serviceName ?? name);
    const service = input.serviceName === undefined ? null : store.service(name, input.serviceName);
    const desiredStatus = input.desiredStatus ?? "RUNNING";
    const arns = [...store.tasks.values()]
      .filter(
        (task) =>
          task.cluster === name &&
          task.desiredStatus === desiredStatus &&
          (service === null || task.service === service.name) &&
          (input.family === undefined || task.definition.family === input.family) &&
          (input.startedBy === undefined || task.startedBy === input.startedBy),
      )
      .map(({ arn }) => arn);
    return page("taskArns", arns, input, 100);
  };
}

const DescribeInput = z.strictObject({
  cluster,
  tasks: z.array(z.string()).min(1).max(100),
  include: z.array(z.enum(["TAGS"])).optional(),
});

/** https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DescribeTasks.html */
export function describeTasks(store: EcsStore): JsonOperation {
  return (raw, context) => {
    const input = readInput(DescribeInput, raw, CODE, "DescribeTasks");
    context.log(input.tasks.map((task) => task.slice(task.lastIndexOf("/") + 1)).join(" "));
    const name = store.cluster(input.cluster);
    const found = input.tasks.map((reference) => store.findTask(name, reference) ?? reference);
    return {
      tasks: found.filter((task) => typeof task !== "string").map((task) => describeTask(store, task)),
      failures: found
        .filter((task) => typeof task === "string")
        .map((reference) => ({
          arn: reference.startsWith("arn:") ? reference : store.arn(`task/${name}/${reference}`),
          reason: "MISSING",
        })),
    };
  };
}

const StopInput = z.strictObject({ cluster, task: z.string(), reason: z.string().max(1024).optional() });

/** https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_StopTask.html */
export function stopTask(store: EcsStore, scheduler: Scheduler): JsonOperation {
  return (raw, context) => {
    const input = readInput(StopInput, raw, CODE, "StopTask");
    context.log(input.task.slice(input.task.lastIndexOf("/") + 1));
    const task = store.findTask(store.cluster(input.cluster), input.task);
    if (task === null) {
      throw new AwsError("InvalidParameterException", "The referenced task was not found.");
    }
    scheduler.lifecycle.stop(task, "UserInitiated", input.reason ?? "Task stopped by user");
    return { task: describeTask(store, task) };
  };
}
