import { readFile } from "node:fs/promises";
import { badInput } from "../errors.ts";
import { checkRunbook, formatProblem } from "./check.ts";
import type { Runbook } from "./schema.ts";

/** How many errors a message lists; `npm run validate` lists all. */
const SHOWN = 20;

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
    const list = errors
      .slice(0, SHOWN)
      .map((error) => formatProblem(path, error))
      .join("\n");
    const more = errors.length > SHOWN ? `\n... and ${errors.length - SHOWN} more` : "";
    throw badInput(
      "runbook",
      `names a file with ${errors.length} error(s):\n${list}${more}`,
      "Run `npm run validate` and correct each line.",
    );
  }
  return runbook;
}
