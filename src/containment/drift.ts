import { z } from "zod";
import { type Finding, held, refusal, refused } from "../gate/request.ts";
import { containCommand, restoreCommand } from "../incident/commands.ts";
import type { IncidentRecord } from "../incident/record.ts";
import { intended } from "./changes.ts";
import { ALL_SUSPENDED, type LiveService, type Suspension, sameSuspension } from "./live-service.ts";
import { openScaleDown, type ScaleDownMemory } from "./memory.ts";
import { STEPS } from "./steps.ts";

/**
 * The service is as the scale-down left it. What an earlier try to restore has changed already is no drift.
 *
 * Refuses with the three ways to go on: put it back, finish by hand, contain anew.
 * @param again how to dispatch the way back anew.
 */
export function checkDrift(
  record: IncidentRecord,
  live: LiveService,
  memory: ScaleDownMemory,
  again = restoreCommand(record),
): Finding {
  const open = openScaleDown(record.entries);
  const [wasUp, wasResumed] = [STEPS.restoreDesiredCount, STEPS.resumeScaling].map((step) =>
    (["restore-service", "undo"] as const).flatMap((action) => intended(open, action, step)).at(-1),
  );
  const expectedCounts = [0, ...(wasUp ? [z.number().parse(wasUp.data.to.desiredCount)] : [])];
  const drifts: string[] = [];
  if (!expectedCounts.includes(live.desiredCount)) {
    drifts.push(`the desired count was left at ${expectedCounts.join(" or ")} and is ${live.desiredCount}`);
  }
  const { desired, scaling } = memory;
  if (desired && desired.taskDefinition !== live.taskDefinition) {
    drifts.push(`the task definition was ${desired.taskDefinition} and is ${live.taskDefinition}`);
  }
  if (scaling && !live.scaling) drifts.push("the scalable target is gone");
  if (!scaling && live.scaling) drifts.push(`there is a scalable target now, ${live.scaling.resourceId}`);
  if (scaling && live.scaling) {
    const left: Suspension[] = [ALL_SUSPENDED, ...(wasResumed ? [scaling.remembered] : [])];
    if (!left.some((state) => live.scaling && sameSuspension(state, live.scaling.suspended))) {
      drifts.push(`scaling was left suspended and is ${JSON.stringify(live.scaling.suspended)}`);
    }
    for (const bound of ["minCapacity", "maxCapacity"] as const) {
      if (scaling[bound] !== live.scaling[bound]) {
        drifts.push(`the scalable target's ${bound} was ${scaling[bound]} and is ${live.scaling[bound]}`);
      }
    }
  }
  if (drifts.length === 0) return held("the service is as the scale-down left it");
  const message = `${record.target.service} is not as the scale-down left it: ${drifts.join("; ")}.`;
  return refused(refusal("drifted", message, waysOn(record, memory, again)));
}

function waysOn(record: IncidentRecord, { desired, scaling }: ScaleDownMemory, again: string): string {
  const { cluster, service } = record.target;
  const up = `aws ecs update-service --cluster ${cluster} --service ${service} --desired-count ${desired?.remembered ?? 0}`;
  const { dynamicScalingIn, dynamicScalingOut, scheduledScaling } = scaling?.remembered ?? ALL_SUSPENDED;
  const state = `DynamicScalingInSuspended=${dynamicScalingIn},DynamicScalingOutSuspended=${dynamicScalingOut},ScheduledScalingSuspended=${scheduledScaling}`;
  const resume = scaling
    ? ` && aws application-autoscaling register-scalable-target --service-namespace ecs --scalable-dimension ecs:service:DesiredCount --resource-id service/${cluster}/${service} --suspended-state ${state}`
    : "";
  return [
    "Find out who changed it, then take one of three ways.",
    `1. Put it back as the scale-down left it, then: ${again}`,
    `2. Keep what it is now and finish by hand: ${up}${resume}`,
    `3. Contain it again as it is now, and restore from there to what was before the first scale-down: ${containCommand(record)}`,
  ].join("\n");
}
