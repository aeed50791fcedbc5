import type {
  GetLogEventsCommand,
  GetLogEventsResponse,
  OutputLogEvent,
} from "@aws-sdk/client-cloudwatch-logs";
import { describe, expect, test } from "@jest/globals";
import type { HeldLines } from "../../src/evidence/held-lines.ts";
import {
  type LogRange,
  type LogReading,
  type LogTally,
  readLogLines,
} from "../../src/evidence/log-reader.ts";
import type { Aws } from "../../src/ports.ts";
import { tickingClock } from "../support/incident.ts";

const REF = { group: "/ecs/app", stream: "ecs/app/1" };

/** CloudWatch Logs that answers with these pages, one after the other; the last one's token repeats. */
function logsOf(pages: OutputLogEvent[][]) {
  const asked: GetLogEventsCommand["input"][] = [];
  const send = async (command: GetLogEventsCommand): Promise<GetLogEventsResponse> => {
    asked.push(command.input);
    const index = Number(command.input.nextToken ?? 0);
    return { events: pages[index] ?? [], nextForwardToken: String(Math.min(index + 1, pages.length)) };
  };
  return { aws: { logs: { send } } as unknown as Aws, asked };
}

/** Calls leave at once. */
const lane: LogReading["lane"] = { run: (call) => call() };

async function read(
  pages: OutputLogEvent[][],
  held?: Pick<HeldLines, "missing">,
  range: Partial<LogRange> = {},
) {
  const { aws, asked } = logsOf(pages);
  const tally: LogTally = { events: 0, newest: null };
  const buffers: Buffer[] = [];
  for await (const page of readLogLines(
    { aws, clock: tickingClock(), lane },
    REF,
    { from: 1000, ...range },
    tally,
    held,
  ))
    buffers.push(page);
  return { lines: Buffer.concat(buffers).toString().split("\n").slice(0, -1), tally, asked };
}

const event = (timestamp: number, message = `m${timestamp}`): OutputLogEvent => ({
  timestamp,
  ingestionTime: timestamp + 1,
  message,
});

describe("reading a log stream", () => {
  test("empty pages with a fresh token are not the end", async () => {
    const { lines, tally, asked } = await read([[event(1000)], [], [], [event(2000)], []]);
    expect(lines.map((line) => JSON.parse(line).message)).toEqual(["m1000", "m2000"]);
    expect(tally).toEqual({ events: 2, newest: 2000 });
    expect(asked.map(({ nextToken }) => nextToken)).toEqual([undefined, "1", "2", "3", "4", "5"]);
    expect(
      asked.every(({ startFromHead, startTime, endTime }) => startFromHead && startTime === 1000 && !endTime),
    ).toBe(true);
  });

  test("events that look the same are all kept", async () => {
    const { lines, tally } = await read([[event(1000, "same"), event(1000, "same")], [event(1000, "same")]]);
    expect(lines).toHaveLength(3);
    expect(tally.events).toBe(3);
  });

  test("a line holds the event as CloudWatch gave it, whatever is in it", async () => {
    const message = 'quotes " newline \n tab \t \u0000 \u2028 "}\n{"timestamp":0}';
    const { lines } = await read([[event(1000, message)]]);
    expect(lines).toHaveLength(1);
    expect(JSON.parse(lines[0] ?? "")).toEqual({
      ...event(1000, message),
      ...REF,
      eventId: expect.stringMatching(/^[0-9a-f]{32}$/),
    });
  });

  test("what is held in the evidence is left out and not counted", async () => {
    const asked: number[] = [];
    const held = {
      missing: async (lines: readonly string[], newest: number) => {
        asked.push(newest);
        return lines.filter((line) => !line.includes("same"));
      },
    };
    const { lines, tally } = await read(
      [[event(1000, "same"), event(2000)], [], [event(3000, "same")]],
      held,
    );
    expect(lines.map((text) => JSON.parse(text).message)).toEqual(["m2000"]);
    expect(tally).toEqual({ events: 1, newest: 3000 });
    expect(asked).toEqual([2000, 3000]);
  });

  test("only what was ingested since is given, up to the window's end", async () => {
    const early = { timestamp: 1500, ingestionTime: 1600, message: "held already" };
    const late = { timestamp: 1400, ingestionTime: 9000, message: "late" };
    const { lines, tally, asked } = await read([[late, early]], undefined, {
      before: 2001,
      ingestedSince: 8000,
    });
    expect(lines.map((text) => JSON.parse(text).message)).toEqual(["late"]);
    expect(tally).toEqual({ events: 1, newest: 1500 });
    expect(asked.every(({ endTime }) => endTime === 2001)).toBe(true);
  });

  test("a stream that is written to without end is left once it is caught up", async () => {
    const late = Date.parse("2026-11-21T04:00:00Z");
    const endless = Array.from({ length: 1000 }, (_, index) => [event(late + index)]);
    const { tally } = await read([[event(1000)], ...endless]);
    expect(tally.events).toBe(2);
  });
});
