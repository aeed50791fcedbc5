import { createHash } from "node:crypto";
import { gunzipSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { collectLogs } from "../../src/evidence/sources/cloudwatch-logs.ts";
import { readObject } from "../../src/vault/vault.ts";
import { type PreservePlatform, startPreservePlatform, target } from "../support/preserve-platform.ts";

const TASK = "0123456789abcdef0123456789abcdef";
const HOUR_MS = 3_600_000;

let platform: PreservePlatform;
beforeEach(async () => {
  platform = await startPreservePlatform({ tasks: [TASK] });
});
afterEach(() => platform.close());

function seedStream(name: string, count: number, first: number, stepMs: number): void {
  const generator = {
    count,
    at: (index: number) => ({ timestamp: first + index * stepMs, message: `${name} ${index}` }),
  };
  platform.logs.store.seedStream({ group: target.logGroup, name, generator });
}

async function linesOf(key: string): Promise<{ timestamp: number; message: string }[]> {
  const bytes = await readObject(platform.vault, key);
  const text = gunzipSync(bytes ?? Buffer.alloc(0)).toString();
  return text === ""
    ? []
    : text
        .trimEnd()
        .split("\n")
        .map((line) => JSON.parse(line) as { timestamp: number; message: string });
}

describe("the source cloudwatch-logs", () => {
  test("every event of the window is in the evidence, in order, and its digest is that of the stored bytes", async () => {
    const now = platform.clock.now();
    const from = Date.parse(platform.facts.window.from);
    seedStream(`ecs/app/${TASK}`, 23_456, now - 30 * HOUR_MS, 4_000);
    const { record, items } = await collectLogs(await platform.source());
    const expected = [
      ...platform.logs.store.eventsBetween(target.logGroup, `ecs/app/${TASK}`, from, Number.MAX_SAFE_INTEGER),
    ];
    const [item] = items;
    const lines = await linesOf(item?.key ?? "");
    expect(expected.length).toBeGreaterThan(15_000);
    expect(lines.map(({ message }) => message)).toEqual(expected.map(({ message }) => message));
    expect(record).toMatchObject({
      status: "complete",
      gaps: [],
      collected: { streams: 1, events: expected.length },
    });
    expect(record.streams[0]).toMatchObject({
      stream: `ecs/app/${TASK}`,
      key: `incidents/INC-42/captures/7001/cloudwatch-logs/ecs/aiconnectors-servicenow-dev/ecs/app/${TASK}.ndjson.gz`,
      newestEvent: new Date(expected.at(-1)?.timestamp ?? 0).toISOString(),
      complete: true,
    });
    const stored = await readObject(platform.vault, item?.key ?? "");
    expect(
      createHash("sha256")
        .update(stored ?? "")
        .digest("hex"),
    ).toBe(item?.sha256);
    expect(stored?.byteLength).toBe(item?.size);
  });

  test("a running task that has said nothing gives an item without lines", async () => {
    platform.logs.store.seedStream({ group: target.logGroup, name: `ecs/app/${TASK}` });
    const { record, items } = await collectLogs(await platform.source());
    expect(record).toMatchObject({
      status: "complete",
      streams: [{ events: 0, newestEvent: null, complete: true }],
    });
    expect(await linesOf(items[0]?.key ?? "")).toEqual([]);
  });

  test("a running task whose stream is not there is a gap by name", async () => {
    const { record } = await collectLogs(await platform.source());
    expect(record.streams).toMatchObject([{ stream: `ecs/app/${TASK}`, key: null, complete: false }]);
    expect(record.gaps[0]?.what).toBe(`${target.logGroup}:ecs/app/${TASK}`);
    expect(record.gaps[0]?.why).toContain("ResourceNotFoundException");
  });

  test("streams that ended long before the window are left out, those of stopped tasks within it are not", async () => {
    const now = platform.clock.now();
    seedStream(`ecs/app/${TASK}`, 5, now - HOUR_MS, 1000);
    seedStream("ecs/app/stopped-yesterday", 5, now - 20 * HOUR_MS, 1000);
    seedStream("ecs/app/stopped-last-week", 5, now - 7 * 24 * HOUR_MS, 1000);
    const { record } = await collectLogs(await platform.source());
    expect(record.streams.map(({ stream }) => stream)).toEqual([
      `ecs/app/${TASK}`,
      "ecs/app/stopped-yesterday",
    ]);
  });

  test("one stream that fails leaves the others whole", async () => {
    const now = platform.clock.now();
    seedStream(`ecs/app/${TASK}`, 5, now - HOUR_MS, 1000);
    seedStream("broken", 5, now - HOUR_MS, 1000);
    const source = await platform.source();
    const send = async (command: { input: { logStreamName?: string } }) => {
      if (command.input.logStreamName === "broken")
        throw Object.assign(new Error("no"), { name: "AccessDeniedException" });
      return platform.aws.logs.send(command as never);
    };
    const { record } = await collectLogs({ ...source, aws: { ...source.aws, logs: { send } as never } });
    expect(record.status).toBe("partial");
    expect(record.gaps).toEqual([{ what: `${target.logGroup}:broken`, why: "AccessDeniedException: no" }]);
    expect(record.streams.map(({ complete }) => complete)).toEqual([false, true]);
  });

  test("when ECS does not answer, the listed streams are collected and the doubt is named", async () => {
    seedStream(`ecs/app/${TASK}`, 5, platform.clock.now() - HOUR_MS, 1000);
    const source = await platform.source();
    const { record, items } = await collectLogs({
      ...source,
      service: () => Promise.reject(new Error("ECS is away")),
    });
    expect(items).toHaveLength(1);
    expect(record.status).toBe("partial");
    expect(record.gaps[0]?.why).toContain("ECS is away");
  });

  test("a run that continues another reads back what is there and adds only what was logged since", async () => {
    const now = platform.clock.now();
    const name = `ecs/app/${TASK}`;
    const at = now - HOUR_MS;
    platform.logs.store.seedStream({
      group: target.logGroup,
      name,
      events: [
        { timestamp: at, message: "one" },
        { timestamp: at, message: "two" },
      ],
    });
    const first = await collectLogs(await platform.source());
    const unchanged = await collectLogs(await platform.source());
    expect(unchanged.items).toEqual([{ ...first.items[0], collectedAt: expect.any(String) }]);
    expect(unchanged.record.streams[0]).toMatchObject({ events: 2, continued: [], complete: true });

    platform.logs.store.append(target.logGroup, name, [
      { timestamp: at, message: "three" },
      { timestamp: now, message: "four" },
    ]);
    const { record, items } = await collectLogs(await platform.source());
    expect(items.map(({ key }) => key.split(TASK)[1])).toEqual([".ndjson.gz", "~2.ndjson.gz"]);
    expect(await linesOf(items[1]?.key ?? "")).toMatchObject([{ message: "three" }, { message: "four" }]);
    expect(record.streams[0]).toMatchObject({
      events: 4,
      newestEvent: new Date(now).toISOString(),
      continued: [items[1]?.key],
    });
    const again = await collectLogs(await platform.source());
    expect(again.items.map(({ sha256 }) => sha256)).toEqual(items.map(({ sha256 }) => sha256));
  });
});
