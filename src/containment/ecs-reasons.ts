import { type LiveTask, serviceTasks } from "../gate/live-tasks.ts";
import type { ChangeContext } from "./context.ts";
import { describe } from "./live-service.ts";

const EVENTS = 5;
const STOPPED_TASKS = 5;

/**
 * Why ECS says a service does not get where it should: the newest service events since `after` and the reasons of
 * tasks that stopped since. Never throws: it explains another failure.
 */
export async function ecsReasons(
  context: ChangeContext,
  after: Date,
  ofDeployment?: string,
): Promise<string[]> {
  try {
    return await askEcs(context, after, ofDeployment);
  } catch (error) {
    return [`ECS could not be asked for its reasons: ${(error as Error).message}`];
  }
}

async function askEcs(
  { aws, deps, record }: ChangeContext,
  after: Date,
  ofDeployment?: string,
): Promise<string[]> {
  const { cluster, service } = record.target;
  const [{ events }, tasks] = await Promise.all([
    describe(aws, record.target),
    serviceTasks(aws.ecs, cluster, service, deps.clock),
  ]);
  const said = events
    .filter(({ at }) => at >= after)
    .slice(0, EVENTS)
    .map(({ at, message }) => `${at.toISOString()} ${message}`);
  const stopped = tasks
    .filter((task) => task.stoppedAt !== null && task.stoppedAt >= after)
    .filter(({ startedBy }) => ofDeployment === undefined || startedBy === ofDeployment)
    .slice(0, STOPPED_TASKS)
    .map(stoppedLine);
  return [...stopped, ...said];
}

function stoppedLine({ id, stoppedReason, containerReasons }: LiveTask): string {
  return [`task ${id} stopped: ${stoppedReason ?? "no reason given"}`, ...containerReasons].join("; ");
}
