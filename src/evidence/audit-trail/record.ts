import type { Event } from "@aws-sdk/client-cloudtrail";
import { z } from "zod";

/** One of CloudTrail's events, as far as the check of the audit trail reads it. */
export interface TrailEvent {
  id: string;
  name: string;
  /** An invalid date when the record does not say. */
  at: Date;
  /** Who: the ARN of the principal, or what CloudTrail has instead. */
  by: string;
  /** From where: an IP address, or an AWS service. */
  from: string;
  region: string;
  /** Why AWS refused it; null when it was carried out. */
  refused: string | null;
  parameters: Readonly<Record<string, unknown>>;
  /** Names and ARNs of what it was about. */
  resources: string[];
  /** `Management` or `Data`. */
  category: string;
}

const text = z.string().nullish();

/**
 * What a record need not have may be null in it as well as left out
 * (https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html).
 */
const recordSchema = z.object({
  eventID: text,
  eventName: z.string(),
  eventTime: text,
  eventCategory: text,
  /** In records of before version 1.07, which have no category. */
  managementEvent: z.boolean().nullish(),
  awsRegion: text,
  sourceIPAddress: text,
  errorCode: text,
  userIdentity: z.looseObject({ arn: text, type: text }).nullish(),
  requestParameters: z.record(z.string(), z.unknown()).nullish(),
  resources: z.array(z.looseObject({ ARN: text, arn: text }).nullable()).nullish(),
});

/** Reads a record of a trail's file. Undefined when it is none, or has another form. */
export function readRecord(raw: unknown): TrailEvent | undefined {
  const parsed = recordSchema.safeParse(raw);
  if (!parsed.success) return undefined;
  const record = parsed.data;
  return {
    id: record.eventID ?? "",
    name: record.eventName,
    at: new Date(record.eventTime ?? ""),
    by: record.userIdentity?.arn ?? record.userIdentity?.type ?? "unknown",
    from: record.sourceIPAddress ?? "unknown",
    region: record.awsRegion ?? "",
    refused: record.errorCode ?? null,
    parameters: record.requestParameters ?? {},
    resources: (record.resources ?? []).flatMap((resource) => resource?.ARN ?? resource?.arn ?? []),
    category: record.eventCategory ?? (record.managementEvent === false ? "Data" : "Management"),
  };
}

/** Reads an event as LookupEvents gives it: its record, and besides what stands outside of it. */
export function readLookedUp(event: Event): TrailEvent {
  const {
    EventId = "",
    EventName = "",
    EventTime = new Date(0),
    Username = "unknown",
    Resources = [],
  } = event;
  const record = readRecord(json(event.CloudTrailEvent));
  const names = Resources.flatMap(({ ResourceName }) => ResourceName ?? []);
  if (!record) {
    const unread = { region: "", from: "unknown", refused: null, parameters: {}, category: "Management" };
    return { ...unread, id: EventId, name: EventName, at: EventTime, by: Username, resources: names };
  }
  const by = record.by === "unknown" || record.by === "" ? Username : record.by;
  return {
    ...record,
    id: EventId,
    name: EventName,
    at: EventTime,
    by,
    resources: [...record.resources, ...names],
  };
}

function json(text: string | undefined): unknown {
  try {
    return JSON.parse(text ?? "");
  } catch {
    return undefined;
  }
}
