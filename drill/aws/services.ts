/** Every service of one simulated account, wired to the others as the account's own are. */
import type { Random } from "../random.ts";
import { type Autoscaling, createAutoscaling } from "./autoscaling.ts";
import { createEcs, type Ecs, type EcsOptions } from "./ecs/index.ts";
import { createKms, type Kms } from "./kms/index.ts";
import { exportToS3 } from "./logs/export-to-s3.ts";
import { createLogs, type Logs, type LogsOptions } from "./logs/index.ts";
import { type AwsOptions, createAws, type SimulatedAws } from "./server.ts";
import { createServiceQuotas } from "./service-quotas.ts";
import { createSsm, type Ssm } from "./ssm/index.ts";

export interface ServicesOptions extends Omit<AwsOptions, "services"> {
  random: Random;
  durations?: EcsOptions["durations"];
  logs?: Pick<LogsOptions, "region" | "quirks" | "exports">;
}

export interface SimulatedServices {
  readonly aws: SimulatedAws;
  readonly ecs: Ecs;
  readonly autoscaling: Autoscaling;
  readonly ssm: Ssm;
  readonly logs: Logs;
  readonly kms: Kms;
  close(): Promise<void>;
}

/** Tasks take their secrets from SSM and log to CloudWatch Logs, which exports to S3. The caller closes it. */
export async function startServices({
  random,
  durations = {},
  logs: logOptions,
  ...options
}: ServicesOptions): Promise<SimulatedServices> {
  const { clock, region, accountId } = options;
  const ssm = createSsm({ clock });
  const kms = createKms();
  const logs = createLogs({
    clock,
    random: random.fork("logs"),
    region,
    ...logOptions,
    exports: { ...exportToS3(() => aws.s3, region), ...logOptions?.exports },
  });
  const ecs = createEcs({
    clock,
    random: random.fork("ecs"),
    region,
    accountId,
    durations,
    hooks: {
      resolveSecret: (valueFrom) => ssm.store.resolveForTask(valueFrom),
      appendLog: (group, stream, events) => logs.store.append(group, stream, events),
    },
  });
  const autoscaling = createAutoscaling({ clock, random: random.fork("autoscaling"), services: ecs.scaling });
  const aws = await createAws({
    ...options,
    keyOf: (name) => kms.store.describe(name, { region, accountId }),
    services: [
      ecs.service,
      autoscaling.service,
      ssm.service,
      logs.service,
      kms.service,
      createServiceQuotas(logs.service),
    ],
  });
  const close = async () => {
    autoscaling.close();
    await aws.close();
  };
  return { aws, ecs, autoscaling, ssm, logs, kms, close };
}
