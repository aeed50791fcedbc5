/** The simulated services of one account behind the real endpoint, with the real SDK clients pointed at it. */
import { ApplicationAutoScalingClient } from "@aws-sdk/client-application-auto-scaling";
import { CloudWatchLogsClient } from "@aws-sdk/client-cloudwatch-logs";
import { ECSClient } from "@aws-sdk/client-ecs";
import { SSMClient } from "@aws-sdk/client-ssm";
import {
  type Autoscaling,
  type AutoscalingOptions,
  createAutoscaling,
} from "../../../drill/aws/autoscaling.ts";
import { createEcs, type Ecs } from "../../../drill/aws/ecs/index.ts";
import type { TaskDurations } from "../../../drill/aws/ecs/model.ts";
import type { ServiceSeed } from "../../../drill/aws/ecs/seed.ts";
import { createLogs, type Logs, type LogsOptions } from "../../../drill/aws/logs/index.ts";
import { createAws } from "../../../drill/aws/server.ts";
import { createSsm, type Ssm } from "../../../drill/aws/ssm/index.ts";
import { CallLog } from "../../../drill/calls.ts";
import { createClock } from "../../../drill/clock.ts";
import type { SimClock } from "../../../drill/contracts.ts";
import { OidcIssuer } from "../../../drill/oidc.ts";
import { createRandom } from "../../../drill/random.ts";

export const REGION = "eu-central-1";
export const ACCOUNT = "123456789012";
export const PARAMETER = "/mcps/jira/client-secret";
export const LOG_GROUP = "/ecs/mcp-jira";

export interface Platform {
  clock: SimClock;
  calls: CallLog;
  url: string;
  ecs: Ecs;
  ssm: Ssm;
  logs: Logs;
  autoscaling: Autoscaling;
  clients: {
    ecs: ECSClient;
    ssm: SSMClient;
    logs: CloudWatchLogsClient;
    autoscaling: ApplicationAutoScalingClient;
  };
  close(): Promise<void>;
}

export interface PlatformOptions {
  speed?: number;
  logs?: Pick<LogsOptions, "quirks" | "exports">;
  durations?: Partial<TaskDurations>;
  autoscaling?: Pick<AutoscalingOptions, "evaluationMs" | "reactionMs">;
}

/** One parameter at version 1; clusters, services and logs are the test's to seed. */
export async function startPlatform(options: PlatformOptions = {}): Promise<Platform> {
  const clock = createClock({ speed: options.speed ?? 200 });
  const random = createRandom(7);
  const calls = new CallLog();
  const logs = createLogs({ clock, random: random.fork("logs"), ...options.logs });
  const ssm = createSsm({ clock });
  ssm.store.seed({ name: PARAMETER, value: "first", modifiedBy: "arn:aws:iam::123456789012:user/terraform" });
  const ecs = createEcs({
    clock,
    random: random.fork("ecs"),
    region: REGION,
    accountId: ACCOUNT,
    durations: options.durations ?? {},
    hooks: {
      resolveSecret: (valueFrom) => ssm.store.resolveForTask(valueFrom),
      appendLog: (group, stream, events) => logs.store.append(group, stream, events),
    },
  });
  const autoscaling = createAutoscaling({
    clock,
    random: random.fork("autoscaling"),
    services: ecs.scaling,
    ...options.autoscaling,
  });
  const aws = await createAws({
    clock,
    calls,
    oidc: new OidcIssuer(),
    accountId: ACCOUNT,
    region: REGION,
    services: [logs.service, ssm.service, ecs.service, autoscaling.service],
    // The clients sign with real time, the endpoint lives in simulated time.
    maxClockSkewMs: Number.POSITIVE_INFINITY,
  });
  const session = aws.sessions.issue({
    roleArn: `arn:aws:iam::${ACCOUNT}:role/tester`,
    sessionName: "jest",
    durationSeconds: 30 * 86_400,
  });
  const config = { region: REGION, endpoint: aws.url, credentials: session, maxAttempts: 1 };
  const clients = {
    ecs: new ECSClient(config),
    ssm: new SSMClient(config),
    logs: new CloudWatchLogsClient(config),
    autoscaling: new ApplicationAutoScalingClient(config),
  };
  return {
    clock,
    calls,
    url: aws.url,
    ecs,
    ssm,
    logs,
    autoscaling,
    clients,
    close: async () => {
      autoscaling.close();
      for (const client of Object.values(clients)) client.destroy();
      await aws.close();
    },
  };
}

/** Seeds cluster `mcps` with the service `mcp-jira`, whose container reads `PARAMETER` and logs to `LOG_GROUP`. */
export function seedService({ ecs }: Platform, seed: Partial<ServiceSeed> = {}): void {
  ecs.seed({
    clusters: ["mcps"],
    taskDefinitions: [
      {
        family: "mcp-jira",
        revision: 3,
        tags: { mcp: "jira" },
        containers: [
          {
            name: "app",
            image: "123456789012.dkr.ecr.eu-central-1.amazonaws.com/mcp-jira:1.4.2",
            environment: { LOG_LEVEL: "info" },
            secrets: {
              CLIENT_SECRET: `arn:aws:ssm:${REGION}:${ACCOUNT}:parameter${PARAMETER}`,
            },
            awslogs: { group: LOG_GROUP, streamPrefix: "mcp" },
            startLines: ["listening on 8080"],
            stopLines: ["SIGTERM received"],
          },
        ],
      },
    ],
    services: [{ name: "mcp-jira", cluster: "mcps", taskDefinition: "mcp-jira:3", desiredCount: 2, ...seed }],
  });
}

/** Asks again every simulated second until the answer is there; throws after ten simulated minutes. */
export async function until<T>(clock: SimClock, ask: () => Promise<T | null> | T | null): Promise<T> {
  const deadline = clock.now() + 600_000;
  for (;;) {
    const answer = await ask();
    if (answer !== null) return answer;
    if (clock.now() > deadline) throw new Error("waited ten simulated minutes in vain");
    await clock.sleep(1_000);
  }
}
