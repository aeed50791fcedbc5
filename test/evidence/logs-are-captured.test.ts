import { createHash } from "node:crypto";
import { Readable } from "node:stream";
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

  test("a group that may not be listed is a gap, and the running tasks' streams are collected all the same", async () => {
    seedStream(`ecs/app/${TASK}`, 5, platform.clock.now() - HOUR_MS, 1000);
    seedStream("ecs/app/stopped-an-hour-ago", 5, platform.clock.now() - HOUR_MS, 1000);
    const source = await platform.source();
    const send = async (command: { constructor: { name: string } }) => {
      if (command.constructor.name === "DescribeLogStreamsCommand")
        throw Object.assign(new Error("not authorized"), { name: "AccessDeniedException" });
      return platform.aws.logs.send(command as never);
    };
    const aws = { ...source.aws, logs: { send } as never };
    const { record, items } = await collectLogs({ ...source, aws });
    expect(items).toHaveLength(1);
    expect(record).toMatchObject({
      status: "partial",
      streams: [{ stream: `ecs/app/${TASK}`, events: 5, complete: true }],
      gaps: [
        {
          what: expect.stringContaining(target.logGroup),
          why: expect.stringContaining("AccessDeniedException: not authorized"),
        },
      ],
    });

    const noTasks = async () => ({ ...(await source.service()), tasks: [] });
    const without = await collectLogs({ ...source, aws, service: noTasks });
    expect(without).toMatchObject({ record: { status: "failed", gaps: [{}] }, items: [] });
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

  test("a run that continues another finds what arrived late, wherever in the window, and nothing twice", async () => {
    const name = `ecs/app/${TASK}`;
    const at = platform.clock.now() - HOUR_MS;
    const beforeWindow = Date.parse(platform.facts.window.from) - HOUR_MS;
    // Three an instant, two of them alike, over several pages.
    const count = 24_000;
    const generator = {
      count,
      at: (index: number) => ({
        timestamp: at + Math.floor(index / 3) * 100,
        message: index % 3 === 2 ? "other" : "alike",
      }),
    };
    platform.logs.store.seedStream({ group: target.logGroup, name, generator });
    await collectLogs(await platform.source());
    const late = [
      { timestamp: beforeWindow, message: "too old" },
      { timestamp: at - 1, message: "before all" },
      { timestamp: at + 300, message: "alike" },
      { timestamp: at + 300, message: "alike" },
      { timestamp: at + 400_050, message: "in between" },
    ];
    platform.logs.store.append(target.logGroup, name, late.slice(0, 3));
    platform.logs.store.append(target.logGroup, name, late.slice(3));
    const resumed = await collectLogs(await platform.source());
    platform.logs.store.append(target.logGroup, name, [{ timestamp: at + 300, message: "later still" }]);
    const { record, items } = await collectLogs(await platform.source());

    expect(items.map(({ detail }) => detail?.events)).toEqual([count, 4, 1]);
    expect(items.slice(0, 2).map(({ sha256 }) => sha256)).toEqual(resumed.items.map(({ sha256 }) => sha256));
    const lines = (await Promise.all(items.map(({ key }) => linesOf(key)))).flat();
    const expected = [
      ...platform.logs.store.eventsBetween(
        target.logGroup,
        name,
        Date.parse(platform.facts.window.from),
        Number.MAX_SAFE_INTEGER,
      ),
    ];
    const told = (events: readonly { timestamp: number; message: string }[]) =>
      events.map(({ timestamp, message }) => `${timestamp} ${message}`).sort();
    expect(told(lines)).toEqual(told(expected));
    expect(record).toMatchObject({ status: "complete", collected: { events: count + 5 } });
    expect(record.streams[0]?.continued).toHaveLength(2);
  });

  test("a broken line while the vault is read back starts the comparison anew", async () => {
    const name = `ecs/app/${TASK}`;
    seedStream(name, 20_000, platform.clock.now() - HOUR_MS, 10);
    await collectLogs(await platform.source());
    platform.logs.store.append(target.logGroup, name, [
      { timestamp: platform.clock.now() - HOUR_MS, message: "late" },
    ]);
    const source = await platform.source();
    let reads = 0;
    const send = async (command: { constructor: { name: string } }) => {
      const answer = (await platform.aws.s3.send(command as never)) as { Body?: Readable };
      if (command.constructor.name === "GetObjectCommand" && answer.Body && ++reads === 2) {
        const error = Object.assign(new Error("socket hang up"), { code: "ECONNRESET" });
        answer.Body.resume();
        answer.Body = Readable.from(
          (async function* () {
            yield Buffer.from([0x1f, 0x8b, 8, 0]);
            throw error;
          })(),
        );
      }
      return answer;
    };
    const s3 = Object.create(platform.aws.s3, { send: { value: send } });
    const { items, record } = await collectLogs({ ...source, vault: { ...source.vault, s3 } });
    expect(reads).toBe(3);
    expect(record).toMatchObject({ status: "complete", gaps: [] });
    expect(items.map(({ detail }) => detail?.events)).toEqual([20_000, 1]);
    expect(await linesOf(items[1]?.key ?? "")).toMatchObject([{ message: "late" }]);
  });
});
