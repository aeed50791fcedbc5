import { mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { processStarter } from "../../src/containment/process.ts";

const cwd = mkdtempSync(join(tmpdir(), "firebreak-process-"));
const node = (code: string) => [process.execPath, "-e", code];

async function start(code: string, options: { timeoutMs?: number; env?: Record<string, string> } = {}) {
  const lines: string[] = [];
  const request = { cwd, timeoutMs: options.timeoutMs ?? 20_000, onLine: (line: string) => lines.push(line) };
  const result = await processStarter({ PATH: process.env.PATH, ...options.env })({
    ...request,
    command: node(code),
  });
  return { ...result, lines };
}

describe("the rotation command's process", () => {
  test("gives its lines from both outputs, and its exit code", async () => {
    const { lines, exitCode } = await start("console.log('out'); console.error('err'); process.exitCode = 3");
    expect([lines.sort(), exitCode]).toEqual([["err", "out"], 3]);
  });

  test("gets the environment, but not the action's own inputs", async () => {
    const code =
      "console.log(process.env.AWS_REGION, process.env['INPUT_GITHUB-TOKEN'], Object.keys(process.env).filter((n) => /^INPUT/.test(n)).length)";
    const env = { AWS_REGION: "eu-west-1", "INPUT_GITHUB-TOKEN": "t", INPUT_INCIDENT: "42" };
    expect((await start(code, { env })).lines).toEqual(["eu-west-1 undefined 0"]);
  });

  test("no shell reads its arguments", async () => {
    const command = [...node("console.log(process.argv[1])"), "$(id); `id` && id"];
    const lines: string[] = [];
    await processStarter({})({ command, cwd, timeoutMs: 20_000, onLine: (line) => lines.push(line) });
    expect(lines).toEqual(["$(id); `id` && id"]);
  });

  test("after the timeout its whole group ends, children included", async () => {
    const file = join(cwd, "child.pid");
    const child = "setTimeout(() => {}, 60000)";
    const code = `
      const { spawn } = require("node:child_process");
      const child = spawn(process.execPath, ["-e", ${JSON.stringify(child)}], { stdio: "inherit" });
      require("node:fs").writeFileSync(${JSON.stringify(file)}, String(child.pid));
      setTimeout(() => {}, 60000);`;
    const { timedOut, signal } = await start(code, { timeoutMs: 1_500 });
    expect([timedOut, signal]).toEqual([true, "SIGTERM"]);
    expect(isRunning(Number(readFileSync(file, "utf8")))).toBe(false);
  });

  test("a command that does not exist is an error", async () => {
    const request = { command: ["no-such-command-here"], cwd, timeoutMs: 1_000, onLine: () => {} };
    await expect(processStarter({ PATH: "/usr/bin" })(request)).rejects.toThrow("ENOENT");
  });
});

/** A zombie counts as ended: nobody may have collected its exit status yet. */
function isRunning(pid: number): boolean {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, "utf8"));
  } catch {
    return false;
  }
}
