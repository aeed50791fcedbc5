/** A simulated AWS with one operator session and real SDK clients, for the tests of its core. */
import { S3Client, type S3ClientConfig } from "@aws-sdk/client-s3";
import { type AwsOptions, createAws, type SimulatedAws } from "../../../drill/aws/server.ts";
import { CallLog } from "../../../drill/calls.ts";
import { createClock } from "../../../drill/clock.ts";
import type { AwsSession, FaultRule } from "../../../drill/contracts.ts";
import { Faults } from "../../../drill/faults.ts";
import { OidcIssuer } from "../../../drill/oidc.ts";
import { createRandom } from "../../../drill/random.ts";

export const ACCOUNT = "111122223333";
export const REGION = "eu-central-1";
export const OPERATOR = `arn:aws:iam::${ACCOUNT}:role/operator`;

/** The SDK warns of refused streaming requests, which is just what these tests want to see refused. */
const SILENT = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

export interface Platform {
  aws: SimulatedAws;
  calls: CallLog;
  oidc: OidcIssuer;
  session: AwsSession;
  /** Endpoint, region and the operator's credentials, one attempt only. */
  config: { endpoint: string; region: string; credentials: AwsSession; maxAttempts: number };
  s3: S3Client;
  /** A client of another session, or with other settings. */
  s3As(session: AwsSession, settings?: S3ClientConfig): S3Client;
  close(): Promise<void>;
}

export interface PlatformOptions extends Partial<AwsOptions> {
  rules?: readonly FaultRule[];
  speed?: number;
}

export async function startPlatform({
  rules = [],
  speed = 1,
  ...options
}: PlatformOptions = {}): Promise<Platform> {
  const [calls, oidc] = [new CallLog(), new OidcIssuer()];
  const aws = await createAws({
    clock: createClock({ speed }),
    calls,
    oidc,
    accountId: ACCOUNT,
    region: REGION,
    faults: new Faults(rules, createRandom(1)),
    ...options,
  });
  const session = aws.sessions.issue({ roleArn: OPERATOR, job: "preserve", durationSeconds: 10 ** 7 });
  const config = { endpoint: aws.url, region: REGION, credentials: session, maxAttempts: 1 };
  const clients: S3Client[] = [];
  const s3As = (credentials: AwsSession, settings: S3ClientConfig = {}): S3Client => {
    const client = new S3Client({
      ...config,
      credentials,
      logger: SILENT,
      ...settings,
    });
    clients.push(client);
    return client;
  };
  return {
    aws,
    calls,
    oidc,
    session,
    config,
    s3: s3As(session),
    s3As,
    close: async () => {
      for (const client of clients) client.destroy();
      await aws.close();
    },
  };
}

/** The name of the error that a call ends in; fails the test when it succeeds. */
export async function errorOf(call: Promise<unknown>): Promise<string> {
  try {
    await call;
  } catch (error) {
    return (error as Error).name;
  }
  throw new Error("the call succeeded, but should have been refused");
}

/** The status and the error's name of a refused call. */
export async function refusalOf(
  call: Promise<unknown>,
): Promise<{ name: string; status: number | undefined; message: string }> {
  try {
    await call;
  } catch (error) {
    const { name, message, $metadata } = error as Error & { $metadata?: { httpStatusCode?: number } };
    return { name, status: $metadata?.httpStatusCode, message };
  }
  throw new Error("the call succeeded, but should have been refused");
}

export async function textOf(body: { transformToString(): Promise<string> } | undefined): Promise<string> {
  return (await body?.transformToString()) ?? "";
}
