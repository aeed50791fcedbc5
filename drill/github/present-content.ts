/** Files and folders as GitHub's REST API presents them. */
import { repositoryPage, repositoryUrl } from "./present-people.ts";
import type { ContentEntry, JsonObject } from "./types.ts";
import type { World } from "./world.ts";

/** The SHA that git would give this blob is not computed: the simulator holds no git objects. */
const NO_SHA = "0".repeat(40);

function contentLinks(world: World, path: string, kind: "blob" | "tree"): JsonObject {
  const encoded = path.split("/").map(encodeURIComponent).join("/");
  const url = `${repositoryUrl(world)}/contents/${encoded}?ref=${encodeURIComponent(world.seed.defaultBranch)}`;
  const html = `${repositoryPage(world)}/${kind}/${world.seed.defaultBranch}/${encoded}`;
  return { url, git_url: null, html_url: html, download_url: null, _links: { self: url, git: null, html } };
}

export function content(world: World, entry: ContentEntry): unknown {
  if (entry.type === "file") {
    const bytes = Buffer.from(entry.content);
    return {
      type: "file",
      encoding: "base64",
      size: bytes.length,
      name: entry.path.split("/").at(-1) ?? entry.path,
      path: entry.path,
      content: bytes.toString("base64"),
      sha: NO_SHA,
      ...contentLinks(world, entry.path, "blob"),
    };
  }
  return entry.entries.map(({ name, type, size }) => {
    const path = entry.path === "" ? name : `${entry.path}/${name}`;
    return {
      type,
      size,
      name,
      path,
      sha: NO_SHA,
      ...contentLinks(world, path, type === "dir" ? "tree" : "blob"),
    };
  });
}
