import { UpdateServiceCommand } from "@aws-sdk/client-ecs";
import { z } from "zod";
import { serviceTasks } from "../gate/live-tasks.ts";
import { type ChangeContext, failed, settleMs } from "./context.ts";
import { ecsReasons } from "./ecs-reasons.ts";
import type { Undo } from "./engine/step.ts";
import { describe, readService } from "./live-service.ts";
import { scaleDownMemory } from "./memory.ts";
import { poll } from "./poll.ts";
import { STEPS } from "./steps.ts";

/** What `verify` gives as proof. */
export const runningProof = z.object({ tasks: z.array(z.string()) });

/** Sets the desired count that the ledger remembers, and waits until that many tasks run. */
export const restoreDesiredCount: Undo = {
  id: STEPS.restoreDesiredCount,
  async plan({ aws, target, entries }) {
    const memory = scaleDownMemory(entries);
    if (!memory?.desired) return null;
    const { arn, taskDefinition, desiredCount } = await readService(aws, target);
    return {
      id: STEPS.restoreDesiredCount,
      text: "Set the desired count of the ECS service back to what it was, and wait until the tasks run",
      target: arn,
      from: { serviceArn: arn, taskDefinition, desiredCount },
      to: { desiredCount: memory.desired.remembered },
      effect: `${target.mcp} serves requests in ${target.environment} again`,
      undo: "Declare the incident anew, or dispatch contain.yml for this one",
    };
  },
  async position({ aws, target }, { from, to }) {
    const { desiredCount } = await describe(aws, target);
    if (desiredCount === to.desiredCount) return { at: "to", outcome: { desiredCount } };
    if (desiredCount === from.desiredCount) return { at: "from" };
    return {
      at: "elsewhere",
      drift: [`its desired count was ${from.desiredCount} and is ${desiredCount}`],
    };
  },
  async apply({ aws, deps, record }, { to }) {
    const { cluster, service } = record.target;
    const desiredCount = z.number().parse(to.desiredCount);
    await aws.ecs.send(new UpdateServiceCommand({ cluster, service, desiredCount }));
    deps.log.info(`restore  desired count of ${service} set to ${desiredCount}`);
    return { desiredCount };
  },
  async verify(context, { to }) {
    return { tasks: await waitUntilRunning(context, z.number().parse(to.desiredCount)) };
  },
};

async function waitUntilRunning(context: ChangeContext, wanted: number): Promise<string[]> {
  const { aws, deps, record } = context;
  const { cluster, service } = record.target;
  const since = deps.clock.now();
  const running = await poll(deps, "restore", settleMs(context), async () => {
    const tasks = await serviceTasks(aws.ecs, cluster, service, deps.clock);
    const up = tasks.filter(({ lastStatus }) => lastStatus === "RUNNING");
    const state = `${up.length} of ${wanted} tasks run`;
    return up.length >= wanted ? { state, done: up.map(({ id }) => id).sort() } : { state };
  });
  if (running) return running;
  const reasons = await ecsReasons(context, since);
  throw failed(
    "tasks-not-running",
    [`${service} does not get to ${wanted} running tasks.`, ...reasons].join("\n"),
    "Mend what ECS names, then dispatch restore.yml again: it goes on from here.",
  );
}
