import { isIP } from "node:net";
import { S3ControlClient, type S3ControlClientConfig } from "@aws-sdk/client-s3-control";

/**
 * S3 Control's client. It puts the account before the endpoint's host, `111122223333.s3-control…`
 * (https://docs.aws.amazon.com/general/latest/gr/s3.html). An IP address has no names below it: with an endpoint like
 * `http://127.0.0.1:4566` the account is left off. It is in a header of every request all the same.
 */
export function createS3Control(config: S3ControlClientConfig): S3ControlClient {
  const client = new S3ControlClient(config);
  const resolve = client.config.endpointProvider;
  client.config.endpointProvider = (parameters, context) =>
    resolve(isByIp(parameters.Endpoint) ? { ...parameters, RequiresAccountId: false } : parameters, context);
  return client;
}

function isByIp(endpoint: string | undefined): boolean {
  if (endpoint === undefined || !URL.canParse(endpoint)) return false;
  return isIP(new URL(endpoint).hostname.replace(/^\[|\]$/g, "")) !== 0;
}
