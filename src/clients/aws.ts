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
import type { Aws } from "../ports.ts";
import { createS3Control } from "./s3-control.ts";

/**
 * The AWS clients of one region. Credentials and endpoints come from the environment, as
 * `aws-actions/configure-aws-credentials` and the SDK's own variables leave them.
 *
 * Throttling is expected during an incident: ten tries with the SDK's standard backoff
 * (https://docs.aws.amazon.com/sdkref/latest/guide/feature-retry-behavior.html). What sends messages to people tries
 * once: neither SNS for standard topics nor SES knows a token by which it would take a second try for the first.
 */
export function createAws(region: string): Aws {
  const settings = { region, maxAttempts: 10, retryMode: "standard" } as const;
  return {
    s3: new S3Client({
      ...settings,
      requestHandler: { httpsAgent: { maxSockets: 128 }, httpAgent: { maxSockets: 128 } },
    }),
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
}
