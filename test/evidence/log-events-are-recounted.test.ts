import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import type { SourceContext } from "../../src/evidence/context.ts";
import { collectLogs } from "../../src/evidence/sources/cloudwatch-logs.ts";
import { adding, sealedLogs } from "../support/log-captures.ts";
import { type PreservePlatform, startPreservePlatform, target } from "../support/preserve-platform.ts";

const NAMES = ["ecs/app/1", "ecs/app/2"];

let platform: PreservePlatform;
let first: SourceContext;
beforeEach(async () => {
  platform = await startPreservePlatform();
  const start = platform.clock.now() - 600_000;
  const events = Array.from({ length: 60 }, (_, index) => ({
    timestamp: start + Math.floor(index / 3) * 1000,
    message: index % 3 === 0 ? "other" : "alike",
  }));
  for (const name of NAMES) platform.logs.store.seedStream({ group: target.logGroup, name, events });
  first = { ...(await platform.source()), target: { ...target, logExportBucket: null } };
});
afterEach(() => platform.close());

const counted = () => platform.operations("logs").filter((operation) => operation === "FilterLogEvents");

describe("without an export", () => {
  test("the sweep's last look counts the events again by another route, and a responder never waits for that", async () => {
    const sealed = sealedLogs(first, await collectLogs(first));
    await collectLogs(adding(first, [sealed], { hours: 1 }));
    expect(counted()).toEqual([]);
    const { record } = await collectLogs(adding(first, [sealed], { hours: 3, capture: "7003" }));
    expect(counted().length).toBeGreaterThan(0);
    expect(record).toMatchObject({ status: "complete", gaps: [], collected: { recountedEvents: 120 } });
    expect(record.expected.counted).toContain("FilterLogEvents");
  });

  test("an event that the reading left out is a gap by the stream's name", async () => {
    const send = async (command: { constructor: { name: string }; input: { logStreamName?: string } }) => {
      const answer = (await platform.aws.logs.send(command as never)) as { events?: { message: string }[] };
      const left =
        command.constructor.name === "GetLogEventsCommand" && command.input.logStreamName === NAMES[1];
      return left
        ? { ...answer, events: answer.events?.filter(({ message }) => message !== "other") }
        : answer;
    };
    const blind = { ...first, aws: { ...first.aws, logs: { send } as never } };
    const sealed = sealedLogs(first, await collectLogs(blind));
    const { record } = await collectLogs(adding(blind, [sealed], { hours: 3 }));
    expect(record.status).toBe("partial");
    expect(record.gaps).toEqual([
      { what: `${target.logGroup}:${NAMES[1]}`, why: expect.stringContaining("gives 20 events") },
    ]);
  });

  test("an event that only the second count gave stays missing when it is in CloudWatch no more", async () => {
    const hidden = async (command: { constructor: { name: string }; input: { logStreamName?: string } }) => {
      const answer = (await platform.aws.logs.send(command as never)) as { events?: { message: string }[] };
      const gone =
        command.constructor.name === "FilterLogEventsCommand" ||
        (command.constructor.name === "GetLogEventsCommand" && command.input.logStreamName === NAMES[1]);
      return gone
        ? { ...answer, events: answer.events?.filter(({ message }) => message !== "other") }
        : answer;
    };
    const seen = async (command: { constructor: { name: string } }) =>
      command.constructor.name === "FilterLogEventsCommand"
        ? platform.aws.logs.send(command as never)
        : hidden(command as never);
    const by = (context: SourceContext, send: unknown) => ({
      ...context,
      aws: { ...context.aws, logs: { send } as never },
    });
    const sealed = sealedLogs(first, await collectLogs(by(first, hidden)));
    const second = by(adding(first, [sealed], { hours: 3 }), seen);
    const counted = await collectLogs(second);
    const third = by(
      adding(first, [sealed, sealedLogs(second, counted)], { hours: 4, capture: "7003" }),
      hidden,
    );
    const { record } = await collectLogs(third);
    expect(counted.record.gaps).toHaveLength(1);
    expect(record).toMatchObject({ status: "partial", gaps: counted.record.gaps });
  });

  test("more events than this route is for are said not to be counted again, and that is no gap", async () => {
    const sealed = sealedLogs(first, await collectLogs(first));
    const [stream] = (sealed.manifest.sources[0] as { streams?: { events: number }[] }).streams ?? [];
    if (stream) stream.events = 100_001;
    const { record } = await collectLogs(adding(first, [sealed], { hours: 3 }));
    expect(record).toMatchObject({ status: "complete", gaps: [] });
    expect(record.expected.counted).toMatch(/; not counted by another route: 100,061 events are more than/);
    expect(counted()).toEqual([]);
  });

  test("who may not filter has a gap that says so, until a later capture may", async () => {
    const sealed = sealedLogs(first, await collectLogs(first));
    const send = async (command: { constructor: { name: string } }) => {
      if (command.constructor.name === "FilterLogEventsCommand")
        throw Object.assign(new Error("not authorized"), { name: "AccessDeniedException" });
      return platform.aws.logs.send(command as never);
    };
    const context = adding(first, [sealed], { hours: 3 });
    const refused = await collectLogs({ ...context, aws: { ...context.aws, logs: { send } as never } });
    expect(refused.record).toMatchObject({
      status: "partial",
      gaps: [
        {
          what: `a second count of the events of the log group ${target.logGroup}`,
          why: "not counted by another route, FilterLogEvents: AccessDeniedException: not authorized",
        },
      ],
    });
    expect(refused.record.collected).not.toHaveProperty("recountedEvents");
    expect(refused.record.expected.counted).toContain(
      "; not counted by another route: AccessDeniedException",
    );
    expect(platform.printed.join("\n")).toContain("AccessDeniedException: not authorized");
    const captures = [sealed, sealedLogs(context, refused)];
    const { record } = await collectLogs(adding(first, captures, { hours: 4, capture: "7003" }));
    expect(record).toMatchObject({ status: "complete", gaps: [], collected: { recountedEvents: 120 } });
  });
});
