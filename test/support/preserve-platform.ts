/** The simulated AWS with one incident declared on it, and the product's deps pointed at it. */
import { ApplicationAutoScalingClient } from "@aws-sdk/client-application-auto-scaling";
import { CloudTrailClient } from "@aws-sdk/client-cloudtrail";
import { CloudWatchLogsClient } from "@aws-sdk/client-cloudwatch-logs";
import { ECSClient } from "@aws-sdk/client-ecs";
import { IAMClient } from "@aws-sdk/client-iam";
import { KMSClient } from "@aws-sdk/client-kms";
import { S3Client } from "@aws-sdk/client-s3";
import { ServiceQuotasClient } from "@aws-sdk/client-service-quotas";
import { SESv2Client } from "@aws-sdk/client-sesv2";
import { SNSClient } from "@aws-sdk/client-sns";
import { SSMClient } from "@aws-sdk/client-ssm";
import type { Ecs } from "../../drill/aws/ecs/index.ts";
import { seedTaskRoles } from "../../drill/aws/iam/task-roles.ts";
import type { Kms } from "../../drill/aws/kms/index.ts";
import type { ExportOptions } from "../../drill/aws/logs/export.ts";
import { exportStatements } from "../../drill/aws/logs/export-to-s3.ts";
import type { Logs } from "../../drill/aws/logs/index.ts";
import type { Protection } from "../../drill/aws/logs/protection.ts";
import type { SimulatedAws } from "../../drill/aws/server.ts";
import { startServices } from "../../drill/aws/services.ts";
import type { Ssm } from "../../drill/aws/ssm/index.ts";
import { CallLog } from "../../drill/calls.ts";
import { createClock } from "../../drill/clock.ts";
import type { FaultPicker, FaultRule, SimClock } from "../../drill/contracts.ts";
import { Faults } from "../../drill/faults.ts";
import { OidcIssuer } from "../../drill/oidc.ts";
import { createRandom } from "../../drill/random.ts";
import { createS3Control } from "../../src/clients/s3-control.ts";
import type { SourceContext } from "../../src/evidence/context.ts";
import { captureFolder } from "../../src/evidence/manifest.ts";
import { Scheduler } from "../../src/evidence/scheduler.ts";
import { observeService } from "../../src/evidence/service-view.ts";
import type { IncidentFacts } from "../../src/incident/entries.ts";
import { IncidentRecord } from "../../src/incident/record.ts";
import type { ActionDeps, Aws, GitHub, RunContext } from "../../src/ports.ts";
import type { Runbook } from "../../src/runbook/schema.ts";
import { resolveTarget } from "../../src/runbook/target.ts";
import { listKeys, type Vault } from "../../src/vault/vault.ts";
import { facts, noGraph, noOtherGitHub, noWebhook, ownRunbook, context as runContext } from "./incident.ts";

export const ACCOUNT = "111122223333";
export const REGION = "eu-west-1";
export const SECRET = "abc8Q~0123456789abcdefghijklmnopqrstuvw";
export const INCIDENT = 42;
export const TRAIL_BUCKET = "aiconnectors-trail-files";
const HOUR_MS = 3_600_000;

const whole = ownRunbook();
/** Without the source that people have to deliver: with it no capture is complete on the day. */
export const runbook: Runbook = {
  ...whole,
  evidence: {
    ...whole.evidence,
    collect: whole.evidence.collect.filter((source) => source !== "entra-sign-in"),
  },
};
export const target = resolveTarget(runbook, "dev", "servicenow");

export interface PreservePlatform {
  clock: SimClock;
  calls: CallLog;
  server: SimulatedAws;
  logs: Logs;
  ssm: Ssm;
  kms: Kms;
  ecs: Ecs;
  aws: Aws;
  vault: Vault;
  facts: IncidentFacts;
  /** What was printed, masked and commented. */
  printed: string[];
  masked: string[];
  comments: string[];
  summaries: string[];
  deps(changes?: Partial<RunContext>): ActionDeps;
  declare(): Promise<IncidentRecord>;
  open(changes?: Partial<RunContext>): Promise<IncidentRecord>;
  /** What one source is given, for capture `7001`. */
  source(): Promise<SourceContext>;
  operations(service?: string): string[];
  close(): Promise<void>;
}

