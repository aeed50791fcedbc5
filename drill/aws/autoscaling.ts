/**
 * Simulated Application Auto Scaling for ECS services.
 *
 * What it is here for: a service whose desired count lies below its minimum capacity is scaled back up, unless
 * scaling out is suspended. A responder who sets a service to 0 and forgets this finds it running again.
 */
import { z } from "zod";
import type { SimClock } from "../contracts.ts";
import type { Random } from "../random.ts";
import { AwsError } from "./errors.ts";
import { decodeToken, encodeToken, readInput } from "./input.ts";
import type { CallContext, JsonOperation, JsonService, Quota } from "./service.ts";

/** What is scaled; implemented by the simulated ECS. Resource ids are `service/<cluster>/<service>`. */
export interface ScalableServices {
  /** Null when there is no such service. */
  desiredCount(resourceId: string): number | null;
  setDesiredCount(resourceId: string, desiredCount: number): void;
}

export interface SuspendedState {
  DynamicScalingInSuspended: boolean;
  DynamicScalingOutSuspended: boolean;
  ScheduledScalingSuspended: boolean;
}

export interface ScalableTargetSeed {
  /** `service/<cluster>/<service>` */
  resourceId: string;
  minCapacity: number;
  maxCapacity: number;
  suspended?: Partial<SuspendedState>;
  /** Target tracking policies on a predefined metric. */
  policies?: readonly { name: string; metric: string; targetValue: number }[];
}

export interface AutoscalingOptions {
  clock: SimClock;
  random: Random;
  services: ScalableServices;
  /** How often the alarms behind the policies are evaluated, in simulated ms; one minute when absent. */
  evaluationMs?: number;
  /** How long a service stays below its minimum until it is scaled up, in simulated ms; 1 to 3 minutes when absent. */
  reactionMs?: number;
}

export interface Autoscaling {
  readonly service: JsonService;
  seed(target: ScalableTargetSeed): void;
  /** Stops the evaluation. */
  close(): void;
  /** For the drill's report. */
  state(): object[];
}

interface Target {
  readonly resourceId: string;
  min: number;
  max: number;
  readonly createdAt: number;
  readonly arnSuffix: string;
  readonly suspended: SuspendedState;
  readonly policies: readonly Policy[];
  belowSince: number | null;
}

interface Policy {
  readonly id: string;
  readonly name: string;
  readonly metric: string;
  readonly targetValue: number;
}

interface Activity {
  readonly id: string;
  readonly resourceId: string;
  readonly at: number;
  readonly desiredCount: number;
  readonly cause: string;
}

const DIMENSION = "ecs:service:DesiredCount";

export function createAutoscaling(options: AutoscalingOptions): Autoscaling {
  const scaler = new Scaler(options);
  return {
    service: {
      name: "autoscaling",
      targetPrefix: "AnyScaleFrontendService",
      throttleError: "ThrottlingException",
      eventSource: "autoscaling.amazonaws.com",
      quotas: QUOTAS,
      operations: {
        RegisterScalableTarget: registerTarget(scaler, options.services),
        DescribeScalableTargets: describeTargets(scaler),
        DescribeScalingPolicies: describePolicies(scaler),
        DescribeScalingActivities: describeActivities(scaler),
      },
    },
    seed: (seed) => scaler.add(seed),
    close: () => scaler.close(),
    state: () => [...scaler.targets.values()].map((target) => describeState(target, scaler.activities)),
  };
}

/** Holds the scalable targets and scales out those below their minimum. */
class Scaler {
  readonly targets = new Map<string, Target>();
  /** Newest first. */
  readonly activities: Activity[] = [];
  readonly #clock: SimClock;
  readonly #random: Random;
  readonly #services: ScalableServices;
  readonly #evaluationMs: number;
  readonly #reactionMs: number;
  #cancel: () => void = () => {};

  constructor({ clock, random, services, evaluationMs = 60_000, reactionMs }: AutoscalingOptions) {
    this.#clock = clock;
    this.#random = random;
    this.#services = services;
    this.#evaluationMs = evaluationMs;
    this.#reactionMs = reactionMs ?? random.integer(60_000, 180_000);
    this.#evaluateLater();
  }

