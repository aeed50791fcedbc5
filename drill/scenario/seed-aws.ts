/** Puts a planned world into the simulated AWS. */

import { resolveTarget } from "../../src/runbook/target.ts";
import { trustOf } from "../aws/access/trust.ts";
import { seedTaskRoles } from "../aws/iam/task-roles.ts";
import { maskEmailAddresses } from "../aws/logs/protection.ts";
import { tamperWithTrail } from "../aws/trail-tampering.ts";
import type { PlannedMcp, WorldPlan } from "./plan.ts";
import type { Platform } from "./platform.ts";
import type { Scenario } from "./schema.ts";
import { DEFAULT_BRANCH, OWNER_ID, REPOSITORY_ID } from "./seed-github.ts";
import {
  deliveryBucket,
  plannedStacks,
  policyOf,
  roleOf,
  type Stacks,
  stacksOf,
  trailBucket,
} from "./stacks.ts";

type Seeded = Pick<Platform, "aws" | "ecs" | "autoscaling" | "ssm" | "logs" | "kms">;

export function seedAws(platform: Seeded, scenario: Scenario, plan: WorldPlan): void {
  const stacks = plannedStacks(scenario, plan);
  seedBuckets(platform, scenario, plan, stacks);
  seedRoles(platform, scenario, plan, stacks);
  platform.aws.iam.store.propagationMs = scenario.aws.iam_propagation_seconds * 1000;
  seedSigningKey(platform, plan);
  for (const mcp of plan.mcps) {
    seedParameter(platform, mcp);
    seedService(platform, mcp, plan);
    seedLogs(platform, mcp, plan);
    platform.aws.s3.seedMany(mcp.target.auditBucket, mcp.auditObjects());
  }
  seedNeighbours(platform, scenario, plan);
  seedTrail(platform, plan);
  seedTrailFiles(platform, scenario, plan);
}

/** The vault and the bucket for log exports have the policies that infra/vault.yml gives them. */
function seedBuckets({ aws, logs }: Seeded, scenario: Scenario, plan: WorldPlan, stacks: Stacks): void {
  const target = plan.mcps[0]?.target;
  if (!target) return;
  const { mode, retention_days: retentionDays } = scenario.aws.vault;
  const { log_export } = scenario.aws;
  aws.s3.createBucket(target.vault, {
    lock: { defaultRetention: { mode, days: retentionDays } },
    policy: { Version: "2012-10-17", Statement: policyOf(stacks, "VaultBucketPolicy") },
  });
  if (target.logExportBucket !== null) {
    const statements = policyOf(stacks, "ExportBucketPolicy");
    const Statement = statements.filter(({ Effect }) => log_export.allowed || Effect === "Deny");
    aws.s3.createBucket(target.logExportBucket, { policy: { Version: "2012-10-17", Statement } });
  }
  aws.s3.createBucket(deliveryBucket(plan.environment));
  if (log_export.others_minutes > 0) logs.exports.occupy(log_export.others_minutes * 60_000);
  if (target.auditBucket !== target.vault) {
    aws.s3.createBucket(target.auditBucket, { policy: denyDeletion(target.auditBucket) });
  }
}

