/** Files: read, written and removed one at a time. https://docs.github.com/rest/repos/contents */
import { type ApiReply, type ApiRequest, bodyOf, type Handler, queryText, textIn } from "../api.ts";
import { GitHubError, notFound, notSimulated } from "../errors.ts";
import { blobAt, readAt } from "../files.ts";
import type { Commit } from "../git-store.ts";
import type { OperationId } from "../permissions.ts";
import { content, contentOf } from "../present-content.ts";
import { authorOf, gitCommit } from "../present-git.ts";
import { checkDirectPush, pushed } from "../push.ts";
import type { World } from "../world.ts";

/** The commit that a query's or body's `ref` names; the default branch's head when it names none. */
export function commitAt(world: World, ref: string | undefined): Commit {
  const name = ref === undefined || ref === "HEAD" ? world.seed.defaultBranch : ref;
  const found = world.git.resolve(name);
  if (!found) throw new GitHubError(404, `No commit found for the ref ${ref}`);
  return found;
}

function pathIn(request: ApiRequest): string {
  const path = textIn(request, "path").replace(/\/+$/, "");
  if (path.split("/").includes("..")) throw new GitHubError(400, "path contains a malformed path component");
  return path;
}

async function getContent(request: ApiRequest, world: World): Promise<ApiReply> {
  const { sha } = commitAt(world, queryText(request, "ref"));
  const entry = await readAt(world, sha, pathIn(request));
  if (!entry) throw notFound();
  const asksRaw = /application\/vnd\.github(?:\.v3)?\.raw/.test(request.accept);
  if (!asksRaw) return { status: 200, json: await content(world, sha, entry) };
  if (entry.type !== "file") throw notSimulated("raw listings of a folder");
  const contentType = "application/vnd.github.raw+json; charset=utf-8";
  return { status: 200, raw: { contentType, body: Buffer.from(entry.content) } };
}

/** Puts one change on a branch, as a commit. `after` null removes the file. */
async function change(request: ApiRequest, world: World, after: Buffer | null) {
  const { caller } = request;
  const body = bodyOf(request);
  const path = pathIn(request);
  const branch = typeof body.branch === "string" ? body.branch : world.seed.defaultBranch;
  const ref = `refs/heads/${branch}`;
  const before = world.git.refs().get(ref);
  if (before === undefined) throw new GitHubError(404, `Branch ${branch} not found`);
  checkDirectPush(world, ref);
  const present = await blobAt(world, before, path);
  if (present === null && after === null) throw notFound();
  if (present !== null && body.sha === undefined) {
    throw new GitHubError(422, 'Invalid request.\n\n"sha" wasn\'t supplied.');
  }
  if (body.sha !== undefined && body.sha !== present) {
    throw new GitHubError(409, `${path} does not match ${String(body.sha)}`);
  }
  const blob = after === null ? null : world.git.addBlob(after);
  const tree = world.git.addTree(new Map([...world.git.tree(before), [path, blob]]));
  const commit = world.git.addCommit({
    tree,
    parents: [before],
    message: String(body.message),
    author: authorOf(world, caller.login, world.clock.now()),
    by: caller.login,
  });
  world.git.updateRef(ref, commit.sha, false);
  await pushed(world, caller, ref, before);
  return { commit, path, isNew: present === null };
}

export const contentOperations = {
  "repos/get-content": getContent,
  "repos/create-or-update-file-contents": async (request, world) => {
    const bytes = Buffer.from(String(bodyOf(request).content), "base64");
    const { commit, path, isNew } = await change(request, world, bytes);
    const { content: _body, encoding: _encoding, ...file } = contentOf(world, commit.sha, path, bytes);
    return { status: isNew ? 201 : 200, json: { content: file, commit: gitCommit(world, commit) } };
  },
  "repos/delete-file": async (request, world) => {
    const { commit } = await change(request, world, null);
    return { status: 200, json: { content: null, commit: gitCommit(world, commit) } };
  },
} satisfies Partial<Record<OperationId, Handler>>;
