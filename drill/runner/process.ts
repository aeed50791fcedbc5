import { type ChildProcess, spawn } from "node:child_process";
import { constants } from "node:os";
import { createInterface } from "node:readline";
import { setTimeout as delay } from "node:timers/promises";

/** Child processes of steps: started in a process group of their own, ended as the runner ends them. */

export interface ProcessRequest {
  command: string;
  args: readonly string[];
  cwd: string;
  env: Readonly<Record<string, string>>;
  onLine: (line: string) => void;
  /** When it aborts, the process gets SIGINT, then SIGTERM, then its whole group SIGKILL. */
  signal: AbortSignal;
  grace: KillGrace;
}

/** How long, in real milliseconds, a process may take to heed a signal before the next one. */
export interface KillGrace {
  interruptMs: number;
  terminateMs: number;
}

/**
 * The runner's own waits, 7.5 and 2.5 seconds, in simulated time; never so short that a busy machine misses them.
 * https://github.com/actions/runner/blob/main/src/Runner.Sdk/ProcessInvoker.cs
 */
export function graceAt(speed: number): KillGrace {
  return { interruptMs: Math.max(7_500 / speed, 1_000), terminateMs: Math.max(2_500 / speed, 500) };
}

/** After the process ended, how long a child that kept its output open is listened to, in real milliseconds. */
const OUTPUT_GRACE_MS = 5_000;

const groups = new Set<number>();
process.on("exit", () => killGroups(groups));

export interface ProcessResult {
  /** Exit code; 128 plus the signal's number for a process that a signal ended. */
  code: number;
  group: number;
}

/**
 * Runs a process to its end, handing over its output line by line.
 * @throws the error of the operating system when it cannot be started.
 */
export async function runProcess(request: ProcessRequest): Promise<ProcessResult> {
  const child = spawn(request.command, request.args, {
    cwd: request.cwd,
    env: { ...request.env },
    stdio: ["ignore", "pipe", "pipe"],
    detached: true,
  });
  const reading = [child.stdout, child.stderr].map((stream) => {
    const lines = createInterface({ input: stream, crlfDelay: Number.POSITIVE_INFINITY });
    lines.on("line", request.onLine);
    return new Promise<void>((resolve) => lines.once("close", resolve));
  });
  const exited = exitOf(child);
  const stop = () => void interrupt(child, exited, request.grace);
  request.signal.addEventListener("abort", stop, { once: true });
  try {
    if (child.pid !== undefined) groups.add(child.pid);
    if (request.signal.aborted) stop();
    const code = await exited;
    if (request.signal.aborted && child.pid !== undefined) send(-child.pid, "SIGKILL");
    const patience = new AbortController();
    await Promise.race([
      Promise.all(reading),
      delay(OUTPUT_GRACE_MS, undefined, { signal: patience.signal }).catch(() => {}),
    ]);
    patience.abort();
    return { code, group: child.pid ?? 0 };
  } finally {
    request.signal.removeEventListener("abort", stop);
    child.stdout.destroy();
    child.stderr.destroy();
  }
}

/** Ends whatever is left of these process groups, as the runner cleans up orphan processes after a job. */
export function killGroups(ids: Iterable<number>): void {
  for (const id of [...ids]) {
    groups.delete(id);
    if (id > 0) send(-id, "SIGKILL");
  }
}

function exitOf(child: ChildProcess): Promise<number> {
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", (code, signal) => resolve(code ?? 128 + (signal ? constants.signals[signal] : 0)));
  });
}

async function interrupt(child: ChildProcess, exited: Promise<number>, grace: KillGrace): Promise<void> {
  const pid = child.pid;
  if (pid === undefined) return;
  const ended = exited.then(
    () => true,
    () => true,
  );
  for (const [signal, ms] of [
    ["SIGINT", grace.interruptMs],
    ["SIGTERM", grace.terminateMs],
  ] as const) {
    send(pid, signal);
    const patience = new AbortController();
    const waited = delay(ms, false, { signal: patience.signal }).catch(() => false);
    const gone = await Promise.race([ended, waited]);
    patience.abort();
    if (gone) return;
  }
  send(-pid, "SIGKILL");
}

function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}
