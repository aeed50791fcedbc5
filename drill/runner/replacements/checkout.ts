import { cp, mkdir } from "node:fs/promises";
import { basename, join, relative, resolve, sep } from "node:path";
import type { Replacement } from "../replacements.ts";

/** Folders of a working copy that no commit holds. */
const NOT_IN_A_COMMIT = new Set(["node_modules", ".git", ".drill"]);

/** actions/checkout: copies the drill's source folder, which stands for the commit at every ref. */
export const checkout: Replacement = {
  inputs: {
    ref: "",
    "persist-credentials": "true",
    "sparse-checkout": "",
    "sparse-checkout-cone-mode": "true",
    "fetch-depth": "1",
    path: "",
  },
  async run({ inputs, workspace, workspaceSource, log, setOutput, env }) {
    const target = resolve(workspace, inputs.path ?? "");
    if (target !== workspace && !target.startsWith(workspace + sep)) {
      throw new Error(`Repository path '${target}' is not under '${workspace}'`);
    }
    await mkdir(target, { recursive: true });
    const wanted = sparsePaths(inputs["sparse-checkout"] ?? "");
    await cp(workspaceSource, target, {
      recursive: true,
      verbatimSymlinks: true,
      filter: (source) =>
        !NOT_IN_A_COMMIT.has(basename(source)) && isWanted(relative(workspaceSource, source), wanted),
    });
    log(`Syncing repository: ${env.GITHUB_REPOSITORY ?? ""}`);
    log(`Copied the working tree to '${join(target)}'`);
    setOutput("ref", inputs.ref || (env.GITHUB_REF ?? ""));
    setOutput("commit", env.GITHUB_SHA ?? "");
  },
};

function sparsePaths(text: string): string[] {
  return text
    .split("\n")
    .map((line) => line.trim().replace(/^\/|\/+$/g, ""))
    .filter((line) => line !== "");
}

/** Cone mode: the named folders, what leads to them, and the files directly inside those leading folders. */
function isWanted(path: string, wanted: readonly string[]): boolean {
  if (wanted.length === 0 || path === "") return true;
  const inFolder = (inner: string, outer: string) => inner === outer || inner.startsWith(`${outer}/`);
  return wanted.some((folder) => inFolder(path, folder) || inFolder(folder, path)) || !path.includes("/");
}