/** Starts the platform: empty buckets, a log group, a parameter with two versions, a service without tasks. */
export async function startPreservePlatform(
  options: {
    faults?: FaultRule[];
    /** Decides call by call, in place of the faults. */
    picker?: FaultPicker;
    speed?: number;
    tasks?: string[];
    exports?: Partial<ExportOptions>;
    logGroup?: Partial<Protection>;
  } = {},
): Promise<PreservePlatform> {
  const clock = createClock({ speed: options.speed ?? 20 });
  const random = createRandom(11);
  const calls = new CallLog();
  const { close: closeServices, ...services } = await startServices({
    clock,
    random,
    calls,
    oidc: new OidcIssuer(),
    accountId: ACCOUNT,
    region: REGION,
    logs: {
      // The usual quotas, whatever the region.
      region: "",
      quirks: { emptyPageRate: 0.4, partialPageRate: 0.3 },
      exports: options.exports ?? {},
    },
    // The clients sign with real time, the endpoint lives in simulated time.
    maxClockSkewMs: Number.POSITIVE_INFINITY,
    faults: options.picker ?? new Faults(options.faults ?? [], random.fork("faults")),
  });
  const { aws: server, ecs, ssm, logs, kms } = services;
  seed({ ssm, logs, ecs, server, clock, tasks: options.tasks ?? [], logGroup: options.logGroup });

  const session = server.sessions.issue({
    roleArn: target.evidenceRole,
    job: "preserve",
    durationSeconds: 30 * 86_400,
  });
  const config = { region: REGION, endpoint: server.url, credentials: session, maxAttempts: 3 };
  const aws = {
    s3: new S3Client(config),
    logs: new CloudWatchLogsClient(config),
    ecs: new ECSClient(config),
    ssm: new SSMClient(config),
    scaling: new ApplicationAutoScalingClient(config),
    cloudtrail: new CloudTrailClient(config),
    kms: new KMSClient(config),
    iam: new IAMClient(config),
    quotas: new ServiceQuotasClient(config),
    s3control: createS3Control(config),
    sns: new SNSClient({ ...config, maxAttempts: 1 }),
    ses: new SESv2Client({ ...config, maxAttempts: 1 }),
  };
  const globalTrail = new CloudTrailClient({ ...config, region: "us-east-1" });
  const now = clock.now();
  const printed: string[] = [];
  const masked: string[] = [];
  const comments: string[] = [];
  const summaries: string[] = [];
  const vault = { s3: aws.s3, bucket: target.vault };
  const incidentFacts = facts({
    detectedAt: new Date(now - HOUR_MS).toISOString(),
    window: { from: new Date(now - 24 * HOUR_MS).toISOString(), to: new Date(now).toISOString() },
  });
  const deps = (changes: Partial<RunContext> = {}): ActionDeps => ({
    aws: (region) => ({ ...aws, cloudtrail: region === REGION ? aws.cloudtrail : globalTrail }),
    github: fakeGitHub(comments),
    graph: noGraph,
    webhook: noWebhook,
    githubAs: noOtherGitHub,
    clock: { now: () => new Date(clock.now()), sleep: (ms) => clock.sleep(ms) },
    log: {
      info: (message) => printed.push(message),
      warning: (message) => printed.push(`warning: ${message}`),
      error: (message) => printed.push(`error: ${message}`),
      mask: (value) => masked.push(value),
    },
    context: { ...runContext, job: "preserve", ...changes },
    summary: async (markdown) => {
      summaries.push(markdown);
    },
  });
  return {
    clock,
    calls,
    server,
    logs,
    ssm,
    kms,
    ecs,
    aws,
    vault,
    facts: incidentFacts,
    printed,
    masked,
    comments,
    summaries,
    deps,
    declare: () => IncidentRecord.start(deps(), runbook, INCIDENT, incidentFacts),
    open: (changes) => IncidentRecord.open(deps(changes), runbook, "dev", INCIDENT),
    source: async () => {
      const folder = captureFolder("INC-42", "7001");
      const { clock: sleeper, log, github, graph, aws: awsIn } = deps();
      return {
        aws,
        awsIn,
        github,
        graph,
        workspace: runContext.workspace,
        repository: { owner: runContext.owner, repo: runContext.repo },
        vault,
        clock: sleeper,
        log,
        target,
        runbook,
        request: async ({ request }) => request,
        settle: async () => {},
        scheduler: new Scheduler(sleeper),
        earlier: [],
        incident: "INC-42",
        incidentType: incidentFacts.type,
        principal: incidentFacts.principal,
        capture: "7001",
        folder,
        window: { from: new Date(incidentFacts.window.from), to: sleeper.now() },
        present: new Set(await listKeys(vault, folder)),
        service: () => observeService(aws, sleeper, target),
        progress: () => {},
      };
    },
    operations: (service) =>
      calls
        .all()
        .filter((call) => service === undefined || call.service === service)
        .map(({ operation }) => operation),
    close: async () => {
      for (const client of [...Object.values(aws), globalTrail]) (client as S3Client).destroy();
      await closeServices();
    },
  };
}

