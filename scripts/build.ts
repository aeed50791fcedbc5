/**
 * `npm run build`: compiles the product and bundles every action into `actions/<name>/dist/`, which is what GitHub
 * loads and therefore what is committed.
 *
 * The output depends on nothing but the sources and the lock file, so CI can rebuild it and compare. The bundles are
 * not minified: a reviewer should be able to read, and diff, the code that runs with the containment role.
 */
import { execFile } from "node:child_process";
import { readdir, rm } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);
const ROOT = join(import.meta.dirname, "..");
const COMPILED = join(ROOT, "build", "src", "actions");

await clean();
await node("node_modules/typescript/bin/tsc", "-p", "tsconfig.build.json");
const actions = await compiledActions();
await inParallel(actions, Math.min(2, availableParallelism()), bundle);
console.log(`${actions.length} actions bundled: ${actions.join(", ")}`);

/** ncc never removes what an earlier build left behind. */
async function clean(): Promise<void> {
  await rm(join(ROOT, "build"), { recursive: true, force: true });
  for (const name of await readdir(join(ROOT, "actions"))) {
    await rm(join(ROOT, "actions", name, "dist"), { recursive: true, force: true });
  }
}

async function compiledActions(): Promise<string[]> {
  const entries = await readdir(COMPILED, { withFileTypes: true });
  return entries
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
    .sort();
}

async function bundle(name: string): Promise<void> {
  const entry = join("build", "src", "actions", name, "index.js");
  const out = join("actions", name, "dist");
  await node(
    "node_modules/@vercel/ncc/dist/ncc/cli.js",
    "build",
    entry,
    "--out",
    out,
    "--license",
    "licenses.txt",
    "--no-cache",
    "--quiet",
  );
}

/** Runs a Node program in the repository's root. @throws with everything it printed when it fails. */
async function node(...command: string[]): Promise<void> {
  try {
    await run(process.execPath, command, { cwd: ROOT, maxBuffer: 64 * 1024 * 1024 });
  } catch (error) {
    const { stdout, stderr } = error as { stdout: string; stderr: string };
    console.error(stdout, stderr);
    throw new Error(`${command[0]} failed`, { cause: error });
  }
}

async function inParallel<Item>(
  items: readonly Item[],
  width: number,
  work: (item: Item) => Promise<void>,
): Promise<void> {
  const waiting = [...items];
  const worker = async () => {
    for (let item = waiting.shift(); item !== undefined; item = waiting.shift()) await work(item);
  };
  await Promise.all(Array.from({ length: width }, worker));
}
