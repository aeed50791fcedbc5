/** The repository, its files and its people. */
import { type ApiReply, type ApiRequest, type Handler, queryText, textIn } from "../api.ts";
import { GitHubError, notFound, notSimulated } from "../errors.ts";
import type { OperationId } from "../permissions.ts";
import { content } from "../present-content.ts";
import { fullRepository, publicUser } from "../present-people.ts";
import type { World } from "../world.ts";

/** True for every way to name the default branch's head, the only commit that the simulator holds. */
export function isHead(world: World, ref: string): boolean {
  const { defaultBranch, headSha } = world.seed;
  return [defaultBranch, `refs/heads/${defaultBranch}`, headSha, "HEAD"].includes(ref);
}

async function getContent(request: ApiRequest, world: World): Promise<ApiReply> {
  const ref = queryText(request, "ref");
  if (ref !== undefined && !isHead(world, ref))
    throw new GitHubError(404, `No commit found for the ref ${ref}`);
  const path = textIn(request, "path").replace(/\/+$/, "");
  if (path.split("/").includes("..")) throw new GitHubError(400, "path contains a malformed path component");
  const entry = await world.hooks.readContent?.(path);
  if (!entry) throw notFound();
  const asksRaw = /application\/vnd\.github(?:\.v3)?\.raw/.test(request.accept);
  if (!asksRaw) return { status: 200, json: content(world, entry) };
  if (entry.type !== "file") throw notSimulated("raw listings of a folder");
  const contentType = "application/vnd.github.raw+json; charset=utf-8";
  return { status: 200, raw: { contentType, body: Buffer.from(entry.content) } };
}

export const repositoryOperations = {
  "repos/get": (_, world) => ({ status: 200, json: fullRepository(world) }),
  "repos/get-content": getContent,
  "users/get-by-username": (request, world) => {
    const account = world.people.find(textIn(request, "username"));
    if (account === undefined) throw notFound();
    return { status: 200, json: publicUser(world, account) };
  },
  "users/get-authenticated": (request, world) => ({
    status: 200,
    json: publicUser(world, world.people.get(request.caller.login)),
  }),
} satisfies Partial<Record<OperationId, Handler>>;
