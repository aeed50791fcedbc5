import {
  DescribeScalableTargetsCommand,
  DescribeScalingPoliciesCommand,
} from "@aws-sdk/client-application-auto-scaling";
import type { SourceContext } from "../context.ts";
import { pages } from "../pages.ts";

/** The service's scalable targets and scaling policies, as Application Auto Scaling has them. Read-only. */
export async function describeScaling(
  context: SourceContext,
): Promise<{ scalableTargets: unknown[]; scalingPolicies: unknown[] }> {
  const { scaling } = context.aws;
  const resource = `service/${context.target.cluster}/${context.target.service}`;
  const scalableTargets: unknown[] = [];
  const scalingPolicies: unknown[] = [];
  const targets = pages(
    context.clock,
    (token) =>
      scaling.send(
        new DescribeScalableTargetsCommand({
          ServiceNamespace: "ecs",
          ResourceIds: [resource],
          ...(token ? { NextToken: token } : {}),
        }),
      ),
    ({ NextToken }) => NextToken,
  );
  for await (const { ScalableTargets } of targets) scalableTargets.push(...(ScalableTargets ?? []));
  const policies = pages(
    context.clock,
    (token) =>
      scaling.send(
        new DescribeScalingPoliciesCommand({
          ServiceNamespace: "ecs",
          ResourceId: resource,
          ...(token ? { NextToken: token } : {}),
        }),
      ),
    ({ NextToken }) => NextToken,
  );
  for await (const { ScalingPolicies } of policies) scalingPolicies.push(...(ScalingPolicies ?? []));
  return { scalableTargets, scalingPolicies };
}
