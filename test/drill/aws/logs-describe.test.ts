import {
  CreateLogStreamCommand,
  DescribeLogGroupsCommand,
  DescribeLogStreamsCommand,
  type DescribeLogStreamsCommandInput,
  GetLogEventsCommand,
  PutLogEventsCommand,
} from "@aws-sdk/client-cloudwatch-logs";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { ACCOUNT, type Platform, REGION, startPlatform } from "./ecs-platform.ts";

const group = "/ecs/mcp-jira";

let platform: Platform;
beforeEach(async () => {
  platform = await startPlatform({
    speed: 5_000,
    logs: { quirks: { emptyPageRate: 0, partialPageRate: 0 } },
  });
});
afterEach(() => platform.close());

async function names(input: Partial<DescribeLogStreamsCommandInput> = {}): Promise<string[][]> {
  const pages: string[][] = [];
  let nextToken: string | undefined;
  do {
    const page = await platform.clients.logs.send(
      new DescribeLogStreamsCommand({ logGroupName: group, ...input, ...(nextToken && { nextToken }) }),
    );
    pages.push((page.logStreams ?? []).map(({ logStreamName = "" }) => logStreamName));
    nextToken = page.nextToken;
  } while (nextToken !== undefined);
  return pages;
}

test("DescribeLogStreams pages by 50, in the order of names or of the last event", async () => {
  const now = platform.clock.now();
  for (let index = 0; index < 120; index += 1) {
    const name = `mcp/app/${String(index).padStart(3, "0")}`;
    platform.logs.store.seedStream({
      group,
      name,
      events: [{ timestamp: now - index * 1_000, message: "x" }],
    });
  }
  const byName = await names();
  expect(byName.map((page) => page.length)).toEqual([50, 50, 20]);
  expect(byName.flat()).toEqual([...byName.flat()].sort());
  const byTime = await names({ orderBy: "LastEventTime", descending: true });
  expect(byTime.flat()).toEqual(byName.flat());
  expect((await names({ orderBy: "LastEventTime" })).flat()).toEqual([...byName.flat()].reverse());
  expect((await names({ logStreamNamePrefix: "mcp/app/11" })).flat()).toHaveLength(10);
});

test("a stream shows its first, last and latest ingested event", async () => {
  const { store } = platform.logs;
  store.seedStream({
    group,
    name: "s",
    events: [
      { timestamp: 5_000, message: "a" },
      { timestamp: 9_000, message: "b" },
    ],
  });
  store.append(group, "s", [{ timestamp: 7_000, message: "late" }]);
  const { logStreams } = await platform.clients.logs.send(
    new DescribeLogStreamsCommand({ logGroupName: group }),
  );
  expect(logStreams?.[0]).toMatchObject({
    firstEventTimestamp: 5_000,
    lastEventTimestamp: 9_000,
    arn: `arn:aws:logs:${REGION}:${ACCOUNT}:log-group:${group}:log-stream:s`,
  });
  expect(logStreams?.[0]?.lastIngestionTime).toBeGreaterThan(9_000);
});

test("DescribeLogGroups finds by prefix and shows retention", async () => {
  platform.logs.store.seedGroup({ name: group, retentionInDays: 365 });
  platform.logs.store.seedGroup({ name: "/other" });
  const { logGroups } = await platform.clients.logs.send(
    new DescribeLogGroupsCommand({ logGroupNamePrefix: "/ecs/" }),
  );
  expect(logGroups).toHaveLength(1);
  expect(logGroups?.[0]).toMatchObject({
    logGroupName: group,
    retentionInDays: 365,
    logGroupArn: `arn:aws:logs:${REGION}:${ACCOUNT}:log-group:${group}`,
  });
});

test("streams are created and written to; events out of the time limits are rejected by index", async () => {
  platform.logs.store.seedGroup({ name: group });
  const names = { logGroupName: group, logStreamName: "s" };
  await platform.clients.logs.send(new CreateLogStreamCommand(names));
  await expect(platform.clients.logs.send(new CreateLogStreamCommand(names))).rejects.toMatchObject({
    name: "ResourceAlreadyExistsException",
  });
  const now = platform.clock.now();
  const day = 86_400_000;
  const { rejectedLogEventsInfo } = await platform.clients.logs.send(
    new PutLogEventsCommand({
      ...names,
      logEvents: [
        { timestamp: now - 15 * day, message: "too old" },
        { timestamp: now - day, message: "kept" },
        { timestamp: now + day, message: "too new" },
      ],
    }),
  );
  expect(rejectedLogEventsInfo).toEqual({ tooOldLogEventEndIndex: 1, tooNewLogEventStartIndex: 2 });
  const { events } = await platform.clients.logs.send(
    new GetLogEventsCommand({ ...names, startFromHead: true }),
  );
  expect(events?.map(({ message }) => message)).toEqual(["kept"]);
  const backward = new PutLogEventsCommand({
    ...names,
    logEvents: [
      { timestamp: now, message: "b" },
      { timestamp: now - 1, message: "a" },
    ],
  });
  await expect(platform.clients.logs.send(backward)).rejects.toMatchObject({
    message: "Log events in a single PutLogEvents request must be in chronological order.",
  });
});
