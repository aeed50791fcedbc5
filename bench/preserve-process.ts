/** Runs `preserve` as the runner does: a child process with the runner's variables. */
import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { World } from "./world.ts";

const ROOT = fileURLToPath(new URL("../", import.meta.url));
const BUNDLE = join(ROOT, "actions/preserve/dist/index.js");
const SOURCE = join(ROOT, "src/actions/preserve/index.ts");

export interface PreserveRun {
  exitCode: number | null;
  seconds: number;
  /** Peak resident memory in MiB; null when the process was killed. */
  peakMiB: number | null;
  /** Processor time, user and system; null when the process was killed. */
  cpuSeconds: number | null;
  output: string;
  outputs: Record<string, string>;
}

export interface PreserveRequest {
  world: World;
  incident: number;
  environment: string;
  /** What the call log knows its calls by. */
  job?: string;
  attempt?: number;
  /** Path of what to run. */
  program: string;
  /** Prints what the action prints. */
  echo?: boolean;
  /** Kills it (SIGKILL) after so many milliseconds. */
  killAfterMs?: number;
}

/** What is measured when nothing else is named: the bundle, or the sources where there is none. */
export function usualProgram(): string {
  return existsSync(BUNDLE) ? BUNDLE : SOURCE;
}

/** Runs it to its end. */
export async function runPreserve(request: PreserveRequest): Promise<PreserveRun> {
  const folder = mkdtempSync(join(tmpdir(), "firebreak-bench-"));
  const usageFile = join(folder, "usage");
  const started = performance.now();
  const child = spawn(process.execPath, [request.program], {
    cwd: ROOT,
    env: { ...variables(request), BENCH_USAGE_FILE: usageFile },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (chunk: Buffer) => {
      output += chunk;
      if (request.echo) process.stdout.write(chunk);
    });
  }
  const killer =
    request.killAfterMs === undefined
      ? undefined
      : setTimeout(() => child.kill("SIGKILL"), request.killAfterMs);
  const exitCode = await new Promise<number | null>((resolve) => child.on("close", resolve));
  clearTimeout(killer);
  const seconds = (performance.now() - started) / 1000;
  const used = existsSync(usageFile)
    ? (JSON.parse(readFileSync(usageFile, "utf8")) as { maxRSS: number; cpu: number })
    : null;
  const peakMiB = used && used.maxRSS / 1024;
  const cpuSeconds = used && used.cpu / 1_000_000;
  rmSync(folder, { recursive: true });
  const outputs = Object.fromEntries(
    [...output.matchAll(/^::set-output name=([\w-]+)::(.*)$/gm)].map(([, name = "", value = ""]) => [
      name,
      value,
    ]),
  );
  return { exitCode, seconds, peakMiB, cpuSeconds, output, outputs };
}

function variables({
  world,
  incident,
  environment,
  job = "preserve",
  attempt = 1,
}: PreserveRequest): Record<string, string> {
  const session = world.aws.sessions.issue({ roleArn: world.target.evidenceRole, job });
  return {
    PATH: process.env.PATH ?? "",
    NODE_OPTIONS: `--import=${new URL("./usage.mjs", import.meta.url).href}`,
    INPUT_INCIDENT: String(incident),
    INPUT_ENVIRONMENT: environment,
    INPUT_RUNBOOK: "runbook.yml",
    "INPUT_GITHUB-TOKEN": "bench-token",
    "INPUT_DRY-RUN": "false",
    GITHUB_REPOSITORY: "acme/platform",
    GITHUB_RUN_ID: "7001",
    GITHUB_RUN_ATTEMPT: String(attempt),
    GITHUB_JOB: "preserve",
    GITHUB_WORKFLOW: "Incident",
    GITHUB_ACTOR: "oncall",
    GITHUB_SERVER_URL: "https://github.example",
    GITHUB_API_URL: world.githubUrl,
    GITHUB_WORKSPACE: ROOT,
    AWS_ENDPOINT_URL: world.aws.url,
    AWS_REGION: world.target.region,
    AWS_ACCESS_KEY_ID: session.accessKeyId,
    AWS_SECRET_ACCESS_KEY: session.secretAccessKey,
    AWS_SESSION_TOKEN: session.sessionToken,
    GITHUB_STEP_SUMMARY: process.platform === "win32" ? "NUL" : "/dev/null",
  };
}
