/**
 * CloudTrail: records every call of the account, answers LookupEvents, and delivers the files of its trails.
 *
 * Event history holds management events only, as AWS's does: data events (S3 object calls, log event reads) are
 * recorded here too, but LookupEvents does not return them. Events of the global services are shown in one region only.
 * https://docs.aws.amazon.com/awscloudtrail/latest/userguide/view-cloudtrail-events.html
 */
import { randomUUID } from "node:crypto";
import type { Account, CallOutcome } from "./call.ts";
import { AwsError, notImplemented } from "./errors.ts";
import type { S3Store } from "./s3/store.ts";
import type { JsonObject, JsonService, JsonValue } from "./service.ts";
import { Trail, type TrailSeed } from "./trail.ts";
import { TrailDelivery } from "./trail-delivery.ts";
import { attributeFilter, epochMs, KNOWN_INPUT, pageLimit, type TrailEvent } from "./trail-lookup.ts";
import { TRAIL_QUOTAS, type TrailHost, trailOperations } from "./trail-operations.ts";
import { isManagementEvent, READ_ONLY, recordedIn, trailRecord } from "./trail-record.ts";

/** For each account and region. */
export const LOOKUPS_A_SECOND = 2;
const LOOKUP_WINDOW_MS = 90 * 24 * 3600 * 1000;

/** What a scenario must say of an event that happened before the drill. */
export type SeededEvent = Pick<TrailEvent, "eventName" | "eventTime" | "eventSource" | "username"> &
  Partial<TrailEvent>;

export interface CloudTrailOptions extends Account {
  /** Simulated milliseconds until an event can be looked up. AWS: typically within about 5 minutes. */
  deliveryDelayMs: number;
  /** Where trails deliver to. */
  s3: S3Store;
}

export class CloudTrail implements TrailHost {
  /** Oldest first. */
  readonly #events: TrailEvent[] = [];
  readonly #options: CloudTrailOptions;
  readonly #deliveries: TrailDelivery[] = [];

  constructor(options: CloudTrailOptions) {
    this.#options = options;
  }

