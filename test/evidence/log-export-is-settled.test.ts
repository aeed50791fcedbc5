import { DescribeExportTasksCommand } from "@aws-sdk/client-cloudwatch-logs";
import { afterEach, describe, expect, test } from "@jest/globals";
import type { ExportOptions } from "../../drill/aws/logs/export.ts";
import type { SourceContext } from "../../src/evidence/context.ts";
import { collectLogs } from "../../src/evidence/sources/cloudwatch-logs.ts";
import type { EntryData } from "../../src/incident/entries.ts";
import { adding, sealedLogs } from "../support/log-captures.ts";
import { type PreservePlatform, startPreservePlatform, target } from "../support/preserve-platform.ts";

const NAME = "ecs/app/1";

let platform: PreservePlatform;
afterEach(() => platform.close());

interface Told {
  requests: Omit<EntryData<"evidence-requested">, "capture">[];
  settled: [string, string, string][];
  first: SourceContext;
}

async function start(exports: Partial<ExportOptions> = {}): Promise<Told> {
  platform = await startPreservePlatform({ exports: { durationMs: 2000, ...exports } });
  const now = platform.clock.now();
  const events = Array.from({ length: 300 }, (_, index) => ({
    timestamp: now - (index < 150 ? 5_400_000 : 60_000) + index * 100,
    message: index % 3 === 0 ? "two\nlines" : "one",
  }));
  platform.logs.store.seedStream({ group: target.logGroup, name: NAME, events });
  const told: Omit<Told, "first"> = { requests: [], settled: [] };
  const source = await platform.source();
  const first: SourceContext = {
    ...source,
    request: async (asked) => {
      told.requests.push(asked);
      return asked.request;
    },
    settle: async (...args) => {
      told.settled.push(args);
    },
  };
  return { ...told, first };
}

const created = () => platform.operations("logs").filter((operation) => operation === "CreateExportTask");
/** Until no task is under way. */
async function untilDone(): Promise<void> {
  for (;;) {
    const { exportTasks = [] } = await platform.aws.logs.send(new DescribeExportTasksCommand({}));
    if (exportTasks.every(({ status }) => status?.code === "COMPLETED" || status?.code === "FAILED")) return;
    await platform.clock.sleep(500);
  }
}

