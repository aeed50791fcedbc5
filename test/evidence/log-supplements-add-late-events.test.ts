import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import type { SourceContext } from "../../src/evidence/context.ts";
import type { SealedCapture } from "../../src/evidence/manifest.ts";
import { collectLogs } from "../../src/evidence/sources/cloudwatch-logs.ts";
import { adding, eventsIn, sealedLogs } from "../support/log-captures.ts";
import { type PreservePlatform, startPreservePlatform, target } from "../support/preserve-platform.ts";

const TASK = "0123456789abcdef0123456789abcdef";
const NAME = `ecs/app/${TASK}`;
const HOUR_MS = 3_600_000;

let platform: PreservePlatform;
let first: SourceContext;
let start: number;
beforeEach(async () => {
  platform = await startPreservePlatform({ tasks: [TASK] });
  start = platform.clock.now() - HOUR_MS;
  const events = Array.from({ length: 500 }, (_, index) => ({
    timestamp: start + Math.floor(index / 2) * 1000,
    message: index % 2 === 0 ? "alike" : "other",
  }));
  platform.logs.store.seedStream({ group: target.logGroup, name: NAME, events });
  first = { ...(await platform.source()), target: { ...target, logExportBucket: null } };
});
afterEach(() => platform.close());

const append = (events: { timestamp: number; message: string }[], name = NAME) =>
  platform.logs.store.append(target.logGroup, name, events);

async function capture(): Promise<SealedCapture> {
  return sealedLogs(first, await collectLogs(first));
}

describe("a supplementary capture of the logs", () => {
  test("the first capture is complete, and says that late events may come", async () => {
    const { record } = await collectLogs(first);
    expect(record.status).toBe("complete");
    const expectedBy = new Date(first.window.to.getTime() + 2 * HOUR_MS).toISOString();
    expect(record.pending).toMatchObject([{ what: "late log events of the window", expectedBy }]);
  });

  test("it holds the late events of the window and nothing twice, and counts them with the others", async () => {
    const sealed = await capture();
    append([
      { timestamp: first.window.from.getTime() - 1, message: "before the window" },
      { timestamp: start, message: "alike" },
    ]);
    append([{ timestamp: start + 5500, message: "late" }]);
    append([{ timestamp: first.window.to.getTime() + 1, message: "after the window" }]);
    const context = adding(first, [sealed]);
    const { record, items } = await collectLogs(context);
    expect((await eventsIn(platform, items)).map(({ message }) => message)).toEqual(["alike", "late"]);
    expect(items.map(({ key }) => key.startsWith(context.folder))).toEqual([true]);
    expect(record).toMatchObject({ status: "complete", gaps: [], collected: { events: 502, streams: 1 } });
    expect(record.streams).toMatchObject([{ stream: NAME, events: 2, key: items[0]?.key }]);

    const all = await eventsIn(platform, [...sealed.manifest.items, ...items]);
    expect(new Set(all.map(({ eventId }) => eventId)).size).toBe(502);
  });

  test("when nothing came it has no item, and after two hours the source is final", async () => {
    const sealed = await capture();
    const soon = await collectLogs(adding(first, [sealed], { hours: 1 }));
    expect(soon).toMatchObject({ items: [], record: { streams: [], collected: { events: 500 } } });
    expect(soon.record.pending).toHaveLength(1);
    const later = await collectLogs(adding(first, [sealed], { hours: 2.1 }));
    expect(later).toMatchObject({ items: [], record: { status: "complete", gaps: [] } });
    expect(later.record.pending).toBeUndefined();
  });

  test("a third one adds to both", async () => {
    const sealed = await capture();
    append([{ timestamp: start + 5500, message: "late" }]);
    const second = adding(first, [sealed]);
    const also = sealedLogs(second, await collectLogs(second));
    append([{ timestamp: start + 5600, message: "later" }]);
    const { record, items } = await collectLogs(adding(first, [sealed, also], { capture: "7003" }));
    expect((await eventsIn(platform, items)).map(({ message }) => message)).toEqual(["later"]);
    expect(record.collected).toMatchObject({ events: 502 });
  });

  test("a stream that appeared since with events of the window is collected, an empty new one is not", async () => {
    const sealed = await capture();
    append([{ timestamp: start, message: "from a forgotten task" }], "ecs/app/late");
    platform.logs.store.createStream(target.logGroup, "ecs/app/new-task");
    const { record, items } = await collectLogs(adding(first, [sealed]));
    expect(record.streams.map(({ stream }) => stream)).toEqual(["ecs/app/late"]);
    expect(await eventsIn(platform, items)).toMatchObject([{ message: "from a forgotten task" }]);
  });

  test("a stream that had failed is collected whole", async () => {
    const send = async (command: { constructor: { name: string } }) => {
      if (command.constructor.name === "GetLogEventsCommand")
        throw Object.assign(new Error("no"), { name: "AccessDeniedException" });
      return platform.aws.logs.send(command as never);
    };
    const failing = { ...first, aws: { ...first.aws, logs: { send } as never } };
    const failed = await collectLogs(failing);
    expect(failed.record).toMatchObject({ status: "failed", streams: [{ key: null, complete: false }] });
    const { record } = await collectLogs(adding(first, [sealedLogs(first, failed)]));
    expect(record).toMatchObject({
      status: "complete",
      collected: { events: 500 },
      streams: [{ events: 500 }],
    });
  });

  test("a stream that is gone since is a gap by name", async () => {
    const sealed = await capture();
    platform.logs.store.group(target.logGroup).streams.delete(NAME);
    const { record } = await collectLogs(adding(first, [sealed], { hours: 3 }));
    expect(record.status).toBe("partial");
    expect(record.gaps[0]).toMatchObject({ what: `${target.logGroup}:${NAME}` });
  });
});
