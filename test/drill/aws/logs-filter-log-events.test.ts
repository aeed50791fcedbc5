import {
  type FilteredLogEvent,
  FilterLogEventsCommand,
  type FilterLogEventsCommandInput,
} from "@aws-sdk/client-cloudwatch-logs";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { type Platform, startPlatform } from "./ecs-platform.ts";

const group = "/ecs/mcp-jira";
const START = Date.UTC(2026, 2, 2, 12);
const STREAMS = ["mcp/app/b", "mcp/app/a", "other/app/c"];

let platform: Platform;
beforeEach(async () => {
  platform = await startPlatform({
    speed: 5_000,
    logs: { quirks: { emptyPageRate: 0.3, partialPageRate: 0.3 } },
  });
  for (const name of STREAMS) {
    platform.logs.store.seedStream({
      group,
      name,
      generator: {
        count: 500,
        // Three events share each instant, in every stream the same instants.
        at: (index) => ({
          timestamp: START + Math.floor(index / 3) * 10,
          message: `${index % 100 === 7 ? "ERROR" : "INFO"} ${name} ${index}`,
        }),
      },
    });
  }
});
afterEach(() => platform.close());

async function readAll(input: Partial<FilterLogEventsCommandInput> = {}): Promise<FilteredLogEvent[][]> {
  const pages: FilteredLogEvent[][] = [];
  let nextToken: string | undefined;
  do {
    const page = await platform.clients.logs.send(
      new FilterLogEventsCommand({ logGroupName: group, ...input, ...(nextToken && { nextToken }) }),
    );
    pages.push(page.events ?? []);
    nextToken = page.nextToken;
  } while (nextToken !== undefined);
  return pages;
}

test("interleaves all streams in the order of time, each event once, with empty pages on the way", async () => {
  const pages = await readAll({ limit: 100 });
  const events = pages.flat();
  expect(events).toHaveLength(1_500);
  expect(new Set(events.map(({ eventId }) => eventId)).size).toBe(1_500);
  const times = events.map(({ timestamp = 0 }) => timestamp);
  expect(times).toEqual([...times].sort((a, b) => a - b));
  for (const name of STREAMS) {
    const own = events.filter(({ logStreamName }) => logStreamName === name);
    expect(own.map(({ message }) => message?.split(" ")[2])).toEqual(
      Array.from({ length: 500 }, (_, i) => String(i)),
    );
  }
  expect(pages.slice(0, -1).some((page) => page.length === 0)).toBe(true);
});

test("picks streams by name or prefix", async () => {
  const named = (await readAll({ logStreamNames: ["mcp/app/a"] })).flat();
  expect(new Set(named.map(({ logStreamName }) => logStreamName))).toEqual(new Set(["mcp/app/a"]));
  const prefixed = (await readAll({ logStreamNamePrefix: "mcp/" })).flat();
  expect(prefixed).toHaveLength(1_000);
});

test("includes both ends of the time range", async () => {
  const events = (await readAll({ startTime: START + 10, endTime: START + 20 })).flat();
  expect(events).toHaveLength(2 * 3 * STREAMS.length);
});

test.each([
  ["ERROR", 15],
  ['"ERROR mcp/app/a"', 5],
  ["ERROR -other", 10],
  ["?ERROR ?INFO", 1_500],
])("filters by %s", async (filterPattern, count) => {
  expect((await readAll({ filterPattern })).flat()).toHaveLength(count);
});

test("refuses what it does not know rather than match everything", async () => {
  await expect(readAll({ filterPattern: '{ $.level = "ERROR" }' })).rejects.toMatchObject({
    name: "NotImplemented",
  });
  await expect(readAll({ logStreamNames: ["a"], logStreamNamePrefix: "b" })).rejects.toMatchObject({
    name: "InvalidParameterException",
  });
  await expect(readAll({ logStreamNames: ["none"] })).rejects.toMatchObject({
    name: "ResourceNotFoundException",
  });
});
