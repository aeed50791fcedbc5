/**
 * Makes a fresh clone ready: installs the locked packages, the pinned Node among them, when something is missing.
 *
 * Plain JavaScript without packages, because it runs before any is there, on whatever Node the newcomer has.
 */
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
export const BIN = join(ROOT, "node_modules", ".bin");

/**
 * Installs if need be, and returns the path of the pinned Node.
 * Exits with status 1 and the way to mend it when that cannot be done.
 */
export function install() {
  const wanted = lockedPackages()["node_modules/node"].version;
  if (!isInstalled() || pinnedNode() !== wanted) {
    console.error("Installing the locked packages (once, about a minute) …");
    npmInstall();
  }
  const found = pinnedNode();
  if (found !== wanted) {
    const what = found === null ? "is not there" : `is version ${found}`;
    fail(
      `node_modules/.bin/node ${what}; this project runs on Node ${wanted}, which the package 'node' installs by its ` +
        "install script.\nTo mend it: npm rebuild node --ignore-scripts=false --foreground-scripts",
    );
  }
  return join(BIN, "node");
}

function lockedPackages(file = "package-lock.json") {
  return JSON.parse(readFileSync(join(ROOT, file), "utf8")).packages;
}

/** Whether npm's own record of node_modules agrees with the lock file. Packages for other platforms may be absent. */
function isInstalled() {
  const record = join("node_modules", ".package-lock.json");
  if (!existsSync(join(ROOT, record))) return false;
  const installed = lockedPackages(record);
  return Object.entries(lockedPackages()).every(
    ([path, { version, optional, devOptional, link }]) =>
      path === "" ||
      link ||
      installed[path]?.version === version ||
      ((optional || devOptional) && !installed[path]),
  );
}

/**
 * `npm install --no-save` takes every package from the lock file and leaves that file alone. `npm ci` would refuse:
 * it wants the optional packages of every other platform in the lock file, which not every registry offers.
 */
function npmInstall() {
  // Without node_modules/.bin on PATH: npm must not run on a Node that it is about to replace.
  const path = (process.env.PATH ?? "").split(delimiter).filter((folder) => folder !== BIN);
  const { status, stdout, stderr, error } = spawnSync("npm", ["install", "--no-save", "--include=dev"], {
    cwd: ROOT,
    env: { ...process.env, PATH: path.join(delimiter) },
    encoding: "utf8",
    maxBuffer: 64 * 1024 * 1024,
  });
  if (status === 0) return;
  console.error(stdout, stderr);
  fail(
    `npm install failed${error ? `: ${error.message}` : ""}.\nTo mend it: read npm's message above; it needs the npm registry.`,
  );
}

/** The version of node_modules/.bin/node, or null. */
function pinnedNode() {
  const { status, stdout } = spawnSync(join(BIN, "node"), ["--version"], { encoding: "utf8" });
  return status === 0 ? stdout.trim().replace(/^v/, "") : null;
}

function fail(message) {
  console.error(message);
  process.exit(1);
}
