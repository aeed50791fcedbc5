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
import type { AwsSession, SimClock } from "../../../drill/contracts.ts";
import { createS3Control } from "../../../src/clients/s3-control.ts";
import type { Aws } from "../../../src/ports.ts";

/** The product's clients for code in this process, which lives in real time while the platform does not. */
export function clientsOf(region: string, endpoint: string, clock: SimClock, credentials: AwsSession): Aws {
  const settings = { region, endpoint, credentials, maxAttempts: 3 };
  const clients = {
    s3: new S3Client(settings),
    logs: new CloudWatchLogsClient(settings),
    ecs: new ECSClient(settings),
    ssm: new SSMClient(settings),
    scaling: new ApplicationAutoScalingClient(settings),
    cloudtrail: new CloudTrailClient(settings),
    kms: new KMSClient(settings),
    iam: new IAMClient(settings),
    quotas: new ServiceQuotasClient(settings),
    s3control: createS3Control(settings),
    sns: new SNSClient({ ...settings, maxAttempts: 1 }),
    ses: new SESv2Client({ ...settings, maxAttempts: 1 }),
  };
  for (const { config } of Object.values(clients)) {
    // What is signed here is signed for the platform's time, whenever that is.
    Object.defineProperty(config, "systemClockOffset", {
      get: () => clock.now() - Date.now(),
      set: () => {},
    });
  }
  return clients;
}
