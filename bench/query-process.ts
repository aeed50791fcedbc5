/** One measurement of `query-audit-logs`: the records of a folder read, verified and asked, in a process of its own. */
import { execFileSync } from "node:child_process";
import { createReadStream, readFileSync } from "node:fs";
import { join } from "node:path";
import type { S3Client } from "@aws-sdk/client-s3";
import { answer } from "../src/query/answer.ts";
import { ingest } from "../src/query/ingest.ts";
import { layoutOf, withEngine } from "../src/query/workspace.ts";
import { loadRunbook } from "../src/runbook/load.ts";
import { SIGNS } from "../src/runbook/query-schema.ts";
import { type Seeded, SUSPECT, WINDOW } from "./query-records.ts";

const ROOT = join(import.meta.dirname, "..");
const ENGINE = join(ROOT, "actions", "query-audit-logs", "engine");

export interface Measured {
  records: number;
  bytes: number;
  /** Read, verified by digest, and in the engine. */
  readSeconds: number;
  overviewSeconds: number;
  userSeconds: number;
  /** What the operating system says that the process used of memory, at most, and of the processors. */
  peakMiB: number;
  cpuSeconds: number;
  callsOfSuspect: number;
  flagged: number;
}

export function measureQuery(folder: string): Measured {
  const output = execFileSync(process.execPath, [import.meta.filename, folder], { encoding: "utf8" });
  return JSON.parse(output) as Measured;
}

async function measure(folder: string): Promise<Measured> {
  const { objects } = JSON.parse(readFileSync(join(folder, "objects.json"), "utf8")) as Seeded;
  const layout = layoutOf(await loadRunbook(join(ROOT, "runbook.yml")));
  const s3 = {
    send: async ({ input }: { input: { Key: string } }) => ({ Body: createReadStream(input.Key) }),
  } as unknown as S3Client;
  const clock = { now: () => new Date(), sleep: async () => {} };
  const log = { info: () => {}, warning: () => {}, error: () => {}, mask: () => {} };
  const timed = async <Result>(work: () => Promise<Result>): Promise<[Result, number]> => {
    const started = performance.now();
    return [await work(), (performance.now() - started) / 1000];
  };
  return withEngine(ENGINE, async (engine, work) => {
    const [read, readSeconds] = await timed(() => ingest({ s3, clock, log }, engine, work, layout, objects));
    const [overview, overviewSeconds] = await timed(() =>
      answer(engine, work, { kind: "overview", signs: SIGNS }, WINDOW, read),
    );
    const [user, userSeconds] = await timed(() =>
      answer(engine, work, { kind: "user", value: SUSPECT }, WINDOW, read),
    );
    const { maxRSS, userCPUTime, systemCPUTime } = process.resourceUsage();
    return {
      records: read.records,
      bytes: read.bytes,
      readSeconds,
      overviewSeconds,
      userSeconds,
      peakMiB: Math.round(maxRSS / 1024),
      cpuSeconds: (userCPUTime + systemCPUTime) / 1e6,
      callsOfSuspect: user.tables.find(({ name }) => name === "calls")?.total ?? 0,
      flagged: overview.tables.reduce((sum, { flagged }) => sum + (flagged ?? 0), 0),
    };
  });
}

const [, script, folder] = process.argv;
if (script === import.meta.filename && folder !== undefined)
  process.stdout.write(JSON.stringify(await measure(folder)));
