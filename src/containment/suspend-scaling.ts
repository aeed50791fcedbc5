import { RegisterScalableTargetCommand } from "@aws-sdk/client-application-auto-scaling";
import { makeChange } from "./changes.ts";
import { type ChangeContext, failed } from "./context.ts";
import {
  ALL_SUSPENDED,
  type LiveScaling,
  type LiveService,
  readScaling,
  type Suspension,
  sameSuspension,
} from "./live-service.ts";
import type { ScaleDownMemory } from "./memory.ts";
import { STEPS } from "./steps.ts";

/**
 * Suspends all scaling of the service and remembers in the ledger how it was; minimum and maximum are not touched.
 * Application Auto Scaling would otherwise raise a service at 0 to its minimum again
 * (https://docs.aws.amazon.com/autoscaling/application/userguide/application-auto-scaling-suspend-resume-scaling.html).
 * @param before the service without this run's own changes. @returns null when nothing scales the service.
 */
export async function suspendScaling(
  context: ChangeContext,
  before: LiveService,
  memory: ScaleDownMemory | undefined,
): Promise<LiveScaling | null> {
  if (!before.scaling) return null;
  const { resourceId, minCapacity, maxCapacity, suspended } = before.scaling;
  // With a scale-down still open, the ledger knows how it was before that.
  const remembered = memory?.scaling?.remembered ?? suspended;
  const change = {
    action: "scale-down",
    step: STEPS.suspendScaling,
    target: resourceId,
    from: { minCapacity, maxCapacity, suspended, remembered },
    to: { suspended: ALL_SUSPENDED },
  } as const;
  const { after } = await makeChange(context.record, context.deps.context, change, async () => {
    const after = await setSuspension(context, resourceId, ALL_SUSPENDED);
    return { outcome: { ...after }, after };
  });
  return after;
}

/** Gives scaling its former state back. */
export async function resumeScaling(
  context: ChangeContext,
  live: LiveScaling,
  remembered: Suspension,
): Promise<LiveScaling> {
  const change = {
    action: "restore-service",
    step: STEPS.resumeScaling,
    target: live.resourceId,
    from: { minCapacity: live.minCapacity, maxCapacity: live.maxCapacity, suspended: live.suspended },
    to: { suspended: remembered },
  } as const;
  const { after } = await makeChange(context.record, context.deps.context, change, async () => {
    const after = await setSuspension(context, live.resourceId, remembered);
    return { outcome: { ...after }, after };
  });
  return after;
}

/** Sets the state if it is another, and reads it back. */
async function setSuspension(
  { aws, deps, record }: ChangeContext,
  resourceId: string,
  wanted: Suspension,
): Promise<LiveScaling> {
  const now = await readScaling(aws, record.target);
  if (now && !sameSuspension(now.suspended, wanted)) {
    await aws.scaling.send(
      new RegisterScalableTargetCommand({
        ServiceNamespace: "ecs",
        ResourceId: resourceId,
        ScalableDimension: "ecs:service:DesiredCount",
        SuspendedState: {
          DynamicScalingInSuspended: wanted.dynamicScalingIn,
          DynamicScalingOutSuspended: wanted.dynamicScalingOut,
          ScheduledScalingSuspended: wanted.scheduledScaling,
        },
      }),
    );
    deps.log.info(`scaling  ${resourceId}: suspended state set to ${JSON.stringify(wanted)}`);
  }
  const after = await readScaling(aws, record.target);
  if (after && sameSuspension(after.suspended, wanted)) return after;
  throw failed(
    "scaling-not-set",
    `Application Auto Scaling does not have the suspended state that was set for ${resourceId}.`,
    "See who else changes it (CloudTrail, RegisterScalableTarget), then contain again.",
  );
}
