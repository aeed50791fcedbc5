import {
  GetLogEventsCommand,
  type GetLogEventsCommandInput,
  type OutputLogEvent,
} from "@aws-sdk/client-cloudwatch-logs";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { type Platform, startPlatform } from "./ecs-platform.ts";

const group = "/ecs/mcp-jira";
const stream = "mcp/app/0123";
const START = Date.UTC(2026, 2, 2, 12);

let platform: Platform;
afterEach(() => platform.close());

async function start(emptyPageRate: number, partialPageRate: number): Promise<void> {
  platform = await startPlatform({ speed: 5_000, logs: { quirks: { emptyPageRate, partialPageRate } } });
}

const get = (input: Partial<GetLogEventsCommandInput> = {}) =>
  platform.clients.logs.send(
    new GetLogEventsCommand({ logGroupName: group, logStreamName: stream, ...input }),
  );

/** Reads forward until the token repeats; returns the pages. */
async function readAll(input: Partial<GetLogEventsCommandInput> = {}): Promise<OutputLogEvent[][]> {
  const pages: OutputLogEvent[][] = [];
  let token: string | undefined;
  for (;;) {
    const page = await get({ startFromHead: true, ...input, ...(token && { nextToken: token }) });
    pages.push(page.events ?? []);
    if (page.nextForwardToken === token) return pages;
    token = page.nextForwardToken;
  }
}

describe("a generated stream of 25,000 events", () => {
  const count = 25_000;
  beforeEach(async () => {
    await start(0.3, 0.3);
    platform.logs.store.seedStream({
      group,
      name: stream,
      generator: { count, at: (index) => ({ timestamp: START + index * 10, message: `event ${index}` }) },
    });
  });

  test("comes once each, in order, through empty and short pages, and ends with the same token", async () => {
    const pages = await readAll({ limit: 1_000 });
    const messages = pages.flat().map(({ message }) => message);
    expect(messages).toEqual(Array.from({ length: count }, (_, index) => `event ${index}`));
    const emptyOnTheWay = pages.slice(0, -1).filter((page) => page.length === 0).length;
    expect(emptyOnTheWay).toBeGreaterThan(0);
    expect(pages.some((page) => page.length > 0 && page.length < 1_000)).toBe(true);
  });

  test("gives the same page again for the same token", async () => {
    const first = await get({ startFromHead: true, limit: 500 });
    const token = first.nextForwardToken ?? "";
    const [a, b] = [await get({ nextToken: token, limit: 500 }), await get({ nextToken: token, limit: 500 })];
    expect({ ...a, $metadata: null }).toEqual({ ...b, $metadata: null });
  });

  test("keeps to the window: the start is included, the end is not", async () => {
    const pages = await readAll({ startTime: START + 100, endTime: START + 200 });
    expect(pages.flat().map(({ message }) => message)).toEqual(
      Array.from({ length: 10 }, (_, index) => `event ${10 + index}`),
    );
  });

  test("starts with the newest events and goes backward when it is not told to start from the head", async () => {
    const newest = await get({ limit: 10 });
    expect(newest.events?.map(({ message }) => message)).toEqual(
      Array.from({ length: 10 }, (_, index) => `event ${count - 10 + index}`),
    );
    let token = newest.nextBackwardToken ?? "";
    let older: OutputLogEvent[] = [];
    while (older.length === 0) {
      const page = await get({ limit: 10, nextToken: token });
      older = page.events ?? [];
      token = page.nextBackwardToken ?? "";
    }
    expect(older.at(-1)?.message).toBe(`event ${count - 11}`);
  });

  test("a late event that arrives before the reader's place is missed by it, one behind it is not", async () => {
    const page = await get({ startFromHead: true, limit: 1_000 });
    const place = page.events?.at(-1)?.timestamp ?? 0;
    platform.logs.store.append(group, stream, [
      { timestamp: START, message: "late, before" },
      { timestamp: place, message: "late, same instant" },
    ]);
    const rest: OutputLogEvent[] = [];
    let token = page.nextForwardToken;
    for (;;) {
      const next = await get({ ...(token && { nextToken: token }) });
      rest.push(...(next.events ?? []));
      if (next.nextForwardToken === token) break;
      token = next.nextForwardToken;
    }
    const messages = rest.map(({ message }) => message);
    expect(messages).toContain("late, same instant");
    expect(messages).not.toContain("late, before");
    const late = rest.find(({ message }) => message === "late, same instant");
    expect(late?.ingestionTime).toBeGreaterThan(late?.timestamp ?? Number.POSITIVE_INFINITY);
    expect((await readAll()).flat()).toHaveLength(count + 2);
  });
});

test("a page holds at most 10,000 events and 1 MB, each event counting 26 bytes more", async () => {
  await start(0, 0);
  const seed = (name: string, bytes: number) =>
    platform.logs.store.seedStream({
      group,
      name,
      generator: { count: 12_000, at: (index) => ({ timestamp: START + index, message: "x".repeat(bytes) }) },
    });
  seed("short", 10);
  seed("long", 1_000);
  const short = await get({ logStreamName: "short", startFromHead: true });
  expect(short.events).toHaveLength(10_000);
  const long = await get({ logStreamName: "long", startFromHead: true });
  expect(long.events).toHaveLength(Math.floor(1_048_576 / 1_026));
});

test("an empty stream gives empty pages, and the events that come later", async () => {
  await start(1, 0);
  platform.logs.store.seedStream({ group, name: stream });
  const first = await get();
  expect(first.events).toEqual([]);
  platform.logs.store.append(group, stream, [{ timestamp: START, message: "first" }]);
  const seen: OutputLogEvent[] = [];
  let token = first.nextForwardToken ?? "";
  for (let page = 0; page < 4; page += 1) {
    const next = await get({ nextToken: token });
    seen.push(...(next.events ?? []));
    token = next.nextForwardToken ?? "";
  }
  expect(seen.map(({ message }) => message)).toEqual(["first"]);
});

test.each([
  [
    "an unknown group",
    { logGroupName: "/none" },
    "ResourceNotFoundException",
    "The specified log group does not exist.",
  ],
  [
    "an unknown stream",
    { logStreamName: "none" },
    "ResourceNotFoundException",
    "The specified log stream does not exist.",
  ],
  [
    "a token that is none",
    { nextToken: "junk" },
    "InvalidParameterException",
    "The specified nextToken is invalid.",
  ],
  [
    "a limit out of range",
    { limit: 10_001 },
    "InvalidParameterException",
    "1 validation error detected: Value '10001' at 'limit' failed to satisfy constraint: Member must have value less than or equal to 10000",
  ],
])("refuses %s", async (_what, input, name, message) => {
  await start(0, 0);
  platform.logs.store.seedStream({ group, name: stream });
  await expect(get(input)).rejects.toMatchObject({ name, message });
});

test("GetLogEvents is throttled beyond 25 calls a second", async () => {
  // So slow a clock that the bucket does not fill again during the test.
  platform = await startPlatform({ speed: 0.001 });
  platform.logs.store.seedStream({ group, name: stream });
  const answers = await Promise.allSettled(Array.from({ length: 40 }, () => get()));
  const refused = answers.filter((answer) => answer.status === "rejected");
  expect(refused).toHaveLength(15);
  expect(refused[0]?.reason).toMatchObject({ name: "ThrottlingException", message: "Rate exceeded" });
});
