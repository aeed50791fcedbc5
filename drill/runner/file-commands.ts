import { randomUUID } from "node:crypto";
import { mkdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";

/**
 * The files through which a step hands values to the runner.
 * https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands#environment-files
 */

export interface CommandFiles {
  GITHUB_OUTPUT: string;
  GITHUB_ENV: string;
  GITHUB_PATH: string;
  GITHUB_STATE: string;
  GITHUB_STEP_SUMMARY: string;
}

/** GitHub's limit for one step's summary, in bytes. */
export const MAX_SUMMARY_BYTES = 1024 * 1024;

export async function createCommandFiles(temp: string): Promise<CommandFiles> {
  const folder = join(temp, "_runner_file_commands");
  await mkdir(folder, { recursive: true });
  const id = randomUUID();
  const files: CommandFiles = {
    GITHUB_OUTPUT: join(folder, `set_output_${id}`),
    GITHUB_ENV: join(folder, `set_env_${id}`),
    GITHUB_PATH: join(folder, `add_path_${id}`),
    GITHUB_STATE: join(folder, `save_state_${id}`),
    GITHUB_STEP_SUMMARY: join(folder, `step_summary_${id}`),
  };
  await Promise.all(Object.values(files).map((file) => writeFile(file, "")));
  return files;
}

export async function removeCommandFiles(files: CommandFiles): Promise<void> {
  await Promise.all(Object.values(files).map((file) => rm(file, { force: true })));
}

/**
 * The `name=value` and heredoc entries of a file, in order.
 * @throws Error in the runner's wording for a line that is neither.
 */
export function parseEntries(content: string): [string, string][] {
  const entries: [string, string][] = [];
  const lines = content.replace(/^\uFEFF/, "").split(/\r?\n/);
  for (let index = 0; index < lines.length; index++) {
    const line = lines[index] ?? "";
    if (line === "") continue;
    const equals = line.indexOf("=");
    const heredoc = line.indexOf("<<");
    if (heredoc >= 0 && (equals < 0 || heredoc < equals)) {
      const name = line.slice(0, heredoc);
      const delimiter = line.slice(heredoc + 2);
      if (name === "" || delimiter === "") {
        throw new Error(`Invalid format '${line}'. Name must not be empty and delimiter must not be empty`);
      }
      const end = lines.indexOf(delimiter, index + 1);
      if (end === -1) throw new Error(`Invalid value. Matching delimiter not found '${delimiter}'`);
      entries.push([name, lines.slice(index + 1, end).join("\n")]);
      index = end;
    } else if (equals >= 0) {
      const name = line.slice(0, equals);
      if (name === "") throw new Error(`Invalid format '${line}'. Name must not be empty`);
      entries.push([name, line.slice(equals + 1)]);
    } else {
      throw new Error(`Invalid format '${line}'`);
    }
  }
  return entries;
}

export async function readEntries(file: string): Promise<[string, string][]> {
  return parseEntries(await readText(file));
}

/** The folders that a step adds to PATH, in the order it wrote them. */
export async function readPaths(file: string): Promise<string[]> {
  return (await readText(file)).split(/\r?\n/).filter((line) => line.trim() !== "");
}

/**
 * A step's summary; empty when it wrote none.
 * @throws Error in the runner's wording when it is larger than GitHub takes.
 */
export async function readSummary(file: string): Promise<string> {
  const size = await stat(file).then(
    (stats) => stats.size,
    () => 0,
  );
  if (size > MAX_SUMMARY_BYTES) {
    const kilobytes = Math.ceil(size / 1024);
    throw new Error(
      `$GITHUB_STEP_SUMMARY upload aborted, supports content up to a size of 1024k, got ${kilobytes}k. For more information see: https://docs.github.com/actions/using-workflows/workflow-commands-for-github-actions#adding-a-markdown-summary`,
    );
  }
  return readText(file);
}

/** A step may have removed its file; that counts as empty. */
async function readText(file: string): Promise<string> {
  return readFile(file, "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return "";
    throw error;
  });
}
