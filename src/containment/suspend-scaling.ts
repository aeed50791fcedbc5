import { RegisterScalableTargetCommand } from "@aws-sdk/client-application-auto-scaling";
import { restoreCommand } from "../incident/commands.ts";
import type { PlanStep } from "../incident/plan.ts";
import type { Json } from "./changes.ts";
import { type ChangeContext, failed } from "./context.ts";
import type { LiveView, Position, Step, Undo } from "./engine/step.ts";
import {
  ALL_SUSPENDED,
  fullySuspended,
  type LiveScaling,
  readScaling,
  type Suspension,
  sameSuspension,
} from "./live-service.ts";
import { scaleDownMemory, suspensionSchema } from "./memory.ts";
import { STEPS } from "./steps.ts";

/**
 * Suspends all scaling of the service and remembers in the ledger how it was; minimum and maximum are not touched.
 * Application Auto Scaling would otherwise raise a service at 0 to its minimum again
 * (https://docs.aws.amazon.com/autoscaling/application/userguide/application-auto-scaling-suspend-resume-scaling.html).
 */
export const suspendScaling: Step = {
  id: STEPS.suspendScaling,
  async plan({ aws, target, incident }) {
    const scaling = await readScaling(aws, target);
    if (!scaling) return null;
    return {
      id: STEPS.suspendScaling,
      text: "Suspend Application Auto Scaling of the service, which would otherwise start tasks again",
      target: scaling.resourceId,
      from: scalingState(scaling),
      to: { suspended: ALL_SUSPENDED },
      effect: "The service does not scale by itself; minimum and maximum stay as they are",
      undo: `${restoreCommand({ id: incident, target })}, once the root cause is confirmed`,
    };
  },
  // With a scale-down still open, the ledger knows how it was before that.
  async remember({ record }, planned) {
    const suspended = scaleDownMemory(record.entries)?.scaling?.remembered ?? planned.from.suspended;
    return { remembered: suspended };
  },
  position,
  apply: suspendAsPlanned,
  verify: suspendedAsPlanned,
  get undo() {
    return resumeScaling;
  },
};

/** Gives scaling the state back that it had before the first scale-down that is still open. */
const resumeScaling: Undo = {
  id: STEPS.resumeScaling,
  async plan({ aws, target, entries }) {
    const memory = scaleDownMemory(entries);
    const scaling = await readScaling(aws, target);
    if (!memory?.scaling || !scaling) return null;
    const { remembered } = memory.scaling;
    return {
      id: STEPS.resumeScaling,
      text: "Give Application Auto Scaling back its former state",
      target: scaling.resourceId,
      from: scalingState(scaling),
      to: { suspended: remembered },
      effect: fullySuspended(remembered)
        ? "None: scaling was suspended before the incident, too"
        : "The service scales by itself again",
      undo: "Declare the incident anew, or dispatch contain.yml for this one",
    };
  },
  position,
  apply: suspendAsPlanned,
  verify: suspendedAsPlanned,
};

/** The scalable target as plans and ledger have it. */
export function scalingState({ minCapacity, maxCapacity, suspended }: LiveScaling): Json {
  return { minCapacity, maxCapacity, suspended };
}

async function position(view: LiveView, { from, to, target }: PlanStep): Promise<Position> {
  const now = await readScaling(view.aws, view.target);
  if (!now) return { at: "elsewhere", drift: [`${target} was a scalable target and is none`] };
  if (sameSuspension(now.suspended, suspension(to))) return { at: "to", outcome: scalingState(now) };
  if (sameSuspension(now.suspended, suspension(from))) return { at: "from" };
  const [was, is] = [suspension(from), now.suspended].map((state) => JSON.stringify(state));
  return { at: "elsewhere", drift: [`its suspended state was ${was} and is ${is}`] };
}

async function suspendAsPlanned({ aws, deps }: ChangeContext, planned: PlanStep): Promise<Json> {
  const wanted = suspension(planned.to);
  await aws.scaling.send(
    new RegisterScalableTargetCommand({
      ServiceNamespace: "ecs",
      ResourceId: planned.target,
      ScalableDimension: "ecs:service:DesiredCount",
      SuspendedState: {
        DynamicScalingInSuspended: wanted.dynamicScalingIn,
        DynamicScalingOutSuspended: wanted.dynamicScalingOut,
        ScheduledScalingSuspended: wanted.scheduledScaling,
      },
    }),
  );
  deps.log.info(`scaling  ${planned.target}: suspended state set to ${JSON.stringify(wanted)}`);
  return { suspended: wanted };
}

async function suspendedAsPlanned({ aws, record }: ChangeContext, { to, target }: PlanStep): Promise<Json> {
  const after = await readScaling(aws, record.target);
  if (after && sameSuspension(after.suspended, suspension(to))) return { ...after };
  throw failed(
    "scaling-not-set",
    `Application Auto Scaling does not have the suspended state that was set for ${target}.`,
    "See who else changes it (CloudTrail, RegisterScalableTarget), then contain again.",
  );
}

function suspension(state: Json): Suspension {
  return suspensionSchema.parse(state.suspended);
}
