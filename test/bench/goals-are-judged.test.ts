import { expect, test } from "@jest/globals";
import type { Measurement } from "../../bench/measure.ts";
import { judge, type SizeReport } from "../../bench/report.ts";

const measured = (secondsToSeal: number, changes: Partial<Measurement> = {}): Measurement => ({
  secondsToSeal,
  secondsInAll: secondsToSeal + 1,
  complete: true,
  items: 1,
  peakMiB: 200,
  cpuSeconds: 5,
  runnerBytes: 1,
  auditBytes: 0,
  bound: [
    { api: "a", calls: 20, perSecond: 2, quotaOf: "account", seconds: 10, made: 20 },
    { api: "b", calls: 1, perSecond: 2, quotaOf: "account", seconds: 0.5, made: 1 },
  ],
  throttled: 0,
  gaps: [],
  load: [0, 1],
  ...changes,
});
const command = (seconds: number, exitCode = 0) => ({
  command: "aws s3 cp",
  seconds,
  bytes: 1,
  exitCode,
  said: exitCode === 0 ? "" : "Throttling",
});
const report = (changes: Partial<SizeReport>): SizeReport => ({
  volume: { events: 1, objects: 1, trail: 1 },
  measured: [measured(11)],
  commands: [command(30), command(30)],
  ...changes,
});

test("the largest of the bounds is the bound, and the commands' times are added up", () => {
  const { lines, sound, goalsMet } = judge([report({})]);
  expect([sound, goalsMet]).toEqual([true, true]);
  expect(lines).toEqual([
    "PASS  1 events, 1 objects: 1.1 of the bound, at most 1.15",
    "PASS  1 events, 1 objects: 5.45 times faster than the commands, at least 5",
    "PASS  1 events, 1 objects: complete, and no audit byte through the runner",
  ]);
});

test("a missed goal is no defect of the capture", () => {
  const { lines, sound, goalsMet } = judge([report({ measured: [measured(13)] })]);
  expect([sound, goalsMet]).toEqual([true, false]);
  expect(lines.filter((line) => line.startsWith("MISS"))).toHaveLength(2);
});

test("of several runs the median counts", () => {
  const { lines } = judge([report({ measured: [measured(30), measured(11), measured(10.5)] })]);
  expect(lines[0]).toContain("1.1 of the bound");
});

test("an incomplete capture, or an audit byte through the runner, is never sound", () => {
  const incomplete = judge([
    report({ measured: [measured(11, { complete: false, gaps: ["what is missing"] })] }),
  ]);
  expect(incomplete.sound).toBe(false);
  expect(incomplete.lines).toContain("what is missing");
  expect(judge([report({ measured: [measured(11, { auditBytes: 1 })] })]).sound).toBe(false);
});

test("without the AWS CLI nothing is claimed about it", () => {
  const { lines, goalsMet } = judge([report({ commands: null })]);
  expect(goalsMet).toBe(true);
  expect(lines.join("\n")).not.toContain("faster");
  expect(lines).toContain("----  1 events, 1 objects: no AWS CLI here to compare with");
});

test("a command that failed is said to have failed", () => {
  const { lines } = judge([report({ commands: [command(60, 254)] })]);
  expect(lines).toContain("----  aws s3 cp failed: Throttling");
});
