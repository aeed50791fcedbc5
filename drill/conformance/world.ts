/** Where the conformance suite runs: clients of one implementation of AWS, and what only its owner can set up. */
import { createHash, randomUUID } from "node:crypto";
import type { ApplicationAutoScalingClient } from "@aws-sdk/client-application-auto-scaling";
import type { CloudWatchLogsClient } from "@aws-sdk/client-cloudwatch-logs";
import type { ECSClient } from "@aws-sdk/client-ecs";
import type { S3Client } from "@aws-sdk/client-s3";
import type { SESv2Client } from "@aws-sdk/client-sesv2";
import type { SNSClient } from "@aws-sdk/client-sns";
import type { SSMClient } from "@aws-sdk/client-ssm";
import type { STSClient } from "@aws-sdk/client-sts";

export interface World {
  readonly s3: S3Client;
  readonly ssm: SSMClient;
  readonly logs: CloudWatchLogsClient;
  readonly sts: STSClient;
  readonly ecs: ECSClient;
  readonly scaling: ApplicationAutoScalingClient;
  readonly sns: SNSClient;
  readonly ses: SESv2Client;
  /** The ARN of a role, as the one whose session the clients hold. */
  readonly roleArn: string;
  /** A token with which the role may be assumed. */
  webIdentityToken(): string;
  /** The time of that implementation, in milliseconds since the epoch. */
  now(): number;
  /** A new bucket with versioning; `locked` turns Object Lock on, without a default retention. Returns its name. */
  bucket(options?: { locked?: boolean }): Promise<string>;
  /** A new, empty log group. Returns its name. */
  logGroup(): Promise<string>;
  /** A new topic. Returns its ARN. */
  topic(): Promise<string>;
  /** An e-mail address that SES has verified. */
  sender(): Promise<string>;
  /** A new cluster with one service of two tasks, settled as far as the implementation starts tasks. */
  service(): Promise<{ cluster: string; service: string }>;
}

/** A name that nothing else has. */
export function fresh(prefix: string): string {
  return `${prefix}-${randomUUID().slice(0, 12)}`;
}

/** As S3 writes it: SHA-256 in base64. */
export function sha256(text: string): string {
  return createHash("sha256").update(text).digest("base64");
}
