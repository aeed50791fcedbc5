/** The roles that a service's tasks run with, as a small platform team would have written them. */
import type { IamStore } from "./store.ts";

const EXECUTION_POLICY = "arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy";

/** Seeds `<service>-task` and `<service>-execution`; the latter reads the parameter when a task starts. */
export function seedTaskRoles(
  store: IamStore,
  facts: { service: string; accountId: string; region: string; parameter: string; now: number },
): void {
  const { service, accountId, region, parameter, now } = facts;
  const createdAt = now - 400 * 86_400_000;
  const parameterArn = `arn:aws:ssm:${region}:${accountId}:parameter/${parameter.replace(/^\//, "")}`;
  const shared = {
    createdAt,
    trust: trust(accountId),
    tags: { service },
    lastUsed: { at: now - 600_000, region },
  };
  store.seedPolicy({ arn: EXECUTION_POLICY, documents: [executionPolicy], createdAt });
  store.seedRole({
    ...shared,
    name: `${service}-task`,
    description: `What the code of ${service} may do`,
    inline: { "write-audit-log": allow(["s3:PutObject"], `arn:aws:s3:::*-audit-*/*`) },
  });
  store.seedRole({
    ...shared,
    name: `${service}-execution`,
    description: `What ECS may do to start ${service}`,
    attached: [EXECUTION_POLICY],
    inline: { "read-client-secret": allow(["ssm:GetParameters"], parameterArn) },
  });
}

function trust(accountId: string): object {
  return {
    Version: "2012-10-17",
    Statement: [
      {
        Effect: "Allow",
        Principal: { Service: "ecs-tasks.amazonaws.com" },
        Action: "sts:AssumeRole",
        Condition: { StringEquals: { "aws:SourceAccount": accountId } },
      },
    ],
  };
}

function allow(actions: string[], resource: string): object {
  return { Version: "2012-10-17", Statement: [{ Effect: "Allow", Action: actions, Resource: resource }] };
}

/** https://docs.aws.amazon.com/aws-managed-policy/latest/reference/AmazonECSTaskExecutionRolePolicy.html */
const executionPolicy = allow(
  [
    "ecr:GetAuthorizationToken",
    "ecr:BatchCheckLayerAvailability",
    "ecr:GetDownloadUrlForLayer",
    "ecr:BatchGetImage",
    "logs:CreateLogStream",
    "logs:PutLogEvents",
  ],
  "*",
);
