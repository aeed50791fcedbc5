import {
  DescribeScalableTargetsCommand,
  DescribeScalingActivitiesCommand,
  DescribeScalingPoliciesCommand,
  RegisterScalableTargetCommand,
} from "@aws-sdk/client-application-auto-scaling";
import { UpdateServiceCommand } from "@aws-sdk/client-ecs";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { type Platform, seedService, startPlatform, until } from "./ecs-platform.ts";

const ResourceId = "service/mcps/mcp-jira";
const target = {
  ServiceNamespace: "ecs" as const,
  ScalableDimension: "ecs:service:DesiredCount" as const,
  ResourceId,
};

let platform: Platform;
beforeEach(async () => {
  platform = await startPlatform({ speed: 500, autoscaling: { evaluationMs: 10_000, reactionMs: 60_000 } });
  seedService(platform);
  platform.autoscaling.seed({
    resourceId: ResourceId,
    minCapacity: 2,
    maxCapacity: 6,
    policies: [{ name: "cpu", metric: "ECSServiceAverageCPUUtilization", targetValue: 60 }],
  });
});
afterEach(() => platform.close());

const register = (input: object) =>
  platform.clients.autoscaling.send(new RegisterScalableTargetCommand({ ...target, ...input }));

async function describeTarget() {
  const { ScalableTargets } = await platform.clients.autoscaling.send(
    new DescribeScalableTargetsCommand({ ServiceNamespace: "ecs", ResourceIds: [ResourceId] }),
  );
  return ScalableTargets?.[0];
}

function scaleTo(desiredCount: number) {
  return platform.clients.ecs.send(
    new UpdateServiceCommand({ cluster: "mcps", service: "mcp-jira", desiredCount }),
  );
}

describe("a service set to 0", () => {
  test("is scaled back up to its minimum, with an activity that says why", async () => {
    await scaleTo(0);
    await until(platform.clock, () => (platform.ecs.scaling.desiredCount(ResourceId) === 2 ? true : null));
    const { ScalingActivities } = await platform.clients.autoscaling.send(
      new DescribeScalingActivitiesCommand({ ServiceNamespace: "ecs", ResourceId }),
    );
    expect(ScalingActivities).toHaveLength(1);
    expect(ScalingActivities?.[0]).toMatchObject({
      Description: "Setting desired count to 2.",
      StatusCode: "Successful",
      StatusMessage: "Successfully set desired count to 2. Change successfully fulfilled by ecs.",
      Cause: expect.stringMatching(/^monitor alarm TargetTracking-.* in state ALARM triggered policy cpu$/),
    });
  });

  test("stays at 0 while scaling out is suspended, and comes back once it is resumed", async () => {
    await register({ SuspendedState: { DynamicScalingOutSuspended: true } });
    await scaleTo(0);
    await platform.clock.sleep(300_000);
    expect(platform.ecs.scaling.desiredCount(ResourceId)).toBe(0);
    await register({ SuspendedState: { DynamicScalingOutSuspended: false } });
    await until(platform.clock, () => (platform.ecs.scaling.desiredCount(ResourceId) === 2 ? true : null));
  });
});

describe("RegisterScalableTarget", () => {
  test("changes only what it is given", async () => {
    const before = await describeTarget();
    expect(before).toMatchObject({
      MinCapacity: 2,
      MaxCapacity: 6,
      SuspendedState: {
        DynamicScalingInSuspended: false,
        DynamicScalingOutSuspended: false,
        ScheduledScalingSuspended: false,
      },
    });
    await register({ SuspendedState: { DynamicScalingInSuspended: true } });
    await register({ MinCapacity: 1, SuspendedState: { ScheduledScalingSuspended: true } });
    expect(await describeTarget()).toMatchObject({
      MinCapacity: 1,
      MaxCapacity: 6,
      ScalableTargetARN: before?.ScalableTargetARN,
      SuspendedState: {
        DynamicScalingInSuspended: true,
        DynamicScalingOutSuspended: false,
        ScheduledScalingSuspended: true,
      },
    });
  });

  test.each([
    [
      "a minimum above the maximum",
      { MinCapacity: 7 },
      "Maximum capacity cannot be less than minimum capacity",
    ],
    [
      "a service that is not there",
      { ResourceId: "service/mcps/none" },
      "ECS service doesn't exist: service/mcps/none",
    ],
    [
      "a negative minimum",
      { MinCapacity: -1 },
      "1 validation error detected: Value '-1' at 'minCapacity' failed to satisfy constraint: Member must have value greater than or equal to 0",
    ],
  ])("refuses %s", async (_what, input, message) => {
    await expect(register(input)).rejects.toMatchObject({ name: "ValidationException", message });
    expect(await describeTarget()).toMatchObject({ MinCapacity: 2, MaxCapacity: 6 });
  });
});

test("a service without a scalable target has none; policies are listed with their target", async () => {
  const none = await platform.clients.autoscaling.send(
    new DescribeScalableTargetsCommand({ ServiceNamespace: "ecs", ResourceIds: ["service/mcps/other"] }),
  );
  expect(none.ScalableTargets).toEqual([]);
  const { ScalingPolicies } = await platform.clients.autoscaling.send(
    new DescribeScalingPoliciesCommand({ ServiceNamespace: "ecs", ResourceId }),
  );
  expect(ScalingPolicies?.[0]).toMatchObject({
    PolicyName: "cpu",
    TargetTrackingScalingPolicyConfiguration: { TargetValue: 60 },
  });
});
