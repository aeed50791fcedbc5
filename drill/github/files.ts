/** The files of a commit: what commits have changed, and beneath that what the drill began with. */
import type { ContentEntry } from "./types.ts";
import type { World } from "./world.ts";

/** What a commit holds under a path (no leading slash; `""` is the root); null when nothing. */
export async function readAt(world: World, commit: string, path: string): Promise<ContentEntry | null> {
  const changes = world.git.tree(commit);
  const own = changes.get(path);
  if (own === null) return null;
  if (own !== undefined) return { type: "file", path, content: world.git.blob(own) ?? Buffer.alloc(0) };
  const before = (await world.hooks.readContent?.(path)) ?? null;
  if (before?.type === "file") {
    world.git.addBlob(Buffer.from(before.content));
    return before;
  }
  return withChanges(world, path, before, changes);
}

/** A folder's listing with what commits have put into it and taken out of it; null for a folder that is not there. */
function withChanges(
  world: World,
  path: string,
  before: ContentEntry | null,
  changes: ReadonlyMap<string, string | null>,
): ContentEntry | null {
  const entries = new Map((before?.type === "dir" ? before.entries : []).map((entry) => [entry.name, entry]));
  const prefix = path === "" ? "" : `${path}/`;
  for (const [changed, blob] of changes) {
    if (!changed.startsWith(prefix)) continue;
    const [name = "", ...inner] = changed.slice(prefix.length).split("/");
    if (inner.length > 0) {
      if (blob !== null && !entries.has(name)) entries.set(name, { name, type: "dir", size: 0 });
    } else if (blob === null) {
      entries.delete(name);
    } else {
      entries.set(name, { name, type: "file", size: world.git.blob(blob)?.length ?? 0 });
    }
  }
  if (entries.size === 0 && before === null) return null;
  const listed = [...entries.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
  return { type: "dir", path, entries: listed };
}

/** A file's blob in a commit; null when there is no such file. */
export async function blobAt(world: World, commit: string, path: string): Promise<string | null> {
  const entry = await readAt(world, commit, path);
  return entry?.type === "file" ? world.git.addBlob(Buffer.from(entry.content)) : null;
}
