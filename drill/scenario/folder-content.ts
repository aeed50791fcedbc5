/** What a folder holds, as the simulated GitHub asks for it, and new files in it. */
import { mkdir, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { ContentEntry } from "../github/types.ts";

/** Null where there is nothing. `path` is relative to the folder, `""` for the folder itself. */
export async function readFolder(root: string, path: string): Promise<ContentEntry | null> {
  const place = join(root, ...path.split("/"));
  const found = await stat(place).catch(() => null);
  if (found === null) return null;
  if (found.isFile()) return { type: "file", path, content: await readFile(place) };
  const names = await readdir(place, { withFileTypes: true });
  const entries = await Promise.all(
    names
      .sort((a, b) => (a.name < b.name ? -1 : 1))
      .map(async (entry) => ({
        name: entry.name,
        type: entry.isDirectory() ? ("dir" as const) : ("file" as const),
        size: entry.isDirectory() ? 0 : (await stat(join(place, entry.name))).size,
      })),
  );
  return { type: "dir", path, entries };
}

/** Writes and removes files. What lies there may be shared with another folder, and is replaced, never written into. */
export async function writeFolder(root: string, files: ReadonlyMap<string, Buffer | null>): Promise<void> {
  for (const [path, content] of files) {
    const place = join(root, ...path.split("/"));
    await rm(place, { force: true });
    if (content === null) continue;
    await mkdir(dirname(place), { recursive: true });
    await writeFile(place, content);
  }
}
