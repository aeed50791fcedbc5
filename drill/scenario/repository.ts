/** The repository that the jobs check out: this one, with the scenario's files laid over it. */
import { constants } from "node:fs";
import { appendFile, cp, link, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, relative, sep } from "node:path";
import { FirebreakError } from "../../src/errors.ts";
import { checkRunbook, formatProblem } from "../../src/runbook/check.ts";
import type { Runbook } from "../../src/runbook/schema.ts";
import type { Scenario } from "./schema.ts";

const RUNBOOK = "runbook.yml";

/** Never part of a checkout. */
const NOT_COMMITTED = ["node_modules", ".git", ".drill", ".bench", ".venv", "build", "coverage"];
/** Firebreak's own sources, over a thousand files: every job checks them out, and none reads them. */
const UNREAD = ["src", "drill", "test", "bench"];
const LEFT_OUT = new Set([...NOT_COMMITTED, ...UNREAD]);
const BUNDLED = /^actions.[^/\\]+.dist.[^/\\]+$/;

export interface Repository {
  root: string;
  remove(): Promise<void>;
}

/**
 * A copy in a temporary folder: the jobs check out what was there when the drill began, quickly. The bundles, a hundred
 * megabytes that nobody writes to, are the same files in a second place where the file system can do that.
 */
export async function prepareRepository(
  root: string,
  { files, replace, append }: Pick<Scenario, "files" | "replace" | "append">,
): Promise<Repository> {
  const copy = await mkdtemp(join(tmpdir(), "drill-repository-"));
  await cp(root, copy, {
    recursive: true,
    verbatimSymlinks: true,
    mode: constants.COPYFILE_FICLONE,
    filter: async (source, target) => {
      const path = relative(root, source);
      if (LEFT_OUT.has(path.split(sep)[0] ?? "")) return false;
      return !(BUNDLED.test(path) && (await linked(source, target)));
    },
  });
  for (const [path, text] of Object.entries(files)) {
    const file = join(copy, ...path.split("/"));
    await mkdir(dirname(file), { recursive: true });
    await rm(file, { force: true });
    await writeFile(file, text);
  }
  for (const [path, pairs] of Object.entries(replace)) {
    const file = join(copy, ...path.split("/"));
    let content = await readFile(file, "utf8");
    for (const pair of pairs) content = replacedOnce(content, pair, path);
    await writeFile(file, content);
  }
  for (const [path, text] of Object.entries(append)) await appendFile(join(copy, ...path.split("/")), text);
  return { root: copy, remove: () => rm(copy, { recursive: true, force: true }) };
}

function replacedOnce(content: string, pair: { text: string; with: string }, path: string): string {
  const parts = content.split(pair.text);
  if (parts.length === 2) return parts.join(pair.with);
  throw new FirebreakError(
    "bad-scenario",
    `The scenario replaces text that stands ${parts.length - 1} times in ${path}: ${JSON.stringify(pair.text)}`,
    "Correct the scenario's 'replace'.",
  );
}

async function linked(source: string, target: string): Promise<boolean> {
  return link(source, target).then(
    () => true,
    () => false,
  );
}

/** The runbook of the repository in this folder. @throws FirebreakError that lists every error with its place. */
export async function readRunbook(root: string): Promise<Runbook> {
  const source = await readFile(join(root, RUNBOOK), "utf8").catch((cause: NodeJS.ErrnoException) => {
    throw new FirebreakError(
      "bad-runbook",
      `${RUNBOOK} cannot be read (${cause.code}).`,
      "Run the drill in a repository with a runbook.",
    );
  });
  const { runbook, errors } = checkRunbook(source);
  if (runbook) return runbook;
  const list = errors.map((error) => formatProblem(RUNBOOK, error)).join("\n");
  throw new FirebreakError("bad-runbook", list, "Correct each line, there or in the scenario's 'files'.");
}

/** Puts a scenario's commands into a folder of their own, for the jobs' PATH; null when there are none. */
export async function prepareStandIns(scripts: ReadonlyMap<string, string>): Promise<Repository | null> {
  if (scripts.size === 0) return null;
  const root = await mkdtemp(join(tmpdir(), "drill-bin-"));
  for (const [name, script] of scripts) {
    const quoted = [process.execPath, script].map((word) => `'${word.replaceAll("'", "'\\''")}'`).join(" ");
    const command = /\.[cm]?[jt]s$/.test(script) ? quoted : quoted.slice(quoted.indexOf("' '") + 2);
    await writeFile(join(root, name), `#!/bin/sh\nexec ${command} "$@"\n`, { mode: 0o755 });
  }
  return { root, remove: () => rm(root, { recursive: true, force: true }) };
}