describe("the export task", () => {
  test("is asked for once the streams are captured, and nobody waits for it", async () => {
    const { first, requests } = await start();
    const { record, items } = await collectLogs(first);
    expect(record.status).toBe("complete");
    expect(items).toHaveLength(1);
    expect(record.pending?.map(({ what }) => what)).toContainEqual(
      expect.stringContaining("export of the log group"),
    );
    expect(requests).toMatchObject([{ request: "log-export/7001", of: "CloudWatch Logs", text: null }]);
    expect(requests[0]?.reference).toMatch(/^[0-9a-f-]{36}$/);
    expect(platform.operations("logs").indexOf("CreateExportTask")).toBeGreaterThan(
      platform.operations("logs").lastIndexOf("GetLogEvents"),
    );
    await collectLogs({ ...first, present: new Set(items.map(({ key }) => key)) });
    expect(created()).toHaveLength(1);
  });

  test("the sweep copies what it delivered, finds each line among the captured events, and settles it", async () => {
    const { first, settled } = await start();
    const sealed = sealedLogs(first, await collectLogs(first));
    await untilDone();
    const context = adding(first, [sealed], { hours: 3 });
    const { record, items } = await collectLogs(context);
    expect(record).toMatchObject({ status: "complete", gaps: [], collected: { exportedLines: 400 } });
    expect(record.pending).toBeUndefined();
    expect(record.expected.counted).toContain("export");
    expect(items).toMatchObject([{ source: "cloudwatch-logs", method: "copy" }]);
    expect(items[0]?.key).toMatch(/7002\/cloudwatch-logs\/export\/[0-9a-f-]{36}\/ecs-app-1\/000000\.gz$/);
    expect(settled).toMatchObject([["log-export/7001", "delivered", expect.stringContaining("all of them")]]);

    const third = await collectLogs(
      adding(first, [sealed, sealedLogs(context, { record, items })], { hours: 4, capture: "7003" }),
    );
    expect(third).toMatchObject({ items: [], record: { status: "complete" } });
    expect(third.record.pending).toBeUndefined();
    expect(third.record.collected).toMatchObject({ exportedLines: 400, capturedLinesNotExported: 0 });
  });

  test("an export of nothing, since nothing could be exported yet, is settled and the events are counted again", async () => {
    const { first, settled } = await start({ delayMs: 7_200_000, write: async () => {} });
    const sealed = sealedLogs(first, await collectLogs(first));
    await untilDone();
    const { record, items } = await collectLogs(adding(first, [sealed], { hours: 3 }));
    expect(items).toEqual([]);
    expect(record).toMatchObject({
      status: "complete",
      gaps: [],
      collected: { exportedLines: 0, capturedLinesNotExported: 400, recountedEvents: 300 },
    });
    expect(settled).toMatchObject([["log-export/7001", "delivered", expect.any(String)]]);
  });

  test("a line of the export that the captured events lack is a gap by name", async () => {
    const { first } = await start();
    const collected = await collectLogs(first);
    await untilDone();
    const [stream] = collected.record.streams;
    const without = { ...collected.record, streams: [{ ...stream, key: null, events: 0 }] };
    const sealed = sealedLogs(first, { ...collected, record: without as typeof collected.record });
    const away = { ...adding(first, [sealed], { hours: 3 }) };
    const send = async (command: { constructor: { name: string } }) => {
      if (command.constructor.name === "GetLogEventsCommand") return { events: [] };
      return platform.aws.logs.send(command as never);
    };
    const { record } = await collectLogs({ ...away, aws: { ...away.aws, logs: { send } as never } });
    expect(record.gaps).toContainEqual({
      what: `${target.logGroup}: ecs-app-1`,
      why: expect.stringContaining("holds 400 lines that the captured events do not"),
    });
  });

  test("a line that was missing stays a gap until a later capture holds it", async () => {
    const { first } = await start();
    const collected = await collectLogs(first);
    await untilDone();
    const streams = collected.record.streams.map((stream) => ({ ...stream, key: null, events: 0 }));
    const sealed = sealedLogs(first, { ...collected, record: { ...collected.record, streams } });
    const send = async (command: { constructor: { name: string } }) =>
      /GetLogEvents|FilterLogEvents/.test(command.constructor.name)
        ? { events: [] }
        : platform.aws.logs.send(command as never);
    const blind = (context: SourceContext) => ({
      ...context,
      aws: { ...context.aws, logs: { send } as never },
    });
    const second = blind(adding(first, [sealed], { hours: 3 }));
    const lacking = await collectLogs(second);
    const captures = [sealed, sealedLogs(second, lacking)];
    const third = await collectLogs(blind(adding(first, captures, { hours: 4, capture: "7003" })));
    expect(third.items).toEqual([]);
    expect(third.record).toMatchObject({ status: "partial", gaps: lacking.record.gaps });
    expect(third.record.gaps[0]?.why).toContain("holds 400 lines that the captured events do not");

    const withThem = [sealedLogs(first, collected), captures[1] as (typeof captures)[number]];
    const fourth = await collectLogs(adding(first, withThem, { hours: 5, capture: "7004" }));
    expect(fourth.record).toMatchObject({ status: "complete", gaps: [], collected: { exportedLines: 400 } });
  });

  test("events too new to be exported are no gap: they are counted", async () => {
    const { first } = await start({ delayMs: 3_600_000 });
    const sealed = sealedLogs(first, await collectLogs(first));
    await untilDone();
    const { record } = await collectLogs(adding(first, [sealed], { hours: 3 }));
    const { exportedLines, capturedLinesNotExported } = record.collected;
    expect(record).toMatchObject({ status: "complete", gaps: [] });
    expect([exportedLines, capturedLinesNotExported]).toEqual([200, 200]);
    expect(record.collected.recountedEvents).toBe(300);
  });

  test("it queues behind a task that runs in the account, and the sweep asks again", async () => {
    const { first, requests, settled } = await start();
    const end = platform.logs.exports.occupy(24 * 3_600_000);
    const { record, items } = await collectLogs(first);
    expect(record).toMatchObject({ status: "complete", collected: { export: "queued" } });
    expect(requests).toMatchObject([{ request: "log-export/7001", reference: null }]);
    expect(created()).toHaveLength(0);
    const sealed = sealedLogs(first, { record, items });
    end();
    const second = adding(first, [sealed], { hours: 1 });
    const asked = sealedLogs(second, await collectLogs(second));
    expect(created()).toHaveLength(1);
    await untilDone();
    const { record: done } = await collectLogs(adding(first, [sealed, asked], { hours: 3, capture: "7003" }));
    expect(done).toMatchObject({ status: "complete", collected: { exportedLines: 400 } });
    expect(done.pending).toBeUndefined();
    expect(settled).toMatchObject([["log-export/7001", "delivered", expect.any(String)]]);
  });

  test("a task that failed is asked for again, until the deadline", async () => {
    const { first, requests, settled } = await start({ write: () => Promise.reject(new Error("disk full")) });
    const sealed = sealedLogs(first, await collectLogs(first));
    await untilDone();
    await collectLogs(adding(first, [sealed], { hours: 1 }));
    expect(settled).toMatchObject([["log-export/7001", "replaced", expect.stringContaining("disk full")]]);
    expect(requests.map(({ request }) => request)).toEqual(["log-export/7001", "log-export/7001-2"]);
    await untilDone();
    const { record } = await collectLogs(adding(first, [sealed], { hours: 25, capture: "7003" }));
    expect(record.status).toBe("partial");
    expect(record.gaps).toMatchObject([{ why: expect.stringContaining("disk full") }]);
    expect(settled.at(-1)).toMatchObject(["log-export/7001-2", "expired", expect.any(String)]);
  });

  test("a bucket that CloudWatch may not write to is a gap that says what to mend", async () => {
    const { first } = await start();
    platform.server.s3.bucket(first.target.logExportBucket ?? "").policy = null;
    const { record } = await collectLogs(first);
    expect(record.status).toBe("partial");
    expect(record.streams).toMatchObject([{ complete: true }]);
    expect(record.gaps).toMatchObject([{ why: expect.stringContaining("GetBucketAcl") }]);
  });

  test("a request whose answer got lost is found again by its name", async () => {
    const { first, requests } = await start();
    let lost = false;
    const send = async (command: { constructor: { name: string } }) => {
      const answer = await platform.aws.logs.send(command as never);
      if (command.constructor.name === "CreateExportTaskCommand" && !lost) {
        lost = true;
        throw Object.assign(new Error("socket hang up"), { code: "ECONNRESET" });
      }
      return answer;
    };
    await collectLogs({ ...first, aws: { ...first.aws, logs: { send } as never } });
    expect(created()).toHaveLength(1);
    expect(requests[0]?.reference).toMatch(/^[0-9a-f-]{36}$/);
  });
});
