/** Refs, commits, trees and blobs as GitHub's REST API presents them. */
import { notFound } from "./errors.ts";
import type { Changes, Commit, Person } from "./git-store.ts";
import { nodeId, repositoryPage, repositoryUrl, simpleUser } from "./present-people.ts";
import type { JsonObject } from "./types.ts";
import type { World } from "./world.ts";

const UNSIGNED = { verified: false, reason: "unsigned", signature: null, payload: null, verified_at: null };

const gitUrl = (world: World, kind: string, sha: string): string =>
  `${repositoryUrl(world)}/git/${kind}/${sha}`;

export function reference(world: World, ref: string, sha: string): JsonObject {
  return {
    ref,
    node_id: nodeId("REF", Number.parseInt(sha.slice(0, 8), 16)),
    url: `${repositoryUrl(world)}/git/${ref}`,
    object: { type: "commit", sha, url: gitUrl(world, "commits", sha) },
  };
}

function parents(world: World, commit: Commit): JsonObject[] {
  return commit.parents.map((sha) => ({
    sha,
    url: gitUrl(world, "commits", sha),
    html_url: `${repositoryPage(world)}/commit/${sha}`,
  }));
}

/** As the Git database API has it. */
export function gitCommit(world: World, commit: Commit): JsonObject {
  return {
    sha: commit.sha,
    node_id: nodeId("C", Number.parseInt(commit.sha.slice(0, 8), 16)),
    url: gitUrl(world, "commits", commit.sha),
    html_url: `${repositoryPage(world)}/commit/${commit.sha}`,
    author: commit.author,
    committer: commit.author,
    message: commit.message,
    tree: { sha: commit.tree, url: gitUrl(world, "trees", commit.tree) },
    parents: parents(world, commit),
    verification: UNSIGNED,
  };
}

/** As the repository's own lists have it. */
export function repositoryCommit(world: World, commit: Commit): JsonObject {
  const url = `${repositoryUrl(world)}/commits/${commit.sha}`;
  const account = world.people.find(commit.by);
  const user = account ? simpleUser(world, account) : null;
  return {
    sha: commit.sha,
    node_id: nodeId("C", Number.parseInt(commit.sha.slice(0, 8), 16)),
    url,
    html_url: `${repositoryPage(world)}/commit/${commit.sha}`,
    comments_url: `${url}/comments`,
    commit: {
      url: gitUrl(world, "commits", commit.sha),
      author: commit.author,
      committer: commit.author,
      message: commit.message,
      comment_count: 0,
      tree: { sha: commit.tree, url: gitUrl(world, "trees", commit.tree) },
      verification: UNSIGNED,
    },
    author: user,
    committer: user,
    parents: parents(world, commit),
  };
}

/** A tree as far as commits of the API have made it: the files of the first commit are not listed. */
export function tree(world: World, sha: string, changes: Changes): JsonObject {
  const entries = [...changes].flatMap(([path, blob]) =>
    blob === null
      ? []
      : [
          {
            path,
            mode: "100644",
            type: "blob",
            sha: blob,
            size: world.git.blob(blob)?.length ?? 0,
            url: gitUrl(world, "blobs", blob),
          },
        ],
  );
  return { sha, url: gitUrl(world, "trees", sha), tree: entries, truncated: false };
}

export function blob(world: World, sha: string): JsonObject {
  const content = world.git.blob(sha);
  if (content === undefined) throw notFound();
  return {
    sha,
    node_id: nodeId("B", Number.parseInt(sha.slice(0, 8), 16)),
    url: gitUrl(world, "blobs", sha),
    size: content.length,
    encoding: "base64",
    content: content.toString("base64"),
  };
}

/** Files that one commit has changed from another, as diffs list them; without the patches. */
export function changedFiles(world: World, from: string, to: string): JsonObject[] {
  const old = world.git.tree(from);
  return [...world.git.difference(from, to)].map(([path, sha]) => {
    const lines = sha === null ? 0 : linesOf(world.git.blob(sha));
    const status = sha === null ? "removed" : old.get(path) ? "modified" : "added";
    const shown = sha ?? old.get(path) ?? "";
    return {
      sha: shown,
      filename: path,
      status,
      additions: lines,
      deletions: 0,
      changes: lines,
      blob_url: `${repositoryPage(world)}/blob/${to}/${path}`,
      raw_url: `${repositoryPage(world)}/raw/${to}/${path}`,
      contents_url: `${repositoryUrl(world)}/contents/${path}?ref=${to}`,
    };
  });
}

function linesOf(content: Buffer | undefined): number {
  return content === undefined ? 0 : content.toString("utf8").split("\n").length - 1;
}

export function authorOf(world: World, login: string, now: number): Person {
  const account = world.people.find(login);
  return {
    name: account?.name ?? login,
    email: account?.email ?? `${login}@users.noreply.github.com`,
    date: new Date(now).toISOString().replace(/\.\d{3}Z$/, "Z"),
  };
}
