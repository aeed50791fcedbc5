/**
 * `npm run generate`: writes what follows from other files, so that it cannot go stale.
 *
 * - `actions/<name>/README.md` and the root README's list of actions, from every `action.yml`: only what stands
 *   between their markers, `<!-- inputs:start -->` and `<!-- inputs:end -->`.
 * - `runbook.schema.json`, from the runbook's schema.
 */
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { jsonSchema } from "../src/runbook/json-schema.ts";
import {
  type Action,
  type ActionMetadata,
  actionsList,
  inputsTable,
  newReadme,
  outputsTable,
  replaceBetween,
} from "./readme.ts";

const ROOT = join(import.meta.dirname, "..");

const actions = readdirSync(join(ROOT, "actions"))
  .filter((name) => existsSync(join(ROOT, "actions", name, "action.yml")))
  .sort()
  .map((name) => ({ folder: name, ...readMetadata(join(ROOT, "actions", name, "action.yml")) }));
for (const action of actions) writeActionReadme(action);
writeRootReadme(actions);
writeFileSync(join(ROOT, "runbook.schema.json"), `${JSON.stringify(jsonSchema(), null, 2)}\n`);
console.log(`Wrote the tables of ${actions.length} actions and runbook.schema.json`);

function readMetadata(file: string): ActionMetadata {
  return parse(readFileSync(file, "utf8")) as ActionMetadata;
}

function writeActionReadme(action: Action): void {
  const file = join(ROOT, "actions", action.folder, "README.md");
  const before = existsSync(file) ? readFileSync(file, "utf8") : newReadme(action);
  const withInputs = replaceBetween(before, "inputs", inputsTable(action));
  writeFileSync(file, replaceBetween(withInputs, "outputs", outputsTable(action)));
}

function writeRootReadme(all: readonly Action[]): void {
  const file = join(ROOT, "README.md");
  if (!existsSync(file)) return;
  writeFileSync(file, replaceBetween(readFileSync(file, "utf8"), "actions", actionsList(all)));
}
