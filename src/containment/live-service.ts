import {
  DescribeScalableTargetsCommand,
  type ScalableTarget,
  type SuspendedState,
} from "@aws-sdk/client-application-auto-scaling";
import { type Deployment, DescribeServicesCommand, type Service } from "@aws-sdk/client-ecs";
import { FirebreakError } from "../errors.ts";
import type { Aws } from "../ports.ts";
import type { Target } from "../runbook/target.ts";

/** Which kinds of scaling are suspended; `true` is suspended. */
export interface Suspension {
  dynamicScalingIn: boolean;
  dynamicScalingOut: boolean;
  scheduledScaling: boolean;
}

export interface LiveScaling {
  /** `service/<cluster>/<service>`. */
  resourceId: string;
  minCapacity: number;
  maxCapacity: number;
  suspended: Suspension;
}

export interface LiveService {
  arn: string;
  taskDefinition: string;
  desiredCount: number;
  runningCount: number;
  pendingCount: number;
  deployments: Deployment[];
  /** ECS's own sentences, newest first. */
  events: { at: Date; message: string }[];
  /** Null when Application Auto Scaling does not manage the service. */
  scaling: LiveScaling | null;
}

export const ALL_SUSPENDED: Suspension = {
  dynamicScalingIn: true,
  dynamicScalingOut: true,
  scheduledScaling: true,
};

/** Reads the service and its scalable target. @throws FirebreakError when there is no such service, or Firebreak cannot act on it. */
export async function readService(aws: Aws, target: Target): Promise<LiveService> {
  const [service, scaling] = await Promise.all([describe(aws, target), readScaling(aws, target)]);
  return { ...service, scaling };
}

/** The service alone. @throws FirebreakError as `readService`. */
export async function describe(aws: Aws, target: Target): Promise<Omit<LiveService, "scaling">> {
  const { cluster, service: name } = target;
  let service: Service | undefined;
  try {
    const { services } = await aws.ecs.send(new DescribeServicesCommand({ cluster, services: [name] }));
    service = services?.[0];
  } catch (error) {
    if (!(error instanceof Error) || error.name !== "ClusterNotFoundException") throw error;
  }
  if (!service?.serviceArn || !service.taskDefinition || service.status !== "ACTIVE") throw missing(target);
  refuseForeignKinds(service, target);
  return {
    arn: service.serviceArn,
    taskDefinition: service.taskDefinition,
    desiredCount: service.desiredCount ?? 0,
    runningCount: service.runningCount ?? 0,
    pendingCount: service.pendingCount ?? 0,
    deployments: service.deployments ?? [],
    events: (service.events ?? []).map(({ createdAt, message }) => ({
      at: createdAt ?? new Date(0),
      message: message ?? "",
    })),
  };
}

/** The scalable target of the service's desired count; null when there is none. */
export async function readScaling(aws: Aws, target: Target): Promise<LiveScaling | null> {
  const resourceId = `service/${target.cluster}/${target.service}`;
  const { ScalableTargets } = await aws.scaling.send(
    new DescribeScalableTargetsCommand({
      ServiceNamespace: "ecs",
      ResourceIds: [resourceId],
      ScalableDimension: "ecs:service:DesiredCount",
    }),
  );
  const found: ScalableTarget | undefined = ScalableTargets?.[0];
  if (!found) return null;
  return {
    resourceId,
    minCapacity: found.MinCapacity ?? 0,
    maxCapacity: found.MaxCapacity ?? 0,
    suspended: suspension(found.SuspendedState),
  };
}

export function fullySuspended({
  dynamicScalingIn,
  dynamicScalingOut,
  scheduledScaling,
}: Suspension): boolean {
  return dynamicScalingIn && dynamicScalingOut && scheduledScaling;
}

export function sameSuspension(a: Suspension, b: Suspension): boolean {
  return (
    a.dynamicScalingIn === b.dynamicScalingIn &&
    a.dynamicScalingOut === b.dynamicScalingOut &&
    a.scheduledScaling === b.scheduledScaling
  );
}

/** Absent members mean "not suspended" (https://docs.aws.amazon.com/autoscaling/application/APIReference/API_SuspendedState.html). */
function suspension(state: SuspendedState | undefined): Suspension {
  return {
    dynamicScalingIn: state?.DynamicScalingInSuspended ?? false,
    dynamicScalingOut: state?.DynamicScalingOutSuspended ?? false,
    scheduledScaling: state?.ScheduledScalingSuspended ?? false,
  };
}

/**
 * A desired count is only settable for REPLICA services, a new deployment only forced under ECS's own controller
 * (https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_UpdateService.html).
 */
function refuseForeignKinds(service: Service, target: Target): void {
  const controller = service.deploymentController?.type ?? "ECS";
  const strategy = service.schedulingStrategy ?? "REPLICA";
  if (controller === "ECS" && strategy === "REPLICA") return;
  throw new FirebreakError(
    "unsupported-service",
    `The ECS service ${target.service} has the deployment controller ${controller} and the scheduling strategy ${strategy}; Firebreak contains REPLICA services under the ECS controller.`,
    "Contain this service by hand, after preserve.yml has sealed the evidence.",
  );
}

function missing({ cluster, service, region }: Target): FirebreakError {
  return new FirebreakError(
    "service-missing",
    `There is no active ECS service ${service} in the cluster ${cluster} (${region}).`,
    "Check naming.service, and the environment's cluster and region, in the runbook.",
  );
}
