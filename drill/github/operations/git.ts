/** The Git database: refs, commits, trees, blobs. https://docs.github.com/rest/git */
import { type ApiReply, type ApiRequest, bodyOf, type Handler, textIn } from "../api.ts";
import { GitHubError, notFound, notSimulated } from "../errors.ts";
import type { Person } from "../git-store.ts";
import { paged } from "../paging.ts";
import type { OperationId } from "../permissions.ts";
import { authorOf, blob, gitCommit, reference, tree } from "../present-git.ts";
import { repositoryUrl } from "../present-people.ts";
import { checkDirectPush, pushed } from "../push.ts";
import type { World } from "../world.ts";

const refIn = (request: ApiRequest): string => `refs/${textIn(request, "ref").replace(/^refs\//, "")}`;

async function createRef(request: ApiRequest, world: World): Promise<ApiReply> {
  const { ref, sha } = bodyOf(request);
  world.git.createRef(String(ref), String(sha));
  await pushed(world, request.caller, String(ref), null);
  const headers = { location: `${repositoryUrl(world)}/git/${String(ref)}` };
  return { status: 201, json: reference(world, String(ref), String(sha)), headers };
}

async function updateRef(request: ApiRequest, world: World): Promise<ApiReply> {
  const ref = refIn(request);
  const { sha, force } = bodyOf(request);
  checkDirectPush(world, ref);
  const before = world.git.refs().get(ref) ?? null;
  world.git.updateRef(ref, String(sha), force === true);
  await pushed(world, request.caller, ref, before);
  return { status: 200, json: reference(world, ref, String(sha)) };
}

async function deleteRef(request: ApiRequest, world: World): Promise<ApiReply> {
  const ref = refIn(request);
  checkDirectPush(world, ref);
  const before = world.git.refs().get(ref) ?? null;
  world.git.deleteRef(ref);
  await pushed(world, request.caller, ref, before);
  return { status: 204 };
}

function createCommit(request: ApiRequest, world: World): ApiReply {
  const body = bodyOf(request);
  const { login } = request.caller;
  const parents = Array.isArray(body.parents) ? body.parents.map(String) : [];
  const unknown = parents.find((sha) => !world.git.commit(sha));
  if (unknown !== undefined || parents.length === 0) {
    throw new GitHubError(422, "Parent SHA does not exist or is not a commit object");
  }
  const given = (body.author ?? {}) as Partial<Person>;
  const author = { ...authorOf(world, login, world.clock.now()), ...given };
  try {
    world.git.tree(String(body.tree));
  } catch {
    throw new GitHubError(422, "Tree SHA does not exist");
  }
  const made = world.git.addCommit({
    tree: String(body.tree),
    parents,
    message: String(body.message),
    author,
    by: login,
  });
  return {
    status: 201,
    json: gitCommit(world, made),
    headers: { location: `${repositoryUrl(world)}/git/commits/${made.sha}` },
  };
}

interface TreeEntry {
  path?: string;
  mode?: string;
  sha?: string | null;
  content?: string;
}

/** Only on top of a tree: one without `base_tree` would hold nothing of what the drill began with. */
function createTree(request: ApiRequest, world: World): ApiReply {
  const { base_tree: base, tree: entries } = bodyOf(request);
  if (typeof base !== "string") throw notSimulated("a tree without base_tree");
  const changes = new Map(world.git.tree(base));
  for (const { path = "", mode, sha, content } of entries as TreeEntry[]) {
    if (mode !== "100644" && sha !== null) throw notSimulated(`a tree entry of mode ${mode}`);
    if (path === "" || path.startsWith("/") || path.split("/").includes("..")) {
      throw new GitHubError(422, "tree.path contains a malformed path component");
    }
    const made = content === undefined ? (sha ?? null) : world.git.addBlob(Buffer.from(content, "utf8"));
    if (made !== null && world.git.blob(made) === undefined) {
      throw new GitHubError(422, `tree.sha ${made} is not a valid blob`);
    }
    changes.set(path, made);
  }
  const sha = world.git.addTree(changes);
  return {
    status: 201,
    json: tree(world, sha, changes),
    headers: { location: `${repositoryUrl(world)}/git/trees/${sha}` },
  };
}

function createBlob(request: ApiRequest, world: World): ApiReply {
  const { content, encoding = "utf-8" } = bodyOf(request);
  const bytes = Buffer.from(String(content), encoding === "base64" ? "base64" : "utf8");
  const sha = world.git.addBlob(bytes);
  const url = `${repositoryUrl(world)}/git/blobs/${sha}`;
  return { status: 201, json: { sha, url }, headers: { location: url } };
}

export const gitOperations = {
  "git/get-ref": (request, world) => {
    const ref = refIn(request);
    const sha = world.git.refs().get(ref);
    if (sha === undefined) throw notFound();
    return { status: 200, json: reference(world, ref, sha) };
  },
  "git/list-matching-refs": (request, world) => {
    const found = [...world.git.refs()].filter(([ref]) => ref.startsWith(refIn(request)));
    return paged(request, world, found, ([ref, sha]) => reference(world, ref, sha));
  },
  "git/create-ref": createRef,
  "git/update-ref": updateRef,
  "git/delete-ref": deleteRef,
  "git/get-commit": (request, world) => {
    const found = world.git.commit(textIn(request, "commit_sha"));
    if (!found) throw notFound();
    return { status: 200, json: gitCommit(world, found) };
  },
  "git/create-commit": createCommit,
  "git/create-tree": createTree,
  "git/get-blob": (request, world) => ({ status: 200, json: blob(world, textIn(request, "file_sha")) }),
  "git/create-blob": createBlob,
} satisfies Partial<Record<OperationId, Handler>>;
