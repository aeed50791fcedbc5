/** The SDK's own clients, pointed at one endpoint. */
import { ApplicationAutoScalingClient } from "@aws-sdk/client-application-auto-scaling";
import { CloudWatchLogsClient } from "@aws-sdk/client-cloudwatch-logs";
import { ECSClient } from "@aws-sdk/client-ecs";
import { S3Client } from "@aws-sdk/client-s3";
import { SESv2Client } from "@aws-sdk/client-sesv2";
import { SNSClient } from "@aws-sdk/client-sns";
import { SSMClient } from "@aws-sdk/client-ssm";
import { STSClient } from "@aws-sdk/client-sts";

export interface Credentials {
  accessKeyId: string;
  secretAccessKey: string;
  sessionToken: string;
}

/**
 * One attempt a call. On a clock that runs fast the SDK would take every refusal for one about clock skew, and try
 * again: https://docs.aws.amazon.com/sdkref/latest/guide/feature-retry-behavior.html
 */
export function createClients(endpoint: string, region: string, credentials: Credentials) {
  const settings = { endpoint, region, credentials, maxAttempts: 1 };
  const clients = {
    s3: new S3Client({ ...settings, forcePathStyle: true }),
    ssm: new SSMClient(settings),
    logs: new CloudWatchLogsClient(settings),
    sts: new STSClient(settings),
    ecs: new ECSClient(settings),
    scaling: new ApplicationAutoScalingClient(settings),
    sns: new SNSClient(settings),
    ses: new SESv2Client(settings),
  };
  const close = () => {
    for (const client of Object.values(clients)) client.destroy();
  };
  return { clients, close };
}
