import { expect, test } from "@jest/globals";
import { progressReporter } from "../../src/evidence/progress.ts";
import { tickingClock } from "../support/incident.ts";

test("progress says what, how far and how fast, now and then", () => {
  const lines: string[] = [];
  const log = {
    info: (line: string) => lines.push(line),
    warning: () => {},
    error: () => {},
    mask: () => {},
  };
  const report = progressReporter(tickingClock(), log, "cloudwatch-logs");
  for (let done = 1; done <= 20; done += 1)
    report({ unit: "streams", done, total: 1000, volume: { unit: "events", count: done * 60_000 } });
  expect(lines).toEqual([
    "cloudwatch-logs  10/1,000 streams  600,000 events  60,000 events/s",
    "cloudwatch-logs  20/1,000 streams  1,200,000 events  60,000 events/s",
  ]);
  report({ unit: "streams", done: 100, total: 1000, volume: { unit: "events", count: 1_200_001 } });
  expect(lines).toHaveLength(3);
});
