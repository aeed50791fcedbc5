/** The simulated AWS: one endpoint on loopback for every service that the product calls. */
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { OidcIssuer } from "../oidc.ts";
import type { Account } from "./call.ts";
import { CloudTrail } from "./cloudtrail.ts";
import { Endpoint, type EndpointOptions } from "./endpoint.ts";
import { S3Endpoint } from "./s3/endpoint.ts";
import { S3Store } from "./s3/store.ts";
import type { JsonService } from "./service.ts";
import { Sessions } from "./sessions.ts";
import { Sts } from "./sts.ts";

export interface AwsOptions extends EndpointOptions {
  oidc: OidcIssuer;
  accountId: string;
  /** The services that speak JSON 1.1; CloudTrail is added by itself. */
  services?: readonly JsonService[];
  /** How long CloudTrail takes to show an event, in simulated milliseconds. AWS: about 5 minutes. */
  trailDelayMs?: number;
  /** Made in a temporary folder, and removed on close, when absent. */
  s3?: S3Store;
}

export interface SimulatedAws {
  /** For AWS_ENDPOINT_URL. */
  readonly url: string;
  readonly sessions: Sessions;
  readonly s3: S3Store;
  readonly sts: Sts;
  readonly cloudtrail: CloudTrail;
  close(): Promise<void>;
}

const MINUTE_MS = 60_000;

/** Starts the endpoint on a free port of 127.0.0.1. */
export async function createAws(options: AwsOptions): Promise<SimulatedAws> {
  const { clock, accountId, region } = options;
  const account: Account = { clock, accountId, region };
  const sessions = new Sessions(clock);
  const s3 = options.s3 ?? new S3Store(account);
  const sts = new Sts(options.oidc, sessions, account);
  const cloudtrail = new CloudTrail({ ...account, deliveryDelayMs: options.trailDelayMs ?? 5 * MINUTE_MS });
  const services = [...(options.services ?? []), cloudtrail.service()];
  const endpoint = new Endpoint(options, {
    account,
    sessions,
    sts,
    cloudtrail,
    s3: new S3Endpoint(s3),
    services: new Map(services.map((service) => [service.targetPrefix, service])),
  });
  const server = createServer((request, response) => void endpoint.serve(request, response));
  server.keepAliveTimeout = 60_000;
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    sessions,
    s3,
    sts,
    cloudtrail,
    close: async () => {
      await closeServer(server);
      if (!options.s3) await s3.close();
    },
  };
}

function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
