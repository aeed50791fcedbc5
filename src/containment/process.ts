import { spawn } from "node:child_process";
import { createInterface } from "node:readline";

export interface ProcessRequest {
  /** The command and its arguments; no shell reads them. */
  command: readonly string[];
  cwd: string;
  timeoutMs: number;
  /** One line of stdout or stderr, as it comes. */
  onLine: (line: string) => void;
}

export interface ProcessResult {
  exitCode: number | null;
  signal: string | null;
  timedOut: boolean;
}

/** Runs a command to its end. Rejects when it cannot be started. */
export type StartProcess = (request: ProcessRequest) => Promise<ProcessResult>;

/** Between SIGTERM and SIGKILL: time for the command to give back its state lock. */
const GRACE_MS = 20_000;
/** Output that a left-over grandchild holds open is not waited for longer. */
const DRAIN_MS = 2_000;

/** The action's own inputs, the token among them, are none of the command's business. */
const OWN_INPUT = /^INPUT_/i;

/**
 * Starts commands with this environment, less the action's own inputs. The command leads a process group of its own:
 * after the timeout, and when the runner cancels the job, the whole group gets SIGTERM and later SIGKILL.
 */
export function processStarter(env: Readonly<Record<string, string | undefined>>): StartProcess {
  const passed = Object.fromEntries(Object.entries(env).filter(([name]) => !OWN_INPUT.test(name)));
  return (request) => run(request, passed);
}

function run(request: ProcessRequest, env: Record<string, string | undefined>): Promise<ProcessResult> {
  const [file = "", ...args] = request.command;
  return new Promise((resolve, reject) => {
    const child = spawn(file, args, {
      cwd: request.cwd,
      env,
      detached: true,
      shell: false,
      stdio: ["ignore", "pipe", "pipe"],
    });
    const timers = new Set<NodeJS.Timeout>();
    const later = (ms: number, act: () => void) => timers.add(setTimeout(act, ms));
    const end = () => {
      killGroup(child.pid, "SIGTERM");
      later(GRACE_MS, () => killGroup(child.pid, "SIGKILL"));
    };
    let timedOut = false;
    later(request.timeoutMs, () => {
      timedOut = true;
      end();
    });
    process.on("SIGINT", end).on("SIGTERM", end);
    const cleanUp = () => {
      for (const timer of timers) clearTimeout(timer);
      process.off("SIGINT", end).off("SIGTERM", end);
    };
    for (const input of [child.stdout, child.stderr]) {
      createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY }).on("line", request.onLine);
    }
    child.on("exit", () => {
      later(DRAIN_MS, () => {
        child.stdout.destroy();
        child.stderr.destroy();
      });
    });
    child.on("error", (error) => {
      cleanUp();
      reject(error);
    });
    child.on("close", (exitCode, signal) => {
      // Whatever the command left behind in its group ends with it.
      killGroup(child.pid, "SIGKILL");
      cleanUp();
      resolve({ exitCode, signal, timedOut });
    });
  });
}

function killGroup(pid: number | undefined, signal: NodeJS.Signals): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, signal);
  } catch (error) {
    // ESRCH: everybody in the group has ended already.
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}
