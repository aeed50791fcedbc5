/**
 * The same question, "how many calls did this user make?", to the command-line tools that are at hand. None of them
 * verifies a digest or knows what was ordinary before.
 */
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";

export interface Scan {
  tool: string;
  calls: number;
  seconds: number;
  /** Of the processors, `cat` included. */
  cpuSeconds: number;
}

/** Each tool's own way to count a user's calls in all files of the folder; grep and rg look for text and parse nothing. */
const SCANS = (user: string): readonly [string, string][] => [
  ["rg", `cat *.ndjson | rg -c -F '"user":"${user}"'`],
  ["grep", `cat *.ndjson | LC_ALL=C grep -c -F '"user":"${user}"'`],
  ["mawk", `cat *.ndjson | mawk 'index($0, "\\"user\\":\\"${user}\\"") { n++ } END { print n }'`],
  ["jq", `cat *.ndjson | jq -n 'reduce (inputs | select(.user == "${user}")) as $call (0; . + 1)'`],
];

/** Takes minutes for what the others do in seconds: once is enough. */
const SLOW = "jq";

/** @throws Error when a tool that is there fails. */
export function plainScans(folder: string, user: string, withSlow: boolean): Scan[] {
  return SCANS(user)
    .filter(([tool]) => withSlow || tool !== SLOW)
    .filter(([tool]) => (process.env.PATH ?? "").split(":").some((path) => existsSync(join(path, tool))))
    .map(([tool, script]) => {
      const started = performance.now();
      const { status, stdout, stderr } = spawnSync("sh", ["-c", `${script}; times >&2`], {
        cwd: folder,
        encoding: "utf8",
      });
      if (status !== 0) throw new Error(`${tool} ended with status ${status}: ${stderr}`);
      const seconds = (performance.now() - started) / 1000;
      return { tool, calls: Number(stdout), seconds, cpuSeconds: childrensTime(stderr) };
    });
}

/** The last line of `times`: user and system time of the shell's children, as `1m2.345s 0m0.123s`. */
function childrensTime(printed: string): number {
  const last = printed.trimEnd().split("\n").at(-1) ?? "";
  return [...last.matchAll(/(\d+)m([\d.]+)s/g)].reduce(
    (sum, [, minutes, seconds]) => sum + Number(minutes) * 60 + Number(seconds),
    0,
  );
}
