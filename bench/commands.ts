/**
 * The AWS CLI commands that the runbook names, run against the same platform one after the other, as a person does
 * who follows it: the audit objects of each day downloaded and put into the vault, the log group's events filtered by
 * the window, the event history of both regions looked up, each with the CLI's own settings.
 *
 * For the log group the runbook also names an export task. It is not timed: the service alone decides how long one
 * takes, up to 12 hours, so a simulated duration would say nothing. The download is the faster of the two.
 *
 * The CLI comes from PyPI into a virtual environment of its own, in the computer's folder for temporary files. Without
 * Python 3 or without the package there is nothing to compare with, and the bench says so.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, openSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { auditObjects, type Volume } from "./seeds.ts";
import type { World } from "./world.ts";

const CLI = "awscli==1.46.3";
const FOLDER = join(tmpdir(), `firebreak-bench-${CLI.replace("==", "-")}`);
const GLOBAL_REGION = "us-east-1";

/** One command as it ran. */
export interface CommandRun {
  command: string;
  seconds: number;
  /** Through the runner, both ways. */
  bytes: number;
  exitCode: number | null;
  /** The last of what it said, when it failed. */
  said: string;
}

/** What a command is, and where its output goes. */
interface Command {
  args: string[];
  output?: string;
}

/** Installs the CLI unless it is there. @returns its version, or why there is none. */
export async function findCli(): Promise<{ version: string } | { missing: string }> {
  const aws = join(FOLDER, "bin/aws");
  try {
    if (!existsSync(aws)) {
      await mustRun("python3", ["-m", "venv", FOLDER]);
      await mustRun(join(FOLDER, "bin/pip"), ["install", "--quiet", "--disable-pip-version-check", CLI]);
    }
    return { version: (await mustRun(aws, ["--version"])).split(" ")[0] ?? CLI };
  } catch (error) {
    rmSync(FOLDER, { recursive: true, force: true });
    return { missing: error instanceof Error ? error.message : String(error) };
  }
}

/** Runs the commands one after the other. `to` is the window's end, in milliseconds since the epoch. */
export async function runCommands(world: World, volume: Volume, to: number): Promise<CommandRun[]> {
  const folder = mkdtempSync(join(tmpdir(), "firebreak-by-hand-"));
  try {
    const runs: CommandRun[] = [];
    for (const command of commands(world, volume, to, folder)) runs.push(await timed(world, command));
    return runs;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function commands({ target, start }: World, volume: Volume, to: number, folder: string): Command[] {
  const vault = `s3://${target.vault}/incidents/by-hand`;
  const quiet = "--only-show-errors";
  const days = new Set<string>();
  for (const { key } of auditObjects(target, volume, start)) days.add(key.slice(0, key.lastIndexOf("/") + 1));
  const down = [...days].map((day) => ({
    args: ["s3", "cp", "--recursive", quiet, `s3://${target.auditBucket}/${day}`, join(folder, "audit", day)],
  }));
  const audit = join(folder, "audit");
  mkdirSync(audit);
  const up = { args: ["s3", "cp", "--recursive", quiet, audit, `${vault}/audit-logs/`] };
  const put = (file: string) => ({ args: ["s3", "cp", quiet, file, `${vault}/`] });
  const logs = join(folder, "log-events.json");
  const filter = {
    args: [
      ...["logs", "filter-log-events", "--log-group-name", target.logGroup],
      ...["--start-time", String(start), "--end-time", String(to)],
    ],
    output: logs,
  };
  const lookups = [target.region, GLOBAL_REGION].flatMap((region) => {
    const output = join(folder, `event-history-${region}.json`);
    const times = ["--start-time", seconds(start), "--end-time", seconds(to)];
    return [{ args: ["cloudtrail", "lookup-events", "--region", region, ...times], output }, put(output)];
  });
  return [...down, up, filter, put(logs), ...lookups];
}

async function timed(world: World, { args, output }: Command): Promise<CommandRun> {
  const before = world.aws.traffic();
  const begun = performance.now();
  const child = spawn(join(FOLDER, "bin/aws"), args, {
    env: environment(world),
    stdio: ["ignore", output === undefined ? "ignore" : openSync(output, "w"), "pipe"],
  });
  const { exitCode, said } = await ended(child);
  const after = world.aws.traffic();
  return {
    command: `aws ${args.slice(0, 2).join(" ")}`,
    seconds: (performance.now() - begun) / 1000,
    bytes: after.received - before.received + after.sent - before.sent,
    exitCode,
    said: exitCode === 0 ? "" : said.slice(-300),
  };
}

function environment(world: World): Record<string, string> {
  const session = world.aws.sessions.issue({ roleArn: world.target.evidenceRole, job: "by-hand" });
  return {
    PATH: process.env.PATH ?? "",
    HOME: FOLDER,
    AWS_CONFIG_FILE: "/dev/null",
    AWS_SHARED_CREDENTIALS_FILE: "/dev/null",
    AWS_EC2_METADATA_DISABLED: "true",
    AWS_PAGER: "",
    AWS_ENDPOINT_URL: world.aws.url,
    AWS_DEFAULT_REGION: world.target.region,
    AWS_ACCESS_KEY_ID: session.accessKeyId,
    AWS_SECRET_ACCESS_KEY: session.secretAccessKey,
    AWS_SESSION_TOKEN: session.sessionToken,
  };
}

async function ended(
  child: ChildProcess,
): Promise<{ exitCode: number | null; said: string; printed: string }> {
  let [said, printed] = ["", ""];
  child.stderr?.on("data", (chunk: Buffer) => {
    said += chunk;
  });
  child.stdout?.on("data", (chunk: Buffer) => {
    printed += chunk;
  });
  const exitCode = await new Promise<number | null>((resolve, reject) => {
    child.once("close", resolve);
    child.once("error", reject);
  });
  return { exitCode, said, printed };
}

/** @throws Error with what the program said, when it cannot be started or fails. */
async function mustRun(program: string, args: string[]): Promise<string> {
  const { exitCode, said, printed } = await ended(
    spawn(program, args, { stdio: ["ignore", "pipe", "pipe"] }),
  );
  if (exitCode === 0) return printed || said;
  throw new Error(`${program} ${args.join(" ")} ended with ${exitCode}: ${said.trim().slice(-300)}`);
}

function seconds(milliseconds: number): string {
  return new Date(Math.floor(milliseconds / 1000) * 1000).toISOString();
}
