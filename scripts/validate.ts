/** `npm run validate [-- PATH]`: checks a runbook and prints what is wrong, a line each. Exit status 1 on errors. */
import { readFile } from "node:fs/promises";
import { checkHolidays } from "../src/runbook/business-days.ts";
import { checkRunbook, formatProblem } from "../src/runbook/check.ts";
import { checkRepository } from "../src/runbook/repository-check.ts";

const path = process.argv[2] ?? "runbook.yml";
let source: string;
try {
  source = await readFile(path, "utf8");
} catch (error) {
  console.error(`${path}: cannot be read: ${(error as Error).message}`);
  process.exit(1);
}
const { errors, warnings } = checkRunbook(source, checkHolidays, checkRepository(process.cwd()));
for (const problem of errors) console.error(`error   ${formatProblem(path, problem)}`);
for (const problem of warnings) console.error(`warning ${formatProblem(path, problem)}`);
console.log(`${path}: ${errors.length} error(s), ${warnings.length} warning(s)`);
process.exitCode = errors.length > 0 ? 1 : 0;
