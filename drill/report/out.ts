/** The drill's folder: what is in it, and what it may replace. */
import { createReadStream } from "node:fs";
import { mkdir, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { join, relative } from "node:path";
import { createGunzip } from "node:zlib";
import type { WorldPlan } from "../scenario/plan.ts";
import type { Platform } from "../scenario/platform.ts";
import type { RecordedJob, Recorder } from "../scenario/recorder.ts";
import type { Seeded } from "../scenario/seeded.ts";
import type { DrillReport } from "./model.ts";

/** Everything that a drill writes, and nothing else is ever removed. */
const ENTRIES = [
  "report.json",
  "calls.ndjson",
  "seeded.json",
  "evidence",
  "aws",
  "github",
  "logs",
  "summaries",
  "index.html",
];

/** The folder that was asked for holds something that no drill has written. */
export class OutRefused extends Error {
  override readonly name = "OutRefused";
}

/**
 * Makes the folder ready. The traces of a former drill are removed, nothing else is.
 * @throws OutRefused when the folder holds anything else.
 */
export async function prepareOut(folder: string): Promise<void> {
  const present: string[] = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return [];
    throw new OutRefused(`${folder} cannot be used: ${error.message}`);
  });
  const foreign = present.filter((name) => !ENTRIES.includes(name));
  const formerDrill = present.includes("report.json") && (await isReport(join(folder, "report.json")));
  if (present.length > 0 && (foreign.length > 0 || !formerDrill)) {
    const found = (foreign.length > 0 ? foreign : present).slice(0, 3).join(", ");
    throw new OutRefused(
      `${folder} is not empty and not a former drill's (it holds ${found}). Give another --out.`,
    );
  }
  for (const name of present) await rm(join(folder, name), { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
}

async function isReport(path: string): Promise<boolean> {
  const text = await readFile(path, "utf8").catch(() => "");
  return text.includes('"firebreak/drill-report/');
}

/** Writes what the platform and the runner hold: all but `report.json` and `index.html`. */
export async function writeFindings(
  folder: string,
  {
    platform,
    plan,
    recorder,
    seeded,
  }: { platform: Platform; plan: WorldPlan; recorder: Recorder; seeded: Seeded },
): Promise<void> {
  for (const name of ["evidence", "aws", "github", "logs", "summaries"]) await mkdir(join(folder, name));
  const vault = plan.mcps[0]?.target.vault;
  if (vault) await platform.aws.s3.exportTo(vault, join(folder, "evidence"));
  await writeFile(join(folder, "calls.ndjson"), platform.calls.toNdjson());
  await writeJson(join(folder, "seeded.json"), seeded);
  await writeJson(join(folder, "aws", "state.json"), {
    services: platform.ecs.state(),
    autoscaling: platform.autoscaling.state(),
    parameters: platform.ssm.state(),
  });
  await writeJson(join(folder, "github", "issues.json"), platform.github.state.toIssuesJson());
  for (const job of recorder.jobs.values()) {
    const paths = jobPaths(job, recorder);
    if (job.log.length > 0) await writeFile(join(folder, paths.log), `${job.log.join("\n")}\n`);
    if (paths.summary) await writeFile(join(folder, paths.summary), `${job.summaries.join("\n")}\n`);
  }
}

export async function writeReport(folder: string, report: DrillReport): Promise<void> {
  await writeJson(join(folder, "report.json"), report);
}

async function writeJson(path: string, value: unknown): Promise<void> {
  await writeFile(path, `${JSON.stringify(value, null, 2)}\n`);
}

/**
 * Where a job's log and summary are, below the drill's folder: under the job's id; under its name when a matrix gives
 * several; with `2-` and so on before it for the drill's further runs, and `-attempt2` after it for a re-run.
 */
export function jobPaths(recorded: RecordedJob, recorder: Recorder): { log: string; summary: string | null } {
  const { job, runOrdinal, summaries } = recorded;
  const twins = [...recorder.jobs.values()].filter(
    (other) =>
      other.job.runId === job.runId && other.job.attempt === job.attempt && other.job.key === job.key,
  );
  const plain = fileSafe(twins.length > 1 ? job.name : job.key);
  const name = `${runOrdinal > 1 ? `${runOrdinal}-` : ""}${plain}${job.attempt > 1 ? `-attempt${job.attempt}` : ""}`;
  return { log: `logs/${name}.log`, summary: summaries.length > 0 ? `summaries/${name}.md` : null };
}

function fileSafe(name: string): string {
  return name.replace(/[^A-Za-z0-9._-]+/g, "_").replace(/^[._]+|_+$/g, "") || "job";
}

/** The files below a folder, compressed ones read as what they hold, in which one of the values stands literally. */
export async function findSecrets(folder: string, values: readonly string[]): Promise<string[]> {
  const needles = [...new Set(values)].filter((value) => value !== "").map((value) => Buffer.from(value));
  const found: string[] = [];
  for (const entry of await readdir(folder, { recursive: true })) {
    const path = join(folder, entry);
    if (needles.length > 0 && (await stat(path)).isFile() && (await contains(path, needles))) {
      found.push(relative(folder, path));
    }
  }
  return found.sort();
}

/** Reads in pieces; the end of each is kept, so that a value across two pieces is found. */
async function contains(path: string, needles: readonly Buffer[]): Promise<boolean> {
  const longest = Math.max(...needles.map(({ length }) => length));
  const file = createReadStream(path);
  let tail: Buffer = Buffer.alloc(0);
  for await (const piece of path.endsWith(".gz") ? file.pipe(createGunzip()) : file) {
    const text = Buffer.concat([tail, piece as Buffer]);
    if (needles.some((needle) => text.includes(needle))) return true;
    tail = text.subarray(Math.max(text.length - longest, 0));
  }
  return false;
}
