/** What the bench prints: a table for each size, and whether the goals are met. */
import type { CommandRun } from "./commands.ts";
import type { Measurement } from "./measure.ts";
import type { Volume } from "./seeds.ts";

/** At most this many times the lower bound. */
const GOAL_OF_BOUND = 1.15;
/** At least this many times faster than the commands. */
const GOAL_OF_COMMANDS = 5;

export interface SizeReport {
  volume: Volume;
  measured: readonly Measurement[];
  /** Null when there is no AWS CLI here. */
  commands: readonly CommandRun[] | null;
}

export function printReport({ volume, measured, commands }: SizeReport): void {
  const { events, objects, trail } = volume;
  print(`\n${count(events)} log events, ${count(objects)} audit objects, ${count(trail)} management events`);
  const run = medianRun(measured);
  console.table(
    run.bound.map(({ api, calls, made, perSecond, quotaOf, seconds }) => ({
      API: api,
      "calls needed": calls,
      "calls made": made,
      "quota (1/s)": perSecond,
      "for each": quotaOf,
      "bound (s)": round(seconds),
    })),
  );
  if (commands) console.table(commands.map(commandRow));
  const bound = boundOf(run);
  const byHand = commands && totalOf(commands);
  console.table([
    {
      "bound (s)": round(bound),
      "Firebreak to seal (s)": spread(measured.map(({ secondsToSeal }) => secondsToSeal)),
      "of the bound": round(run.secondsToSeal / bound),
      "AWS CLI (s)": byHand === null ? "not measured" : round(byHand),
      "faster than the CLI": byHand === null ? "not measured" : round(byHand / run.secondsToSeal),
      "peak memory (MiB)": run.peakMiB,
      "processor (s)": run.cpuSeconds === null ? null : round(run.cpuSeconds),
      "runner bytes": run.runnerBytes,
      "runner bytes, CLI":
        commands === null ? "not measured" : commands.reduce((sum, { bytes }) => sum + bytes, 0),
      items: run.items,
      complete: run.complete,
      "refused calls": run.throttled,
      "to the end (s)": round(run.secondsInAll),
      "load at the start and the end": run.load.map(round).join(", "),
    },
  ]);
}

/** The goals, one line each, and whether what was measured is a whole capture at all. */
export function judge(reports: readonly SizeReport[]): {
  lines: string[];
  sound: boolean;
  goalsMet: boolean;
} {
  const lines: string[] = [];
  let [sound, goalsMet] = [true, true];
  const goal = (met: boolean, text: string) => {
    goalsMet &&= met;
    lines.push(`${met ? "PASS" : "MISS"}  ${text}`);
  };
  for (const { volume, measured, commands } of reports) {
    const size = `${count(volume.events)} events, ${count(volume.objects)} objects`;
    const run = medianRun(measured);
    const ofBound = run.secondsToSeal / boundOf(run);
    goal(ofBound <= GOAL_OF_BOUND, `${size}: ${round(ofBound)} of the bound, at most ${GOAL_OF_BOUND}`);
    if (commands === null) lines.push(`----  ${size}: no AWS CLI here to compare with`);
    else {
      const failed = commands.filter(({ exitCode }) => exitCode !== 0);
      const faster = totalOf(commands) / run.secondsToSeal;
      goal(
        faster >= GOAL_OF_COMMANDS,
        `${size}: ${round(faster)} times faster than the commands, at least ${GOAL_OF_COMMANDS}`,
      );
      for (const { command, said } of failed) lines.push(`----  ${command} failed: ${said}`);
    }
    const whole = measured.every(({ complete, auditBytes }) => complete && auditBytes === 0);
    sound &&= whole;
    lines.push(`${whole ? "PASS" : "FAIL"}  ${size}: complete, and no audit byte through the runner`);
    if (!whole) lines.push(...measured.flatMap(({ gaps }) => gaps));
  }
  const peaks = reports.map(({ measured }) => medianRun(measured).peakMiB);
  if (peaks.length > 1)
    lines.push(`----  peak memory from the smaller to the larger: ${peaks.join(", ")} MiB`);
  return { lines, sound, goalsMet };
}

function commandRow({ command, seconds, bytes, exitCode }: CommandRun) {
  return { command, seconds: round(seconds), "runner bytes": bytes, "exit status": exitCode };
}

/** The run in the middle by its time; of an even number the slower of the two. */
function medianRun(measured: readonly Measurement[]): Measurement {
  const sorted = [...measured].sort((a, b) => a.secondsToSeal - b.secondsToSeal);
  const run = sorted[Math.floor(sorted.length / 2)];
  if (!run) throw new Error("nothing was measured");
  return run;
}

function boundOf({ bound }: Measurement): number {
  return Math.max(...bound.map(({ seconds }) => seconds));
}

function totalOf(commands: readonly CommandRun[]): number {
  return commands.reduce((sum, { seconds }) => sum + seconds, 0);
}

function spread(seconds: readonly number[]): string {
  const sorted = [...seconds].sort((a, b) => a - b);
  const [least = 0, most = 0] = [sorted[0], sorted.at(-1)];
  const median = sorted[Math.floor(sorted.length / 2)] ?? 0;
  return seconds.length === 1
    ? String(round(median))
    : `${round(median)} (${round(least)} to ${round(most)})`;
}

function round(number: number): number {
  return Math.round(number * 100) / 100;
}

function count(number: number): string {
  return number.toLocaleString("en");
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
