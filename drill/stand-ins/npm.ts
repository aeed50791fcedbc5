/**
 * Stands in for `npm ci` in a drill: what the lock file in the current folder names for this machine is linked from the
 * packages that this repository has installed, in the locked versions. A drill needs no registry.
 */
import { existsSync, mkdirSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { dirname, join } from "node:path";

interface Locked {
  version?: string;
  optional?: boolean;
  os?: string[];
  cpu?: string[];
}

const INSTALLED = join(import.meta.dirname, "..", "..", "node_modules");

const [command = ""] = process.argv.slice(2);
if (command !== "ci") {
  console.error(`npm: this stand-in knows 'ci' only, not '${command}'`);
  process.exit(2);
}
const { packages } = JSON.parse(readFileSync("package-lock.json", "utf8")) as {
  packages: Record<string, Locked>;
};
rmSync("node_modules", { recursive: true, force: true });
let added = 0;
for (const [path, { version, optional, os, cpu }] of Object.entries(packages)) {
  if (path === "" || (os && !os.includes(process.platform)) || (cpu && !cpu.includes(process.arch))) continue;
  const source = join(INSTALLED, path.slice("node_modules/".length));
  const found = existsSync(source)
    ? (JSON.parse(readFileSync(join(source, "package.json"), "utf8")) as { version: string }).version
    : undefined;
  // Of the builds for one system and processor (glibc, musl) only the fitting one is installed.
  if (found === undefined && optional) continue;
  if (found !== version) {
    console.error(`npm: ${path} ${version} is locked, ${found ?? "nothing"} is installed in the repository`);
    process.exit(1);
  }
  mkdirSync(dirname(path), { recursive: true });
  symlinkSync(source, path);
  added += 1;
}
console.log(`added ${added} packages`);
