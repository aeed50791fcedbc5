/**
 * Measures `query-audit-logs` on 10 million audit records, and on a tenth of them: read and verified, then asked both
 * for signs of an incident and for one user's calls. Rate and peak memory, beside plain scans of the same files by the
 * command-line tools at hand. Medians of several runs; the slowest tool, jq, runs once.
 *
 * The records lie in files instead of S3, so this is the work and not the network. On a computer that has other things
 * to do, processor time depends on them the least.
 *
 * node bench/query.ts [--records 10000000] [--runs 3] [--quick]
 *
 * Ends with status 1 when an answer is not the plain scan's, or the memory grows with the number of records.
 */
import { mkdirSync, rmSync } from "node:fs";
import { availableParallelism, loadavg } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { plainScans, type Scan } from "./plain-scans.ts";
import { type Measured, measureQuery } from "./query-process.ts";
import { SUSPECT, seedRecords } from "./query-records.ts";

const FOLDER = join(import.meta.dirname, "..", ".bench", "query");
const SMALLER = 10;
/** The larger's peak memory may be so much above the smaller's, whatever the number of records: MiB. */
const MEMORY_SLACK = 200;

const { values } = parseArgs({
  options: {
    records: { type: "string", default: "10000000" },
    runs: { type: "string", default: "3" },
    quick: { type: "boolean", default: false },
  },
});
const records = values.quick ? 500_000 : wholeNumber("records", values.records);
const runs = values.quick ? 1 : wholeNumber("runs", values.runs);

interface Size {
  measured: Measured[];
  scans: Scan[][];
}

const sizes: Size[] = [];
for (const count of [Math.round(records / SMALLER), records]) sizes.push(await measureSize(count));
print();
judge();

async function measureSize(count: number): Promise<Size> {
  const folder = join(FOLDER, String(count));
  mkdirSync(folder, { recursive: true });
  try {
    process.stdout.write(`Writing ${count} records\n`);
    await seedRecords(folder, count);
    const size: Size = { measured: [], scans: [] };
    for (let run = 1; run <= runs; run += 1) {
      size.measured.push(measureQuery(folder));
      size.scans.push(plainScans(folder, SUSPECT, run === 1));
    }
    return size;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function print(): void {
  console.table(
    sizes.map(({ measured }) => {
      const of = (value: (one: Measured) => number) => median(measured.map(value));
      const [{ records: count, bytes } = { records: 0, bytes: 0 }] = measured;
      return {
        records: count,
        MiB: Math.round(bytes / 1024 ** 2),
        "read and verified (s)": round(of(({ readSeconds }) => readSeconds)),
        "all signs (s)": round(of(({ overviewSeconds }) => overviewSeconds)),
        "one user (s)": round(of(({ userSeconds }) => userSeconds)),
        "records/s, all in all": Math.round(count / of(secondsInAll)),
        "processor time (s)": round(of(({ cpuSeconds }) => cpuSeconds)),
        "peak memory (MiB)": of(({ peakMiB }) => peakMiB),
      };
    }),
  );
  for (const { measured, scans } of sizes) {
    const count = measured[0]?.records ?? 0;
    for (const { tool } of scans[0] ?? []) {
      const own = scans.flat().filter((one) => one.tool === tool);
      const seconds = median(own.map((one) => one.seconds));
      const cpu = median(own.map((one) => one.cpuSeconds));
      process.stdout.write(
        `${tool}, ${count} records: one user's calls in ${round(seconds)} s, ${round(cpu)} s of processor time, ${Math.round(count / seconds)} records/s\n`,
      );
    }
  }
  process.stdout.write(
    `Medians of ${runs} runs, ${availableParallelism()} processors, load ${round(loadavg()[0] ?? 0)}, Node ${process.version}\n`,
  );
}

function judge(): void {
  const peaks = sizes.map(({ measured }) => median(measured.map(({ peakMiB }) => peakMiB)));
  const [small = 0, large = 0] = peaks;
  const faults = sizes.flatMap(({ measured, scans }) =>
    scans.flat().flatMap(({ tool, calls }) => {
      const own = measured[0]?.callsOfSuspect;
      return calls === own ? [] : [`${tool} counts ${calls} calls, query-audit-logs ${own}`];
    }),
  );
  if (large > small + MEMORY_SLACK)
    faults.push(
      `memory grows: ${small} MiB, and ${large} MiB for ${SMALLER} times the records, more than ${MEMORY_SLACK} above`,
    );
  else
    process.stdout.write(`${SMALLER} times the records: peak memory ${small} MiB, then ${large} MiB: flat\n`);
  for (const fault of faults) process.stdout.write(`NOT AS IT SHOULD BE: ${fault}\n`);
  if (faults.length > 0) process.exitCode = 1;
}

function secondsInAll({ readSeconds, overviewSeconds, userSeconds }: Measured): number {
  return readSeconds + overviewSeconds + userSeconds;
}

function median(numbers: readonly number[]): number {
  const sorted = [...numbers].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  const [low = 0, high = low] = [sorted[Math.ceil(middle) - 1], sorted[Math.floor(middle)]];
  return (low + high) / 2;
}

function round(seconds: number): number {
  return Math.round(seconds * 10) / 10;
}

function wholeNumber(name: string, value: string): number {
  if (!/^[1-9]\d{0,8}$/.test(value)) throw new Error(`--${name} is not a whole number: ${value}`);
  return Number(value);
}
