/** What a simulated AWS service is to the endpoint that serves it. */
import type { AwsSession, SimClock } from "../contracts.ts";
import type { Permissions } from "./access/permissions.ts";

export type JsonValue = string | number | boolean | null | undefined | JsonValue[] | JsonObject;
/** Members that are undefined are left out on the wire. */
export type JsonObject = { [member: string]: JsonValue };

/** What a service may know of the call it answers. */
export interface CallContext {
  /** Null only where AWS takes unsigned calls (AssumeRoleWithWebIdentity). */
  readonly session: AwsSession | null;
  readonly clock: SimClock;
  readonly region: string;
  readonly accountId: string;
  readonly requestId: string;
  /** Names what the call acted on, for the call log. Never a secret. The last name given wins. */
  readonly log: (resource: string) => void;
  /** Says for the call log whose unsigned call it is. What is left out stays as it was. */
  readonly identify: (caller: { roleArn?: string; job?: string | null }) => void;
  /** What the caller's role allows. */
  readonly permissions: Permissions;
}

/** A published request quota: a token bucket on the simulated clock. */
export interface Quota {
  readonly ratePerSecond: number;
  readonly burst: number;
  /** The AWS page that publishes it. */
  readonly source: string;
  /** Operations that name the same bucket share it; without a name every operation has its own. */
  readonly bucket?: string;
}

/** One operation: takes the request's members, gives the response's. Throws `AwsError`. */
export type JsonOperation = (input: JsonObject, context: CallContext) => object | Promise<object>;

/** A service that speaks AWS JSON 1.1. https://smithy.io/2.0/aws/protocols/aws-json-1_1-protocol.html */
export interface JsonService {
  /** Its name in the call log, for example `ecs`. */
  readonly name: string;
  /** What stands before the dot in X-Amz-Target, for example `AmazonEC2ContainerServiceV20141113`. */
  readonly targetPrefix: string;
  /** By AWS's operation name. */
  readonly operations: Readonly<Record<string, JsonOperation>>;
  /** By operation name; `*` holds for every operation that has none of its own. */
  readonly quotas: Readonly<Record<string, Quota>>;
  /** The error code with which the service throttles, for example `ThrottlingException`. */
  readonly throttleError: string;
  /** CloudTrail's event source; `<name>.amazonaws.com` when absent. */
  readonly eventSource?: string;
}
