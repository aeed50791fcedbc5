import { appendFileSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** Prints what a long test counted; FIREBREAK_FIGURES names a folder that keeps it as JSON, too. */
export function figures(name: string, counted: object): void {
  const text = JSON.stringify(counted, null, 2);
  process.stdout.write(`${name}: ${text}\n`);
  const folder = process.env.FIREBREAK_FIGURES;
  if (folder === undefined) return;
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, `${name}.json`), `${text}\n`);
}

/** Notes in that folder how a long test gets on. */
export function note(text: string): void {
  const folder = process.env.FIREBREAK_FIGURES;
  if (folder === undefined) return;
  mkdirSync(folder, { recursive: true });
  appendFileSync(join(folder, "progress.log"), `${new Date().toISOString()} ${text}\n`);
}
