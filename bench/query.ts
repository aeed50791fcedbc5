/**
 * Measures `query-audit-logs` on 10 million audit records: read and verified, then asked; rate and peak memory at two
 * sizes, beside plain scans of the same files by the command-line tools that are at hand.
 *
 * The records lie in files instead of S3, so this is the work and not the network.
 *
 * node bench/query.ts [--records 10000000] [--quick]
 */
import { spawn } from "node:child_process";
import { createReadStream, existsSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import type { S3Client } from "@aws-sdk/client-s3";
import { answer } from "../src/query/answer.ts";
import { ingest } from "../src/query/ingest.ts";
import type { Question } from "../src/query/questions.ts";
import { layoutOf, withEngine } from "../src/query/workspace.ts";
import { loadRunbook } from "../src/runbook/load.ts";
import { SIGNS } from "../src/runbook/query-schema.ts";
import { type Seeded, SUSPECT, seedRecords, WINDOW } from "./query-records.ts";

const ROOT = join(import.meta.dirname, "..");
const FOLDER = join(ROOT, ".bench", "query");
const ENGINE = join(ROOT, "actions", "query-audit-logs", "engine");
const SMALLER = 5;

const { values } = parseArgs({
  options: {
    records: { type: "string", default: "10000000" },
    quick: { type: "boolean", default: false },
    child: { type: "string" },
  },
});

if (values.child !== undefined) await measure(values.child);
else await bench(values.quick ? 500_000 : Number(values.records));

async function bench(records: number): Promise<void> {
  const rows = [];
  for (const count of [Math.round(records / SMALLER), records]) {
    const folder = join(FOLDER, String(count));
    mkdirSync(folder, { recursive: true });
    process.stdout.write(`Writing ${count} records\n`);
    await seedRecords(folder, count);
    rows.push(await child(folder));
    if (count === records) await plainScans(folder, count);
    rmSync(folder, { recursive: true });
  }
  console.table(rows);
  const [small, large] = rows.map((row) => Number(row["peak memory (MiB)"]));
  process.stdout.write(`${SMALLER} times the records: peak memory ${small} MiB, then ${large} MiB.\n`);
}

/** In a process of its own, for its peak memory. */
async function child(folder: string): Promise<Record<string, string | number>> {
  const output = await run(process.execPath, [import.meta.filename, "--child", folder]);
  return JSON.parse(output.stdout) as Record<string, string | number>;
}

async function measure(folder: string): Promise<void> {
  const { objects } = JSON.parse(readFileSync(join(folder, "objects.json"), "utf8")) as Seeded;
  const layout = layoutOf(await loadRunbook(join(ROOT, "runbook.yml")));
  const s3 = {
    send: async ({ input }: { input: { Key: string } }) => ({ Body: createReadStream(input.Key) }),
  } as unknown as S3Client;
  const clock = { now: () => new Date(), sleep: async () => {} };
  const log = { info: () => {}, warning: () => {}, error: () => {}, mask: () => {} };
  const started = performance.now();
  const seconds = (since: number) => (performance.now() - since) / 1000;
  await withEngine(ENGINE, async (engine, work) => {
    const read = await ingest({ s3, clock, log }, engine, work, layout, objects);
    const reading = seconds(started);
    const asked = performance.now();
    const questions: Question[] = [
      { kind: "overview", signs: SIGNS },
      { kind: "user", value: SUSPECT },
    ];
    const found = [];
    for (const question of questions) found.push(await answer(engine, work, question, WINDOW, read));
    const flagged = found
      .flatMap(({ tables }) => tables)
      .reduce((sum, table) => sum + (table.flagged ?? 0), 0);
    const row = {
      records: read.records,
      bytes: read.bytes,
      "read and verified (s)": reading.toFixed(1),
      "records/s": Math.round(read.records / reading),
      "both questions (s)": seconds(asked).toFixed(1),
      flagged,
      "peak memory (MiB)": Math.round(process.resourceUsage().maxRSS / 1024),
    };
    process.stdout.write(JSON.stringify(row));
  });
}

/** The one question that a plain scan can answer: how many calls did this user make? */
async function plainScans(folder: string, records: number): Promise<void> {
  const tools: [string, string][] = [
    ["rg", `cat *.ndjson | rg -c -F '"user":"${SUSPECT}"'`],
    ["grep", `cat *.ndjson | LC_ALL=C grep -c -F '"user":"${SUSPECT}"'`],
    ["jq", `cat *.ndjson | jq -c 'select(.user == "${SUSPECT}")' | wc -l`],
  ];
  for (const [tool, script] of tools) {
    if (!(process.env.PATH ?? "").split(":").some((path) => existsSync(join(path, tool)))) continue;
    const started = performance.now();
    const { stdout } = await run("sh", ["-c", script], folder);
    const seconds = (performance.now() - started) / 1000;
    process.stdout.write(
      `${tool}: ${stdout.trim()} calls of ${SUSPECT}, ${seconds.toFixed(1)} s, ${Math.round(records / seconds)} records/s\n`,
    );
  }
}

function run(command: string, args: string[], cwd = ROOT): Promise<{ stdout: string }> {
  return new Promise((resolve, reject) => {
    const process_ = spawn(command, args, { cwd, stdio: ["ignore", "pipe", "inherit"] });
    let stdout = "";
    process_.stdout.on("data", (chunk: Buffer) => {
      stdout += chunk.toString();
    });
    process_.on("error", reject);
    process_.on("close", (code) => {
      if (code === 0) resolve({ stdout });
      else reject(new Error(`${command} ended with status ${code}`));
    });
  });
}
