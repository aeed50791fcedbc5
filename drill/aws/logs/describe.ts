/** DescribeLogGroups and DescribeLogStreams. */
import { z } from "zod";
import { AwsError } from "../errors.ts";
import { decodeToken, encodeToken, readInput } from "../input.ts";
import type { CallContext, JsonOperation } from "../service.ts";
import { chosenGroup } from "./get-log-events.ts";
import { groupIdentifier, groupName, streamName } from "./names.ts";
import { compareText, type LogGroup, type LogStore, type LogStream } from "./store.ts";
import { invalidToken } from "./tokens.ts";

/** Both operations return at most, and by default, 50 a page. */
const PAGE_LIMIT = 50;

const GroupsInput = z.strictObject({
  logGroupNamePrefix: groupName.optional(),
  nextToken: z.string().min(1).optional(),
  limit: z.int().min(1).max(PAGE_LIMIT).optional(),
});

/** https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_DescribeLogGroups.html */
export function describeLogGroups(store: LogStore): JsonOperation {
  return (raw, context) => {
    const input = readInput(GroupsInput, raw, "InvalidParameterException", "DescribeLogGroups");
    context.log(input.logGroupNamePrefix ?? "*");
    const after = tokenPart(input.nextToken, "string");
    const groups = store
      .groups()
      .filter(
        ({ name }) => name.startsWith(input.logGroupNamePrefix ?? "") && (after === null || name > after),
      );
    const page = groups.slice(0, input.limit ?? PAGE_LIMIT);
    return {
      logGroups: page.map((group) => describeGroup(group, context)),
      ...nextToken(groups.length > page.length, page.at(-1)?.name),
    };
  };
}

const StreamsInput = z.strictObject({
  logGroupName: groupName.optional(),
  logGroupIdentifier: groupIdentifier.optional(),
  logStreamNamePrefix: streamName.optional(),
  orderBy: z.enum(["LogStreamName", "LastEventTime"]).optional(),
  descending: z.boolean().optional(),
  nextToken: z.string().min(1).optional(),
  limit: z.int().min(1).max(PAGE_LIMIT).optional(),
});

/** https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_DescribeLogStreams.html */
export function describeLogStreams(store: LogStore): JsonOperation {
  return (raw, context) => {
    const input = readInput(StreamsInput, raw, "InvalidParameterException", "DescribeLogStreams");
    const name = chosenGroup(input);
    context.log(name);
    if (input.orderBy === "LastEventTime" && input.logStreamNamePrefix !== undefined) {
      throw new AwsError(
        "InvalidParameterException",
        "Cannot order by LastEventTime with a logStreamNamePrefix.",
      );
    }
    const streams = orderedStreams(store.group(name), input);
    const after = tokenPart(input.nextToken, "number") ?? 0;
    const page = streams.slice(after, after + (input.limit ?? PAGE_LIMIT));
    const next = after + page.length;
    return {
      logStreams: page.map((stream) => describeStream(name, stream, context)),
      ...nextToken(next < streams.length, next),
    };
  };
}

function orderedStreams(group: LogGroup, input: z.output<typeof StreamsInput>): LogStream[] {
  const sign = input.descending === true ? -1 : 1;
  const streams = [...group.streams.values()].filter(({ name }) =>
    name.startsWith(input.logStreamNamePrefix ?? ""),
  );
  if (input.orderBy !== "LastEventTime") {
    return streams.sort((a, b) => sign * compareText(a.name, b.name));
  }
  const times = new Map(streams.map((stream) => [stream, stream.events.last()?.timestamp ?? 0]));
  return streams.sort(
    (a, b) => sign * ((times.get(a) ?? 0) - (times.get(b) ?? 0) || compareText(a.name, b.name)),
  );
}

function describeGroup(group: LogGroup, { region, accountId }: CallContext): object {
  const logGroupArn = `arn:aws:logs:${region}:${accountId}:log-group:${group.name}`;
  return {
    logGroupName: group.name,
    creationTime: group.createdAt,
    ...(group.retentionInDays === null ? {} : { retentionInDays: group.retentionInDays }),
    metricFilterCount: 0,
    arn: `${logGroupArn}:*`,
    logGroupArn,
    storedBytes: 0,
    logGroupClass: group.protection.logClass,
    ...(group.protection.kmsKey ? { kmsKeyId: group.protection.kmsKey.arn } : {}),
    ...(group.protection.masking ? { dataProtectionStatus: "ACTIVATED" } : {}),
  };
}

function describeStream(group: string, stream: LogStream, { region, accountId }: CallContext): object {
  const first = stream.events.first();
  const last = stream.events.last();
  const ingested = stream.events.lastIngestion();
  return {
    logStreamName: stream.name,
    creationTime: stream.createdAt,
    ...(first === null ? {} : { firstEventTimestamp: first.timestamp }),
    ...(last === null ? {} : { lastEventTimestamp: last.timestamp }),
    ...(ingested === null ? {} : { lastIngestionTime: ingested }),
    uploadSequenceToken: String(stream.serial).padStart(56, "4"),
    arn: `arn:aws:logs:${region}:${accountId}:log-group:${group}:log-stream:${stream.name}`,
    storedBytes: 0,
  };
}

function nextToken(more: boolean, place: string | number | undefined): { nextToken?: string } {
  return more && place !== undefined ? { nextToken: encodeToken([place]) } : {};
}

function tokenPart(token: string | undefined, type: "string"): string | null;
function tokenPart(token: string | undefined, type: "number"): number | null;
function tokenPart(token: string | undefined, type: "string" | "number"): string | number | null {
  if (token === undefined) return null;
  const part = decodeToken(token)?.[0];
  if (part === undefined || typeof part !== type) throw invalidToken();
  return part;
}
