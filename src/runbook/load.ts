import { readFile } from "node:fs/promises";
import { badInput } from "../errors.ts";
import { checkRunbook, formatProblem } from "./check.ts";
import type { Runbook } from "./schema.ts";

/** Reads and checks a runbook. @throws FirebreakError that lists every error with file, line and column. */
export async function loadRunbook(path: string): Promise<Runbook> {
  let source: string;
  try {
    source = await readFile(path, "utf8");
  } catch (cause) {
    throw badInput(
      "runbook",
      `names a file that cannot be read: ${path} (${(cause as Error).message})`,
      "Check out the repository first, or correct the path.",
    );
  }
  const { runbook, errors } = checkRunbook(source);
  if (!runbook) {
    const list = errors.map((error) => formatProblem(path, error)).join("\n");
    throw badInput(
      "runbook",
      `names a file with ${errors.length} error(s):\n${list}`,
      "Run `npm run validate` and correct each line.",
    );
  }
  return runbook;
}
