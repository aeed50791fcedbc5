/**
 * What the tests run with, in Jest's own process and in its workers. Tests import `@jest/globals`, which is there in Jest's
 * own sandbox alone: outside of it, globals.mjs stands in for it.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { enableCompileCache, registerHooks } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const globals = new URL("./globals.mjs", import.meta.url).href;

registerHooks({
  resolve: (specifier, context, next) =>
    specifier === "@jest/globals" ? { url: globals, shortCircuit: true } : next(specifier, context),
});

// Every worker loads the same sources, and has their types stripped.
enableCompileCache(fileURLToPath(new URL("../../node_modules/.cache/firebreak-tests", import.meta.url)));

// Workers are killed in the end, and drills leave much behind: all of it lies in one folder, which goes with Jest.
if (process.env.FIREBREAK_TESTS_FOLDER === undefined) {
  const folder = mkdtempSync(join(tmpdir(), "firebreak-tests-"));
  process.env.FIREBREAK_TESTS_FOLDER = folder;
  process.env.TMPDIR = folder;
  process.on("exit", () => rmSync(folder, { recursive: true, force: true, maxRetries: 3 }));
}
