import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import type { CallRecord } from "../../drill/contracts.ts";
import { keepCallsOf } from "./call-logs.ts";

/** Runs `npm run drill`'s command and reads what it left, by means that share nothing with the product. */

const ROOT = join(import.meta.dirname, "../..");

/** What Node has compiled of the drill's sources, of which there are hundreds. */
const COMPILED = join(ROOT, "node_modules/.cache/firebreak-drill");

export type Call = CallRecord;

export interface DrillOutcome {
  code: number;
  /** What the terminal showed. */
  output: string;
  /** Folder of the drill's results. */
  out: string;
  calls: Call[];
}

const folders: string[] = [];
process.on("exit", () => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

/** A folder for a drill's results, removed when this process ends. */
export function drillFolder(): string {
  const parent = mkdtempSync(join(tmpdir(), "firebreak-drill-"));
  folders.push(parent);
  return join(parent, "out");
}

export async function drill(scenario: string, ...options: string[]): Promise<DrillOutcome> {
  const out = drillFolder();
  const command = [join(ROOT, "drill/main.ts"), "--scenario", scenario, "--out", out, ...options];
  const { code, output } = await new Promise<{ code: number; output: string }>((resolve) => {
    execFile(
      process.execPath,
      command,
      { cwd: ROOT, maxBuffer: 1 << 26, env: withoutJest() },
      (error, stdout, stderr) => {
        resolve({ code: error ? Number(error.code ?? 1) : 0, output: stdout + stderr });
      },
    );
  });
  keepCallsOf(out);
  let calls: Call[] = [];
  try {
    calls = lines(readFileSync(join(out, "calls.ndjson"))).map((line) => JSON.parse(line) as Call);
  } catch {
    // A drill that never began has no calls; the test that expected some will say so.
  }
  return { code, output, out, calls };
}

function withoutJest(): NodeJS.ProcessEnv {
  const { NODE_OPTIONS: _options, JEST_WORKER_ID: _worker, ...env } = process.env;
  return { ...env, NODE_COMPILE_CACHE: COMPILED };
}

export function readJson<T>(...path: string[]): T {
  return JSON.parse(readFileSync(join(...path), "utf8")) as T;
}

/** Every file below a folder, with its path relative to it. */
export function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1));
}

export function sha256File(...path: string[]): string {
  return createHash("sha256")
    .update(readFileSync(join(...path)))
    .digest("hex");
}

export function gunzippedLines(...path: string[]): string[] {
  return lines(gunzipSync(readFileSync(join(...path))));
}

export function lines(bytes: Buffer): string[] {
  return bytes
    .toString("utf8")
    .split("\n")
    .filter((line) => line !== "");
}

/** Calls that change something, other than the vault's own objects; worked out from AWS's names, not from the drill's. */
export function changingCalls(calls: readonly Call[], role: "evidence" | "containment"): Call[] {
  // A signature changes nothing either.
  const reads = /^(Get|List|Describe|Head|Lookup|Assume|Filter|Simulate|Sign$)/;
  return calls.filter(
    ({ principal, service, operation, resource }) =>
      principal.includes(`firebreak-${role}-`) &&
      service !== "github" &&
      !reads.test(operation) &&
      !(service === "s3" && resource.includes("/incidents/INC-")),
  );
}