function denyDeletion(bucket: string): { Version: string; Statement: object[] } {
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

/** The `sub` of jobs that run on the default branch. */
export function evidenceSubject(scenario: Scenario): string {
  return `repo:${repositorySubject(scenario)}:ref:refs/heads/${DEFAULT_BRANCH}`;
}

/** The `sub` of jobs that run in the GitHub environments with reviewers. */
export function environmentSubjects(scenario: Scenario, plan: WorldPlan): string[] {
  const target = plan.mcps[0]?.target;
  return [target?.githubEnvironment, target?.breakGlassEnvironment]
    .filter((name) => name != null)
    .map((name) => `repo:${repositorySubject(scenario)}:environment:${name}`);
}

function repositorySubject({ repository: { name, immutable_subject } }: Scenario): string {
  const [owner = "", repo = ""] = name.split("/");
  return immutable_subject ? `${owner}@${OWNER_ID}/${repo}@${REPOSITORY_ID}` : name;
}

/** Whom the stacks' roles let in and what they allow; a scenario may give other OIDC subjects. */
function seedRoles({ aws }: Seeded, scenario: Scenario, plan: WorldPlan, stacks: Stacks): void {
  const target = plan.mcps[0]?.target;
  if (!target) return;
  const { evidence, containment } = scenario.aws.roles;
  const planned: [string, string | undefined, string[] | undefined][] = [
    ["EvidenceRole", target.evidenceRole, evidence.subjects],
    ["ContainmentRole", target.containmentRole, containment.subjects],
    ["BatchCopyRole", target.batchCopy?.role, undefined],
  ];
  for (const [logicalId, roleArn, subjects] of planned) {
    const role = roleOf(stacks, logicalId);
    if (!role || roleArn === undefined) continue;
    aws.access.enforce([{ ...role, arn: roleArn }]);
    aws.sts.trust({ ...trustOf(role), roleArn, ...(subjects ? { subjects } : {}) });
  }
}

/**
 * Of the runbook's other environments the vault and the evidence role are there, for the workflows that ask every
 * environment. They stand in for accounts of their own, which differ in their ids alone; one in another region is left out.
 */
function seedNeighbours({ aws }: Seeded, scenario: Scenario, plan: WorldPlan): void {
  for (const [environment, { mcps, region }] of Object.entries(plan.runbook.environments)) {
    if (environment === plan.environment || region !== plan.region) continue;
    const { accountId, vault, evidenceRole } = resolveTarget(plan.runbook, environment, mcps[0] ?? "");
    if (aws.s3.buckets().some(({ name }) => name === vault)) continue;
    const stacks = stacksOf(scenario, plan, { environment, accountId, region });
    const role = roleOf(stacks, "EvidenceRole");
    if (!role) continue;
    const { mode, retention_days: days } = scenario.aws.vault;
    aws.s3.createBucket(vault, {
      lock: { defaultRetention: { mode, days } },
      policy: { Version: "2012-10-17", Statement: policyOf(stacks, "VaultBucketPolicy") },
    });
    aws.access.enforce([{ ...role, arn: evidenceRole }]);
    aws.sts.trust({ ...trustOf(role), roleArn: evidenceRole });
  }
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

function seedService({ aws, ecs, autoscaling }: Seeded, mcp: PlannedMcp, plan: WorldPlan): void {
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
  seedTaskRoles(aws.iam.store, {
    service: target.service,
    accountId: plan.accountId,
    region: plan.region,
    parameter: target.parameter,
    now: plan.start,
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

function seedLogs({ logs }: Seeded, { tasks, target, settings }: PlannedMcp, plan: WorldPlan): void {
  const { class: logClass, kms_key: kmsKey, masked } = settings.log;
  const key = `arn:aws:kms:${plan.region}:${plan.accountId}:key/${settings.name}-logs`;
  logs.store.seedGroup({
    name: target.logGroup,
    retentionInDays: 90,
    protection: {
      logClass,
      kmsKey: kmsKey === "none" ? null : { arn: key, enabled: kmsKey === "enabled" },
      masking: masked ? maskEmailAddresses(plan.start - 30 * 86_400_000) : null,
    },
  });
  for (const stream of tasks.flatMap((task) => task.streams)) {
    const { group, name, createdAt, generator, attack } = stream;
    logs.store.seedStream({ group, name, createdAt, generator, events: attack });
  }
}

/** The runbook's trail, into a bucket of its own. Its files are made when somebody looks. */
function seedTrailFiles({ aws }: Seeded, scenario: Scenario, plan: WorldPlan): void {
  const named = plan.mcps[0]?.target.trail ?? null;
  const { exists, logging_hours, delivery_delay_seconds, digest_delay_seconds, validation } =
    scenario.aws.trail;
  if (named === null || !exists) return;
  const name = named.slice(named.lastIndexOf("/") + 1);
  const bucket = trailBucket(named, plan.accountId);
  aws.s3.createBucket(bucket, { policy: denyDeletion(bucket) });
  aws.cloudtrail.createTrail({
    name,
    bucket,
    validation,
    since: plan.start - logging_hours * 3_600_000,
    deliveryDelayMs: delivery_delay_seconds * 1000,
    digestDelayMs: digest_delay_seconds * 1000,
  });
}

/** Does to the trail's files what the scenario says was done before the drill. */
export async function tamperBeforehand({ aws }: Seeded, scenario: Scenario, plan: WorldPlan): Promise<void> {
  const [trail] = aws.cloudtrail.trails();
  for (const { do: what, hours_ago } of scenario.aws.trail.tampering) {
    if (!trail) throw new Error("the scenario tampers with the files of a trail, and there is no trail");
    aws.cloudtrail.deliver();
    const at = plan.start - hours_ago * 3_600_000;
    await tamperWithTrail(aws.s3, trail, what, { region: plan.region, at });
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
