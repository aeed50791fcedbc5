import type { ApplicationAutoScalingClient } from "@aws-sdk/client-application-auto-scaling";
import type { CloudTrailClient } from "@aws-sdk/client-cloudtrail";
import type { CloudWatchLogsClient } from "@aws-sdk/client-cloudwatch-logs";
import type { ECSClient } from "@aws-sdk/client-ecs";
import type { IAMClient } from "@aws-sdk/client-iam";
import type { KMSClient } from "@aws-sdk/client-kms";
import type { S3Client } from "@aws-sdk/client-s3";
import type { S3ControlClient } from "@aws-sdk/client-s3-control";
import type { ServiceQuotasClient } from "@aws-sdk/client-service-quotas";
import type { SESv2Client } from "@aws-sdk/client-sesv2";
import type { SNSClient } from "@aws-sdk/client-sns";
import type { SSMClient } from "@aws-sdk/client-ssm";
import type { Octokit } from "@octokit/rest";

/** What the product needs from the outside world, handed in so that a test can hand in something else. */

export interface Clock {
  now(): Date;
  /** Resolves after `ms` milliseconds. */
  sleep(ms: number): Promise<void>;
}

export interface Log {
  info(message: string): void;
  warning(message: string): void;
  error(message: string): void;
  /** From here on the runner replaces this value by `***` wherever a step prints it. */
  mask(secret: string): void;
}

/** An AWS client as the product uses it: `send` and nothing else. */
type Sender<Client extends { send: unknown }> = Pick<Client, "send">;

export interface Aws {
  s3: S3Client;
  logs: Sender<CloudWatchLogsClient>;
  ecs: Sender<ECSClient>;
  ssm: Sender<SSMClient>;
  scaling: Sender<ApplicationAutoScalingClient>;
  cloudtrail: Sender<CloudTrailClient>;
  kms: Sender<KMSClient>;
  iam: Sender<IAMClient>;
  quotas: Sender<ServiceQuotasClient>;
  s3control: Sender<S3ControlClient>;
  /** Sends a message once and never again by itself: whether an answer that was lost was a yes, only people can find out. */
  sns: Sender<SNSClient>;
  /** As `sns`. */
  ses: Sender<SESv2Client>;
}

/** Posts JSON to an address that is a secret: whoever knows it may post. */
export interface Webhook {
  /**
   * The answer, a redirection among them, which is not followed. Asks once.
   * @throws WebhookError, which never holds the address, when there is no answer.
   */
  post(url: string, body: object): Promise<{ status: number; text: string }>;
}

export type GitHub = Pick<Octokit, "rest" | "paginate" | "request">;

/** An application in a tenant of Microsoft Entra ID. */
export interface GraphApplication {
  tenant: string;
  clientId: string;
}

/** Microsoft Graph as one application sees it. */
export interface Graph {
  /**
   * The JSON behind a path such as `/v1.0/auditLogs/signIns?$top=5`, or behind a link that Graph gave. Waits and asks
   * again when Graph is busy. @throws GraphError when it refuses, or stays busy.
   */
  get(pathOrLink: string): Promise<unknown>;
  /**
   * Changes something; the JSON of the answer, null where it has none. Waits and asks again while Graph is too busy to
   * begin (429). When nobody knows whether it was done (no answer, 5xx), asks again only where doing it twice does what
   * doing it once does. @throws GraphError.
   */
  send(
    method: "POST" | "PATCH",
    path: string,
    body: object | null,
    options: { repeatable: boolean },
  ): Promise<unknown>;
  /**
   * Asks the token endpoint for a token of the application's by a client secret of its own, which is masked first; the
   * token is masked, too, and kept nowhere. @throws GraphError when the endpoint cannot be asked.
   */
  trySecret(secret: string): Promise<SecretVerdict>;
}

/** What the token endpoint says of a client secret. `code` is Entra's, `AADSTS7000215` for example. */
export type SecretVerdict = { accepted: true } | { accepted: false; code: string; message: string };

/** Where this code runs, from the variables that GitHub sets for every job. */
export interface RunContext {
  owner: string;
  repo: string;
  runId: number;
  runAttempt: number;
  /** The job's id in the workflow file. */
  job: string;
  workflow: string;
  /** Who started this attempt. Informational: the gate asks GitHub instead. */
  actor: string;
  serverUrl: string;
  /** The checked-out repository. */
  workspace: string;
  /** The file with the event that started the run, as GitHub sent it; absent where there is none. */
  eventPath?: string;
}

/** What every action's `run` is given. */
export interface ActionDeps {
  aws: (region: string) => Aws;
  github: GitHub;
  graph: (application: GraphApplication) => Graph;
  webhook: Webhook;
  /** GitHub as whoever has this token, instead of as the job. */
  githubAs: (token: string) => GitHub;
  clock: Clock;
  log: Log;
  context: RunContext;
  /** Appends Markdown to the job summary. */
  summary: (markdown: string) => Promise<void>;
}

/** What an action hands to the workflow: kebab-case names, never a secret. */
export type Outputs = Record<string, string>;