  /** Adds an event of the past. */
  seed(event: SeededEvent): void {
    this.#insert({
      eventId: randomUUID(),
      accessKeyId: "",
      readOnly: READ_ONLY.test(event.eventName),
      managementEvent: true,
      resources: [],
      errorCode: null,
      errorMessage: null,
      arn: "",
      requestId: randomUUID(),
      sourceIpAddress: "192.0.2.1",
      ...event,
    });
  }

  /** Records a call that the endpoint answered. */
  record({ call, session, resource, requestId, at, error }: CallOutcome): void {
    this.#insert({
      eventId: randomUUID(),
      eventName: call.operation,
      eventTime: at,
      eventSource: call.eventSource,
      username: session?.sessionArn.split("/").at(-1) ?? "",
      accessKeyId: session?.accessKeyId ?? "",
      readOnly: READ_ONLY.test(call.operation),
      managementEvent: isManagementEvent(call),
      resources:
        resource === "" ? [] : [{ type: `AWS::${call.service.toUpperCase()}::Resource`, name: resource }],
      errorCode: error?.code ?? null,
      errorMessage: error?.message ?? null,
      arn: session?.sessionArn ?? "",
      requestId,
      sourceIpAddress: "127.0.0.1",
    });
  }

  /** Makes a trail into a bucket that exists. It records what has happened since it was logging, too. */
  createTrail(seed: TrailSeed): Trail {
    const trail = new Trail(seed, this.#options);
    const delivery = new TrailDelivery(trail, this.#options, this.#options.s3);
    for (const event of this.#events) delivery.take(event);
    this.#deliveries.push(delivery);
    return trail;
  }

  trails(): Trail[] {
    return this.#deliveries.map(({ trail }) => trail);
  }

  /** What the trail was still to deliver is delivered; nobody can look at it by its name any more. */
  removeTrail(trail: Trail): void {
    trail.stop(this.#options.clock.now());
    trail.deleted = true;
  }

  /** Writes the files that are due; of the trails of one bucket when it is named. */
  deliver(bucket?: string): void {
    for (const delivery of this.#deliveries)
      if (bucket === undefined || delivery.trail.bucket === bucket) delivery.deliver();
  }

  /** Every event, data events too, oldest first. */
  events(): readonly TrailEvent[] {
    return this.#events;
  }

  /** The service as the endpoint serves it. */
  service(): JsonService {
    return {
      name: "cloudtrail",
      targetPrefix: "CloudTrail_20131101",
      throttleError: "ThrottlingException",
      quotas: {
        LookupEvents: {
          ratePerSecond: LOOKUPS_A_SECOND,
          burst: 2,
          source: "https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_LookupEvents.html",
        },
        ...TRAIL_QUOTAS,
      },
      operations: {
        LookupEvents: (input, { region }) => this.#lookup(input, region),
        ...trailOperations(this),
      },
    };
  }

  #insert(event: TrailEvent): void {
    let index = this.#events.length;
    while (index > 0 && (this.#events[index - 1]?.eventTime ?? 0) > event.eventTime) index--;
    this.#events.splice(index, 0, event);
    for (const delivery of this.#deliveries) delivery.take(event);
  }

  #lookup(input: JsonObject, region: string): object {
    const unknown = Object.keys(input).find((name) => !KNOWN_INPUT.has(name));
    if (unknown) throw notImplemented(`the parameter ${unknown} of cloudtrail:LookupEvents`);
    const now = this.#options.clock.now();
    const matches = attributeFilter(input.LookupAttributes);
    const from = Math.max(epochMs(input.StartTime, 0), now - LOOKUP_WINDOW_MS);
    const to = Math.min(epochMs(input.EndTime, now), now - this.#options.deliveryDelayMs);
    if (epochMs(input.StartTime, 0) > epochMs(input.EndTime, now)) {
      throw new AwsError("InvalidTimeRangeException", "The start time must be before the end time.");
    }
    const limit = pageLimit(input.MaxResults);
    const page: TrailEvent[] = [];
    let index = this.#startIndex(input.NextToken);
    for (; index >= 0 && page.length < limit; index--) {
      const event = this.#events[index];
      if (!event || event.eventTime < from) break;
      const shown =
        event.managementEvent && event.eventTime <= to && recordedIn(event, this.#options.region) === region;
      if (shown && matches(event)) page.push(event);
    }
    const more =
      page.length === limit && (this.#events[index]?.eventTime ?? Number.NEGATIVE_INFINITY) >= from;
    const last = page.at(-1);
    return {
      Events: page.map((event) => this.#onWire(event)),
      ...(more && last ? { NextToken: Buffer.from(last.eventId).toString("base64") } : {}),
    };
  }

  /** Where a page begins: just before the last event of the page before, at the newest event otherwise. */
  #startIndex(token: JsonValue): number {
    if (token === undefined || token === null) return this.#events.length - 1;
    const eventId = Buffer.from(String(token), "base64").toString("utf8");
    const index = this.#events.findLastIndex((event) => event.eventId === eventId);
    if (index < 0) throw new AwsError("InvalidNextTokenException", "The token is invalid or has expired.");
    return index - 1;
  }

  #onWire(event: TrailEvent): object {
    return {
      EventId: event.eventId,
      EventName: event.eventName,
      EventTime: event.eventTime / 1000,
      EventSource: event.eventSource,
      ReadOnly: String(event.readOnly),
      AccessKeyId: event.accessKeyId,
      Username: event.username,
      Resources: event.resources.map(({ type, name }) => ({ ResourceType: type, ResourceName: name })),
      CloudTrailEvent: JSON.stringify(trailRecord(event, this.#options)),
    };
  }
}
