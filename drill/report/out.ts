/** The drill's folder: what is in it, and what it may replace. */
import { createReadStream, existsSync } from "node:fs";
import { mkdir, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import { createGunzip } from "node:zlib";
import type { WorldPlan } from "../scenario/plan.ts";
import type { Platform } from "../scenario/platform.ts";
import type { RecordedJob, Recorder } from "../scenario/recorder.ts";
import type { Seeded } from "../scenario/seeded.ts";
import { mergedPath } from "./merged.ts";
import type { DrillReport } from "./model.ts";

/** Everything that a drill writes, and nothing else is ever removed. */
const ENTRIES = [
  "report.json",
  "calls.ndjson",
  "messages.json",
  "seeded.json",
  "evidence",
  "aws",
  "entra",
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
 * @throws OutRefused when the folder holds anything else, or cannot be made or written to.
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
  await makeWritable(folder).catch((error: NodeJS.ErrnoException) => {
    throw new OutRefused(`${folder} cannot be made or written to (${error.code}). Give another --out.`);
  });
}

/**
 * Makes the folder and what leads to it, one after the other: Node's own recursive `mkdir` tries forever below a folder
 * such as /proc, which takes no folders and says that it is not there. Then tries whether files can be written.
 */
async function makeWritable(folder: string): Promise<void> {
  const missing: string[] = [];
  for (let path = folder; !existsSync(path); path = dirname(path)) missing.unshift(path);
  for (const path of missing) await mkdir(path);
  const probe = join(folder, ".drill-probe");
  await writeFile(probe, "");
  await rm(probe);
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
  for (const name of ["evidence", "aws", "entra", "github", "logs", "summaries"])
    await mkdir(join(folder, name));
  const vault = plan.mcps[0]?.target.vault;
  if (vault) await platform.aws.s3.exportTo(vault, join(folder, "evidence"));
  await writeFile(join(folder, "calls.ndjson"), platform.calls.toNdjson());
  await writeJson(join(folder, "messages.json"), platform.messages.all());
  await writeJson(join(folder, "seeded.json"), seeded);
  await writeJson(join(folder, "aws", "state.json"), {
    services: platform.ecs.state(),
    autoscaling: platform.autoscaling.state(),
    parameters: platform.ssm.state(),
    roles: platform.aws.iam.store.state(),
    policies: Object.fromEntries(
      platform.aws.s3.buckets().map(({ name, policy }) => [name, policy?.text ?? null]),
    ),
  });
  await writeJson(join(folder, "entra", "users.json"), platform.entra.users.state());
  await writeJson(join(folder, "entra", "applications.json"), platform.entra.applications.snapshot());
  await writeJson(join(folder, "github", "issues.json"), platform.github.state.toIssuesJson());
  for (const [path, bytes] of platform.github.state.merged()) {
    const file = join(folder, mergedPath(path));
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, bytes);
  }
  for (const job of recorder.jobs.values()) {
    const paths = jobPaths(job, recorder);
    if (paths.log) await writeFile(join(folder, paths.log), `${job.log.join("\n")}\n`);
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
 * several; with `2-` and so on before it for the drill's further runs, and `-attempt2` after it for a re-run. Where
 * that names a second job's file too, `-2` and so on follow.
 */
export function jobPaths(
  recorded: RecordedJob,
  recorder: Pick<Recorder, "jobs">,
): { log: string | null; summary: string | null } {
  const names = new Set<string>();
  for (const each of recorder.jobs.values()) {
    const name = unused(fileName(each, recorder), names);
    names.add(name.toLowerCase());
    if (each === recorded) {
      return {
        log: each.log.length > 0 ? `logs/${name}.log` : null,
        summary: each.summaries.length > 0 ? `summaries/${name}.md` : null,
      };
    }
  }
  throw new Error(`the job ${recorded.job.name} is not the recorder's`);
}

function fileName({ job, runOrdinal }: RecordedJob, recorder: Pick<Recorder, "jobs">): string {
  const twins = [...recorder.jobs.values()].filter(
    (other) =>
      other.job.runId === job.runId && other.job.attempt === job.attempt && other.job.key === job.key,
  );
  const plain = fileSafe(twins.length > 1 ? job.name : job.key);
  return `${runOrdinal > 1 ? `${runOrdinal}-` : ""}${plain}${job.attempt > 1 ? `-attempt${job.attempt}` : ""}`;
}

/** The name, numbered when another job has it. Some file systems take upper and lower case for the same. */
function unused(name: string, taken: ReadonlySet<string>): string {
  let candidate = name;
  for (let number = 2; taken.has(candidate.toLowerCase()); number += 1) candidate = `${name}-${number}`;
  return candidate;
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
