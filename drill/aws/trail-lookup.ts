/** CloudTrail's events and what LookupEvents may ask of them. https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_LookupEvents.html */
import { AwsError } from "./errors.ts";
import type { JsonObject, JsonValue } from "./service.ts";

const PAGE_LIMIT = 50;

/** An event of the account, recorded or seeded. */
export interface TrailEvent {
  eventId: string;
  eventName: string;
  /** Milliseconds since the epoch, UTC. */
  eventTime: number;
  /** For example `ecs.amazonaws.com`. */
  eventSource: string;
  username: string;
  accessKeyId: string;
  readOnly: boolean;
  managementEvent: boolean;
  resources: readonly { type: string; name: string }[];
  errorCode: string | null;
  errorMessage: string | null;
  /** The caller's session ARN, empty for an unsigned call. */
  arn: string;
  requestId: string;
  sourceIpAddress: string;
  /** What the caller asked for, where a drill makes something of it. */
  requestParameters?: object;
}

/** What LookupEvents takes here. */
export const KNOWN_INPUT = new Set(["LookupAttributes", "StartTime", "EndTime", "MaxResults", "NextToken"]);

const ATTRIBUTES: Readonly<Record<string, (event: TrailEvent, value: string) => boolean>> = {
  EventId: (event, value) => event.eventId === value,
  EventName: (event, value) => event.eventName === value,
  ReadOnly: (event, value) => String(event.readOnly) === value,
  Username: (event, value) => event.username === value,
  ResourceType: (event, value) => event.resources.some(({ type }) => type === value),
  ResourceName: (event, value) => event.resources.some(({ name }) => name === value),
  EventSource: (event, value) => event.eventSource === value,
  AccessKeyId: (event, value) => event.accessKeyId === value,
};

/** The one lookup attribute as a test of events. Throws InvalidLookupAttributesException. */
export function attributeFilter(attributes: JsonValue): (event: TrailEvent) => boolean {
  if (attributes === undefined || attributes === null) return () => true;
  const [attribute, ...rest] = Array.isArray(attributes) ? attributes : [attributes];
  if (attribute === undefined) return () => true;
  const { AttributeKey: key, AttributeValue: value } = attribute as JsonObject;
  const test = Object.hasOwn(ATTRIBUTES, String(key)) ? ATTRIBUTES[String(key)] : undefined;
  if (rest.length > 0 || !test || typeof value !== "string") {
    throw new AwsError("InvalidLookupAttributesException", "Exactly one valid lookup attribute is allowed.");
  }
  return (event) => test(event, value);
}

/** Throws InvalidMaxResultsException outside 1 to 50. */
export function pageLimit(value: JsonValue): number {
  if (value === undefined || value === null) return PAGE_LIMIT;
  const limit = Number(value);
  if (Number.isInteger(limit) && limit >= 1 && limit <= PAGE_LIMIT) return limit;
  throw new AwsError("InvalidMaxResultsException", "MaxResults must be between 1 and 50.");
}

/** JSON 1.1 timestamps are seconds. */
export function epochMs(value: JsonValue, otherwise: number): number {
  return typeof value === "number" ? value * 1000 : otherwise;
}
