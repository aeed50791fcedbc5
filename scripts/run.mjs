/**
 * `node scripts/run.mjs ARGUMENTS`: runs the pinned Node with these arguments, after installing what is missing.
 *
 * `npm run` alone is not enough on a fresh clone: its shell has already looked up the newcomer's own `node` and goes
 * on using that one.
 */
import { spawn } from "node:child_process";
import { constants } from "node:os";
import { delimiter } from "node:path";
import { BIN, install } from "./install.mjs";

const node = install();
const child = spawn(node, process.argv.slice(2), {
  stdio: "inherit",
  env: { ...process.env, PATH: [BIN, process.env.PATH ?? ""].join(delimiter) },
});
// A terminal sends Ctrl-C to the child as well; every other sender means this process only.
process.on("SIGINT", () => {});
for (const signal of ["SIGTERM", "SIGHUP"]) process.on(signal, () => child.kill(signal));
child.on("error", (error) => {
  console.error(error.message);
  process.exitCode = 1;
});
child.on("exit", (code, signal) => {
  process.exitCode = code ?? 128 + (constants.signals[signal ?? "SIGTERM"] ?? 0);
});
