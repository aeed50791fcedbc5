import type { Dirent } from "node:fs";
import { copyFile, link, mkdir, readdir, readlink, rm, symlink } from "node:fs/promises";
import { join, resolve, sep } from "node:path";
import type { Replacement, ReplacementContext } from "../replacements.ts";

/** Folders of a working copy that no commit holds. */
const NOT_IN_A_COMMIT = new Set(["node_modules", ".git", ".drill"]);
/** What is built and committed: large, and read-only to the jobs that run it. */
const BUNDLE = /^actions\/[^/]+\/dist\//;

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
  async run(context) {
    const { inputs, workspace, workspaceSource, log, setOutput, env } = context;
    const target = resolve(workspace, inputs.path ?? "");
    if (target !== workspace && !target.startsWith(workspace + sep)) {
      throw new Error(`Repository path '${target}' is not under '${workspace}'`);
    }
    log(`Syncing repository: ${env.GITHUB_REPOSITORY ?? ""}`);
    refuseUnknownRepository(context);
    const wanted = sparsePaths(inputs["sparse-checkout"] ?? "");
    await copyTree(workspaceSource, target, "", wanted);
    log(`Copied the working tree to '${target}'`);
    setOutput("ref", inputs.ref || (env.GITHUB_REF ?? ""));
    setOutput("commit", env.GITHUB_SHA ?? "");
  },
};

/**
 * GitHub denies the existence of a private repository to a token that may not read its contents.
 * https://github.com/actions/checkout#recommended-permissions
 */
function refuseUnknownRepository({ mayFetch, log, env }: ReplacementContext): void {
  if (mayFetch) return;
  log("remote: Repository not found.");
  throw new Error(`fatal: repository '${env.GITHUB_SERVER_URL}/${env.GITHUB_REPOSITORY}/' not found`);
}

/** Copies the folder `path` of the source and all that is wanted below it. */
async function copyTree(
  source: string,
  target: string,
  path: string,
  wanted: readonly string[],
): Promise<void> {
  await mkdir(join(target, path), { recursive: true });
  const entries = await readdir(join(source, path), { withFileTypes: true });
  await Promise.all(
    entries.map(async (entry) => {
      const inner = path === "" ? entry.name : `${path}/${entry.name}`;
      if (NOT_IN_A_COMMIT.has(entry.name) || !isWanted(inner, wanted)) return;
      if (entry.isDirectory()) await copyTree(source, target, inner, wanted);
      else await place(entry, join(source, inner), join(target, inner), BUNDLE.test(inner));
    }),
  );
}

/**
 * Puts a file or a link where a former checkout may have put it already. With `share` it is the same file in a second
 * place, so that no job waits for tens of megabytes; a copy where the file system cannot do that.
 */
async function place(entry: Dirent, source: string, target: string, share: boolean): Promise<void> {
  await rm(target, { force: true });
  if (entry.isSymbolicLink()) await symlink(await readlink(source), target);
  else if (share) await link(source, target).catch(() => copyFile(source, target));
  else await copyFile(source, target);
}

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
