/** Puts a planned world into the simulated AWS. */
import type { PlannedMcp, WorldPlan } from "./plan.ts";
import type { Platform } from "./platform.ts";
import type { Scenario } from "./schema.ts";
import { DEFAULT_BRANCH, OWNER_ID, REPOSITORY_ID } from "./seed-github.ts";

/** The roles' maximum session duration: the workflows ask for two hours. */
const MAX_SESSION_SECONDS = 7200;

type Seeded = Pick<Platform, "aws" | "ecs" | "autoscaling" | "ssm" | "logs" | "kms">;

export function seedAws(platform: Seeded, scenario: Scenario, plan: WorldPlan): void {
  seedBuckets(platform, scenario, plan);
  seedTrusts(platform, scenario, plan);
  seedSigningKey(platform, plan);
  for (const mcp of plan.mcps) {
    seedParameter(platform, mcp);
    seedService(platform, mcp, plan);
    seedLogs(platform, mcp);
    platform.aws.s3.seedMany(mcp.target.auditBucket, mcp.auditObjects());
  }
  seedTrail(platform, plan);
}

function seedBuckets({ aws }: Seeded, scenario: Scenario, plan: WorldPlan): void {
  const target = plan.mcps[0]?.target;
  if (!target) return;
  const { mode, retention_days: retentionDays } = scenario.aws.vault;
  aws.s3.createBucket(target.vault, {
    lock: { defaultRetention: { mode, days: retentionDays } },
    policy: denyDeletion(target.vault),
  });
  if (target.auditBucket !== target.vault) {
    aws.s3.createBucket(target.auditBucket, { policy: denyDeletion(target.auditBucket) });
  }
}

function denyDeletion(bucket: string): object {
  return {
    Version: "2012-10-17",
    Statement: [
      {
        Sid: "DenyDeletion",
        Effect: "Deny",
        Principal: "*",
        Action: ["s3:DeleteObject", "s3:DeleteObjectVersion"],
        Resource: `arn:aws:s3:::${bucket}/*`,
      },
    ],
  };
}

/** By default the evidence role trusts the default branch, the containment role the GitHub environment. */
function seedTrusts({ aws }: Seeded, scenario: Scenario, plan: WorldPlan): void {
  const target = plan.mcps[0]?.target;
  if (!target) return;
  const { name, immutable_subject } = scenario.repository;
  const [owner = "", repo = ""] = name.split("/");
  const repository = immutable_subject ? `${owner}@${OWNER_ID}/${repo}@${REPOSITORY_ID}` : name;
  const { evidence, containment } = scenario.aws.roles;
  const shared = { audience: "sts.amazonaws.com", maxDurationSeconds: MAX_SESSION_SECONDS };
  aws.sts.trust({
    ...shared,
    roleArn: target.evidenceRole,
    subjects: evidence.subjects ?? [`repo:${repository}:ref:refs/heads/${DEFAULT_BRANCH}`],
  });
  aws.sts.trust({
    ...shared,
    roleArn: target.containmentRole,
    subjects: containment.subjects ?? [`repo:${repository}:environment:${target.githubEnvironment}`],
  });
}

/** The key that the runbook names by alias; one named by its ARN is nowhere in the drill, and captures go unsigned. */
function seedSigningKey({ kms }: Seeded, { mcps, start }: WorldPlan): void {
  const name = mcps[0]?.target.signingKey ?? null;
  const [alias] = /alias\/.+$/.exec(name ?? "") ?? [];
  if (alias !== undefined) kms.store.seed({ alias, createdAt: start - 200 * 86_400_000 });
}

function seedParameter({ ssm }: Seeded, { target, versions }: PlannedMcp): void {
  for (const { value, modifiedAt, modifiedBy, labels } of versions) {
    ssm.store.seed({ name: target.parameter, value, modifiedAt, modifiedBy, labels });
  }
}

function seedService({ ecs, autoscaling }: Seeded, mcp: PlannedMcp, plan: WorldPlan): void {
  const { settings, target } = mcp;
  const running = mcp.tasks.filter(({ endedAt }) => endedAt === null);
  ecs.seed({
    clusters: [target.cluster],
    taskDefinitions: [
      {
        family: target.service,
        revision: 17,
        registeredAt: plan.start - 12 * 86_400_000,
        containers: settings.containers.map(({ name, image, stream_prefix }) => ({
          name,
          image:
            image ?? `${plan.accountId}.dkr.ecr.${plan.region}.amazonaws.com/${target.service}:2026.11.3`,
          environment: { LOG_LEVEL: "info", MCP_NAME: settings.name },
          secrets: { AZURE_CLIENT_SECRET: target.parameter },
          awslogs: { group: target.logGroup, streamPrefix: stream_prefix },
          startLines: ["INFO:     Started server process [1]", "INFO:     Application startup complete."],
          stopLines: ["INFO:     Shutting down", "INFO:     Finished server process [1]"],
        })),
      },
    ],
    services: [
      {
        name: target.service,
        cluster: target.cluster,
        taskDefinition: `${target.service}:17`,
        desiredCount: settings.tasks,
        tasks: running.map(({ id, startedAt }) => ({ id, startedAt })),
      },
    ],
  });
  if (settings.autoscaling === null) return;
  const { min, max } = settings.autoscaling;
  autoscaling.seed({
    resourceId: `service/${target.cluster}/${target.service}`,
    minCapacity: min,
    maxCapacity: max,
    policies: [{ name: "cpu", metric: "ECSServiceAverageCPUUtilization", targetValue: 60 }],
  });
}

function seedLogs({ logs }: Seeded, { tasks, target }: PlannedMcp): void {
  logs.store.seedGroup({ name: target.logGroup, retentionInDays: 90 });
  for (const stream of tasks.flatMap((task) => task.streams)) {
    const { group, name, createdAt, generator, attack } = stream;
    logs.store.seedStream({ group, name, createdAt, generator, events: attack });
  }
}

function seedTrail({ aws }: Seeded, plan: WorldPlan): void {
  for (const { target, tasks } of plan.mcps) {
    for (const { startedAt } of tasks) {
      aws.cloudtrail.seed({
        eventName: "GetParameters",
        eventTime: startedAt - 20_000,
        eventSource: "ssm.amazonaws.com",
        username: `${target.service}-execution`,
        resources: [{ type: "AWS::SSM::Parameter", name: target.parameter }],
      });
    }
  }
  for (const { at, username, sourceIp, parameter } of plan.parameterReads) {
    aws.cloudtrail.seed({
      eventName: "GetParameter",
      eventTime: at,
      eventSource: "ssm.amazonaws.com",
      username,
      sourceIpAddress: sourceIp,
      resources: [{ type: "AWS::SSM::Parameter", name: parameter }],
    });
  }
}
