/** The simulated AWS: one endpoint on loopback for every service that the product calls. */
import { createServer, type Server } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { MessageLog } from "../messages.ts";
import type { OidcIssuer } from "../oidc.ts";
import type { Facts } from "./access/needs.ts";
import { Access } from "./access/permissions.ts";
import type { Account } from "./call.ts";
import { CloudTrail } from "./cloudtrail.ts";
import { Endpoint, type EndpointOptions } from "./endpoint.ts";
import { Iam } from "./iam/index.ts";
import { S3Endpoint } from "./s3/endpoint.ts";
import { S3Store } from "./s3/store.ts";
import { S3ControlEndpoint } from "./s3control/endpoint.ts";
import type { JsonService } from "./service.ts";
import { Ses } from "./ses.ts";
import { Sessions } from "./sessions.ts";
import { Sns } from "./sns.ts";
import { Sts } from "./sts.ts";

export interface AwsOptions extends EndpointOptions {
  oidc: OidcIssuer;
  accountId: string;
  /** The services that speak JSON 1.1; CloudTrail is added by itself. */
  services?: readonly JsonService[];
  /** A KMS key by its id, alias or ARN, for policies that go by aliases. No key has any when absent. */
  keyOf?: Facts["keyOf"];
  /** How long CloudTrail takes to show an event, in simulated milliseconds. AWS: about 5 minutes. */
  trailDelayMs?: number;
  /** Made in a temporary folder, and removed on close, when absent. */
  s3?: S3Store;
  /** Where what SNS and SES deliver goes; a log of its own when absent. */
  messages?: MessageLog;
}

export interface SimulatedAws {
  /** For AWS_ENDPOINT_URL. */
  readonly url: string;
  readonly sessions: Sessions;
  readonly s3: S3Store;
  readonly sts: Sts;
  readonly iam: Iam;
  readonly sns: Sns;
  readonly ses: Ses;
  /** What SNS and SES have delivered. */
  readonly messages: MessageLog;
  readonly access: Access;
  readonly cloudtrail: CloudTrail;
  /** Bytes on the wire since the start, headers and all, as the callers see them. */
  traffic(): { received: number; sent: number };
  close(): Promise<void>;
}

const MINUTE_MS = 60_000;

/** Starts the endpoint on a free port of 127.0.0.1. */
export async function createAws(options: AwsOptions): Promise<SimulatedAws> {
  const { clock, accountId, region } = options;
  const account: Account = { clock, accountId, region };
  const sessions = new Sessions(clock);
  const s3 = options.s3 ?? new S3Store(account);
  const iam = new Iam(account);
  const messages = options.messages ?? new MessageLog(clock);
  const sns = new Sns(account, messages);
  const ses = new Ses(messages);
  const access = new Access({
    ...account,
    keyOf: options.keyOf ?? ((arn) => ({ arn, aliases: [] })),
    roleArn: (name) => iam.store.arnOf(name),
  });
  const sts = new Sts(options.oidc, sessions, account, (roleArn) => iam.trustIsClosed(roleArn));
  const cloudtrail = new CloudTrail({
    ...account,
    s3,
    deliveryDelayMs: options.trailDelayMs ?? 5 * MINUTE_MS,
  });
  const services = [...(options.services ?? []), cloudtrail.service()];
  const s3Endpoint = new S3Endpoint(s3);
  const s3control = new S3ControlEndpoint({
    account,
    sessions,
    access,
    s3: s3Endpoint,
    calls: options.calls,
    faults: options.faults,
    mayAssume: (roleArn) => sts.trustsService(roleArn, "batchoperations.s3.amazonaws.com"),
  });
  const endpoint = new Endpoint(options, {
    account,
    sessions,
    sts,
    iam,
    sns,
    ses,
    access,
    cloudtrail,
    s3: s3Endpoint,
    s3control,
    services: new Map(services.map((service) => [service.targetPrefix, service])),
  });
  const server = createServer((request, response) => void endpoint.serve(request, response));
  server.keepAliveTimeout = 60_000;
  const traffic = meter(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    sessions,
    s3,
    sts,
    iam,
    sns,
    ses,
    messages,
    access,
    cloudtrail,
    traffic,
    close: async () => {
      await closeServer(server);
      if (!options.s3) await s3.close();
    },
  };
}

/** Counts what the server's connections carry; `received` and `sent` are the callers'. */
function meter(server: Server): SimulatedAws["traffic"] {
  const open = new Set<Socket>();
  const closed = { received: 0, sent: 0 };
  const add = (total: { received: number; sent: number }, { bytesRead, bytesWritten }: Socket) => {
    total.sent += bytesRead;
    total.received += bytesWritten;
  };
  server.on("connection", (socket) => {
    open.add(socket);
    socket.once("close", () => {
      open.delete(socket);
      add(closed, socket);
    });
  });
  return () => {
    const total = { ...closed };
    for (const socket of open) add(total, socket);
    return total;
  };
}

function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