function seed(
  parts: Pick<PreservePlatform, "ssm" | "logs" | "ecs" | "server" | "clock"> & {
    tasks: string[];
    logGroup: Partial<Protection> | undefined;
  },
): void {
  const { ssm, logs, ecs, server, clock, tasks } = parts;

  server.s3.createBucket(target.vault, { lock: { defaultRetention: { mode: "GOVERNANCE", days: 1 } } });
  server.s3.createBucket(target.auditBucket);
  server.s3.createBucket(TRAIL_BUCKET);
  server.cloudtrail.createTrail({
    name: target.trail ?? "",
    bucket: TRAIL_BUCKET,
    multiRegion: false,
    since: clock.now() - 26 * HOUR_MS,
  });
  const exportBucket = target.logExportBucket;
  if (exportBucket !== null) {
    const Statement = exportStatements(exportBucket, REGION);
    server.s3.createBucket(exportBucket, { policy: { Version: "2012-10-17", Statement } });
  }
  logs.store.seedGroup({
    name: target.logGroup,
    createdAt: clock.now() - 90 * 24 * HOUR_MS,
    ...(parts.logGroup ? { protection: parts.logGroup } : {}),
  });
  const modifiedBy = `arn:aws:iam::${ACCOUNT}:user/terraform`;
  ssm.store.seed({ name: target.parameter, value: "first-value-of-the-secret", modifiedBy });
  ssm.store.seed({ name: target.parameter, value: SECRET, modifiedBy });
  seedTaskRoles(server.iam.store, {
    service: target.service,
    accountId: ACCOUNT,
    region: REGION,
    parameter: target.parameter,
    now: clock.now(),
  });
  ecs.seed({
    clusters: [target.cluster],
    taskDefinitions: [
      {
        family: target.service,
        revision: 3,
        containers: [
          {
            name: "app",
            image: "example/servicenow:1.2.3",
            environment: { LOG_LEVEL: "info", AZURE_CLIENT_SECRET: "env-secret-value-1" },
            secrets: { CLIENT_SECRET: target.parameter },
            awslogs: { group: target.logGroup, streamPrefix: "ecs" },
          },
        ],
      },
    ],
    services: [
      {
        name: target.service,
        cluster: target.cluster,
        taskDefinition: `${target.service}:3`,
        desiredCount: tasks.length,
        tasks: tasks.map((id) => ({ id })),
      },
    ],
  });
}

/** Only what the product's incident record asks of GitHub. */
function fakeGitHub(comments: string[]): GitHub {
  const rest = {
    users: { getByUsername: async () => ({ data: { name: "Olga Oncall" } }) },
    issues: {
      get: async () => ({ data: { labels: [] } }),
      update: async () => ({ data: {} }),
      createComment: async ({ body }: { body: string }) => {
        comments.push(body);
      },
      listComments: () => {},
    },
  };
  // No workflow has ever run.
  const request = async () => ({ data: { total_count: 0, workflow_runs: [] }, headers: {} });
  return {
    rest,
    request,
    paginate: async () => comments.map((body) => ({ body, user: { type: "Bot" } })),
  } as unknown as GitHub;
}
