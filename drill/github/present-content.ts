/** Files and folders as GitHub's REST API presents them. */
import { createHash } from "node:crypto";
import { blobAt } from "./files.ts";
import { repositoryPage, repositoryUrl } from "./present-people.ts";
import type { ContentEntry, JsonObject } from "./types.ts";
import type { World } from "./world.ts";

function contentLinks(
  world: World,
  commit: string,
  path: string,
  sha: string,
  kind: "blob" | "tree",
): JsonObject {
  const encoded = path.split("/").map(encodeURIComponent).join("/");
  const url = `${repositoryUrl(world)}/contents/${encoded}?ref=${commit}`;
  const html = `${repositoryPage(world)}/${kind}/${commit}/${encoded}`;
  const git = `${repositoryUrl(world)}/git/${kind}s/${sha}`;
  const raw = kind === "blob" ? `${repositoryPage(world)}/raw/${commit}/${encoded}` : null;
  return { url, git_url: git, html_url: html, download_url: raw, _links: { self: url, git, html } };
}

/** One file, with its content. */
export function contentOf(world: World, commit: string, path: string, bytes: Buffer): JsonObject {
  const sha = world.git.addBlob(bytes);
  return {
    type: "file",
    encoding: "base64",
    size: bytes.length,
    name: path.split("/").at(-1) ?? path,
    path,
    content: bytes.toString("base64"),
    sha,
    ...contentLinks(world, commit, path, sha, "blob"),
  };
}

/** A file, or a folder's listing, as a commit holds it. A folder in a listing has a SHA that is no tree's. */
export async function content(world: World, commit: string, entry: ContentEntry): Promise<unknown> {
  if (entry.type === "file") return contentOf(world, commit, entry.path, Buffer.from(entry.content));
  return Promise.all(
    entry.entries.map(async ({ name, type, size }) => {
      const path = entry.path === "" ? name : `${entry.path}/${name}`;
      const blob = type === "file" ? await blobAt(world, commit, path) : null;
      const sha = blob ?? createHash("sha1").update(`${commit} ${path}`).digest("hex");
      return {
        type,
        size,
        name,
        path,
        sha,
        ...contentLinks(world, commit, path, sha, type === "dir" ? "tree" : "blob"),
      };
    }),
  );
}