  add({ resourceId, minCapacity, maxCapacity, suspended, policies = [] }: ScalableTargetSeed): Target {
    const target: Target = {
      resourceId,
      min: minCapacity,
      max: maxCapacity,
      createdAt: this.#clock.now(),
      arnSuffix: `0ec5${this.#random.hex(32)}`,
      suspended: {
        DynamicScalingInSuspended: false,
        DynamicScalingOutSuspended: false,
        ScheduledScalingSuspended: false,
        ...suspended,
      },
      policies: policies.map((policy) => ({ ...policy, id: uuid(this.#random) })),
      belowSince: null,
    };
    this.targets.set(resourceId, target);
    return target;
  }

  close(): void {
    this.#cancel();
  }

  #evaluateLater(): void {
    this.#cancel = this.#clock.after(this.#evaluationMs, () => {
      for (const target of this.targets.values()) this.#scaleOut(target);
      this.#evaluateLater();
    });
  }

  /** https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-auto-scaling.html */
  #scaleOut(target: Target): void {
    const desired = this.#services.desiredCount(target.resourceId);
    const idle = desired === null || desired >= target.min || target.suspended.DynamicScalingOutSuspended;
    if (idle) {
      target.belowSince = null;
      return;
    }
    const now = this.#clock.now();
    target.belowSince ??= now;
    if (now - target.belowSince < this.#reactionMs) return;
    target.belowSince = null;
    this.#services.setDesiredCount(target.resourceId, target.min);
    this.activities.unshift({
      id: uuid(this.#random),
      resourceId: target.resourceId,
      at: now,
      desiredCount: target.min,
      cause: causeOf(target),
    });
  }
}

function causeOf({ resourceId, min, policies: [policy] }: Target): string {
  return policy === undefined
    ? `minimum capacity was set to ${min}`
    : `monitor alarm ${alarmName(resourceId, "AlarmHigh", policy)} in state ALARM triggered policy ${policy.name}`;
}

function alarmName(resourceId: string, kind: "AlarmHigh" | "AlarmLow", { id }: Policy): string {
  return `TargetTracking-${resourceId}-${kind}-${id}`;
}

function uuid(random: Random): string {
  return [8, 4, 4, 4, 12].map((length) => random.hex(length)).join("-");
}

const resourceId = z.string().min(1).max(1600);
const namespace = z.literal("ecs");
const dimension = z.literal(DIMENSION);
const paging = { MaxResults: z.int().min(1).max(50).optional(), NextToken: z.string().optional() };

const RegisterInput = z.strictObject({
  ServiceNamespace: namespace,
  ScalableDimension: dimension,
  ResourceId: resourceId,
  MinCapacity: z.int().min(0).optional(),
  MaxCapacity: z.int().min(0).optional(),
  /** ECS always uses the service-linked role. */
  RoleARN: resourceId.optional(),
  SuspendedState: z
    .strictObject({
      DynamicScalingInSuspended: z.boolean().optional(),
      DynamicScalingOutSuspended: z.boolean().optional(),
      ScheduledScalingSuspended: z.boolean().optional(),
    })
    .optional(),
});

/**
 * Whatever is left out keeps its value, in `SuspendedState` too.
 * https://docs.aws.amazon.com/autoscaling/application/APIReference/API_RegisterScalableTarget.html
 */
function registerTarget(scaler: Scaler, services: ScalableServices): JsonOperation {
  return (raw, context) => {
    const input = readInput(RegisterInput, raw, "ValidationException", "RegisterScalableTarget");
    context.log(input.ResourceId);
    if (services.desiredCount(input.ResourceId) === null) {
      throw new AwsError("ValidationException", `ECS service doesn't exist: ${input.ResourceId}`);
    }
    const known = scaler.targets.get(input.ResourceId);
    const minCapacity = input.MinCapacity ?? known?.min;
    const maxCapacity = input.MaxCapacity ?? known?.max;
    if (minCapacity === undefined || maxCapacity === undefined) {
      throw new AwsError(
        "ValidationException",
        "MinCapacity and MaxCapacity must be specified when registering a new scalable target",
      );
    }
    if (minCapacity > maxCapacity) {
      throw new AwsError("ValidationException", "Maximum capacity cannot be less than minimum capacity");
    }
    const target = known ?? scaler.add({ resourceId: input.ResourceId, minCapacity, maxCapacity });
    target.min = minCapacity;
    target.max = maxCapacity;
    Object.assign(target.suspended, input.SuspendedState);
    return { ScalableTargetARN: targetArn(target, context) };
  };
}

const TargetsInput = z.strictObject({
  ServiceNamespace: namespace,
  ScalableDimension: dimension.optional(),
  ResourceIds: z.array(resourceId).max(50).optional(),
  ...paging,
});

/** https://docs.aws.amazon.com/autoscaling/application/APIReference/API_DescribeScalableTargets.html */
function describeTargets(scaler: Scaler): JsonOperation {
  return (raw, context) => {
    const input = readInput(TargetsInput, raw, "ValidationException", "DescribeScalableTargets");
    context.log(input.ResourceIds?.join(" ") ?? "*");
    const found = [...scaler.targets.values()].filter(
      (target) => input.ResourceIds === undefined || input.ResourceIds.includes(target.resourceId),
    );
    return page(
      "ScalableTargets",
      found.map((target) => describeTarget(target, context)),
      input,
    );
  };
}

const PoliciesInput = z.strictObject({
  ServiceNamespace: namespace,
  ScalableDimension: dimension.optional(),
  ResourceId: resourceId.optional(),
  PolicyNames: z.array(resourceId).max(50).optional(),
  ...paging,
});

/** https://docs.aws.amazon.com/autoscaling/application/APIReference/API_DescribeScalingPolicies.html */
function describePolicies(scaler: Scaler): JsonOperation {
  return (raw, context) => {
    const input = readInput(PoliciesInput, raw, "ValidationException", "DescribeScalingPolicies");
    context.log(input.ResourceId ?? "*");
    const found = [...scaler.targets.values()]
      .filter((target) => input.ResourceId === undefined || input.ResourceId === target.resourceId)
      .flatMap((target) => target.policies.map((policy) => ({ target, policy })))
      .filter(({ policy }) => input.PolicyNames === undefined || input.PolicyNames.includes(policy.name));
    return page(
      "ScalingPolicies",
      found.map(({ target, policy }) => describePolicy(target, policy, context)),
      input,
    );
  };
}

const ActivitiesInput = z.strictObject({
  ServiceNamespace: namespace,
  ScalableDimension: dimension.optional(),
  ResourceId: resourceId.optional(),
  ...paging,
});

/** Newest first. https://docs.aws.amazon.com/autoscaling/application/APIReference/API_DescribeScalingActivities.html */
function describeActivities(scaler: Scaler): JsonOperation {
  return (raw, context) => {
    const input = readInput(ActivitiesInput, raw, "ValidationException", "DescribeScalingActivities");
    context.log(input.ResourceId ?? "*");
    const found = scaler.activities.filter(
      (activity) => input.ResourceId === undefined || input.ResourceId === activity.resourceId,
    );
    return page("ScalingActivities", found.map(describeActivity), input);
  };
}

function page(
  member: string,
  all: readonly object[],
  { MaxResults = 50, NextToken }: { MaxResults?: number | undefined; NextToken?: string | undefined },
): object {
  const start = NextToken === undefined ? 0 : decodeToken(NextToken)?.[0];
  if (typeof start !== "number") {
    throw new AwsError("InvalidNextTokenException", "The next token supplied was invalid.");
  }
  const next = start + MaxResults;
  return {
    [member]: all.slice(start, next),
    ...(next < all.length ? { NextToken: encodeToken([next]) } : {}),
  };
}

function targetArn({ arnSuffix }: Target, { region, accountId }: CallContext): string {
  return `arn:aws:application-autoscaling:${region}:${accountId}:scalable-target/${arnSuffix}`;
}

function describeTarget(target: Target, context: CallContext): object {
  return {
    ServiceNamespace: "ecs",
    ResourceId: target.resourceId,
    ScalableDimension: DIMENSION,
    MinCapacity: target.min,
    MaxCapacity: target.max,
    RoleARN: `arn:aws:iam::${context.accountId}:role/aws-service-role/ecs.application-autoscaling.amazonaws.com/AWSServiceRoleForApplicationAutoScaling_ECSService`,
    CreationTime: target.createdAt / 1000,
    SuspendedState: { ...target.suspended },
    ScalableTargetARN: targetArn(target, context),
  };
}

function describePolicy(target: Target, policy: Policy, { region, accountId }: CallContext): object {
  return {
    PolicyARN: `arn:aws:autoscaling:${region}:${accountId}:scalingPolicy:${policy.id}:resource/ecs/${target.resourceId}:policyName/${policy.name}`,
    PolicyName: policy.name,
    ServiceNamespace: "ecs",
    ResourceId: target.resourceId,
    ScalableDimension: DIMENSION,
    PolicyType: "TargetTrackingScaling",
    TargetTrackingScalingPolicyConfiguration: {
      TargetValue: policy.targetValue,
      PredefinedMetricSpecification: { PredefinedMetricType: policy.metric },
    },
    Alarms: (["AlarmHigh", "AlarmLow"] as const).map((kind) => {
      const name = alarmName(target.resourceId, kind, policy);
      return { AlarmName: name, AlarmARN: `arn:aws:cloudwatch:${region}:${accountId}:alarm:${name}` };
    }),
    CreationTime: target.createdAt / 1000,
  };
}

function describeActivity({ id, resourceId: service, at, desiredCount, cause }: Activity): object {
  return {
    ActivityId: id,
    ServiceNamespace: "ecs",
    ResourceId: service,
    ScalableDimension: DIMENSION,
    Description: `Setting desired count to ${desiredCount}.`,
    Cause: cause,
    StartTime: at / 1000,
    EndTime: at / 1000,
    StatusCode: "Successful",
    StatusMessage: `Successfully set desired count to ${desiredCount}. Change successfully fulfilled by ecs.`,
  };
}

function describeState(target: Target, activities: readonly Activity[]): object {
  return {
    resourceId: target.resourceId,
    minCapacity: target.min,
    maxCapacity: target.max,
    suspended: { ...target.suspended },
    activities: activities
      .filter((activity) => activity.resourceId === target.resourceId)
      .map(({ at, desiredCount, cause }) => ({ at: new Date(at).toISOString(), desiredCount, cause })),
  };
}

/** AWS publishes no request rates for this service. */
const QUOTAS: Readonly<Record<string, Quota>> = {
  "*": {
    ratePerSecond: 10,
    burst: 20,
    source:
      "https://docs.aws.amazon.com/autoscaling/application/userguide/application-auto-scaling-quotas.html (rate assumed, not published)",
  },
};
