/** Branches, commits and what lies between them, and events for workflows. https://docs.github.com/rest/commits */
import { type ApiReply, type ApiRequest, bodyOf, type Handler, queryText, textIn } from "../api.ts";
import { GitHubError, notFound, validationFailed } from "../errors.ts";
import { tell } from "../events.ts";
import type { Commit } from "../git-store.ts";
import { paged } from "../paging.ts";
import type { OperationId } from "../permissions.ts";
import { changedFiles, repositoryCommit } from "../present-git.ts";
import { repositoryPage, repositoryUrl } from "../present-people.ts";
import { wantsPullRequests } from "../push.ts";
import type { World } from "../world.ts";
import { commitAt } from "./contents.ts";

const LARGEST_PAYLOAD = 65_535;

function getBranch(request: ApiRequest, world: World): ApiReply {
  const name = textIn(request, "branch");
  const sha = world.git.refs().get(`refs/heads/${name}`);
  const commit = sha === undefined ? undefined : world.git.commit(sha);
  if (!commit) throw notFound("Branch not found");
  const url = `${repositoryUrl(world)}/branches/${name}`;
  const isProtected = wantsPullRequests(world, name);
  return {
    status: 200,
    json: {
      name,
      commit: repositoryCommit(world, commit),
      _links: { self: url, html: `${repositoryPage(world)}/tree/${name}` },
      protected: isProtected,
      protection: { enabled: isProtected },
      protection_url: `${url}/protection`,
    },
  };
}

function listCommits(request: ApiRequest, world: World): ApiReply {
  const path = queryText(request, "path");
  const start = commitAt(world, queryText(request, "sha"));
  const touches = ({ sha, parents }: Commit): boolean => {
    if (path === undefined) return true;
    const changed = world.git.difference(parents[0] ?? sha, sha);
    return [...changed.keys()].some((one) => one === path || one.startsWith(`${path}/`));
  };
  const found = world.git.history(start.sha).filter(touches);
  return paged(request, world, found, (commit) => repositoryCommit(world, commit));
}

/** https://docs.github.com/rest/commits/commits#compare-two-commits */
function compare(request: ApiRequest, world: World): ApiReply {
  const [baseName = "", headName = ""] = textIn(request, "basehead").split("...");
  const [base, head] = [baseName, headName].map((name) => world.git.resolve(name));
  if (!base || !head) throw notFound();
  const from = world.git.mergeBase(base.sha, head.sha);
  const beyond = (tip: Commit, other: Commit) => {
    const known = new Set(world.git.history(other.sha).map(({ sha }) => sha));
    return world.git.history(tip.sha).filter(({ sha }) => !known.has(sha));
  };
  const [ahead, behind] = [beyond(head, base), beyond(base, head)];
  const status =
    ahead.length === 0
      ? behind.length === 0
        ? "identical"
        : "behind"
      : behind.length === 0
        ? "ahead"
        : "diverged";
  const url = `${repositoryUrl(world)}/compare/${baseName}...${headName}`;
  const page = `${repositoryPage(world)}/compare/${baseName}...${headName}`;
  return {
    status: 200,
    json: {
      url,
      html_url: page,
      permalink_url: page,
      diff_url: `${page}.diff`,
      patch_url: `${page}.patch`,
      base_commit: repositoryCommit(world, base),
      merge_base_commit: repositoryCommit(world, from),
      status,
      ahead_by: ahead.length,
      behind_by: behind.length,
      total_commits: ahead.length,
      commits: ahead.reverse().map((commit) => repositoryCommit(world, commit)),
      files: changedFiles(world, from.sha, head.sha),
    },
  };
}

/** https://docs.github.com/rest/repos/repos#create-a-repository-dispatch-event */
function createDispatchEvent(request: ApiRequest, world: World): ApiReply {
  const { event_type: type, client_payload: payload = {} } = bodyOf(request);
  if (JSON.stringify(payload).length > LARGEST_PAYLOAD) {
    const message = "client_payload is too large.";
    const field = "client_payload";
    throw validationFailed({ resource: "RepositoryDispatch", code: "custom", field, message });
  }
  tell(world, request.caller, {
    name: "repository_dispatch",
    action: String(type),
    payload: { branch: world.seed.defaultBranch, client_payload: payload },
  });
  return { status: 204 };
}

export const commitOperations = {
  "repos/get-branch": getBranch,
  "repos/get-commit": (request, world) => {
    const found = world.git.resolve(textIn(request, "ref"));
    if (!found) throw new GitHubError(422, `No commit found for SHA: ${textIn(request, "ref")}`);
    const files = changedFiles(world, found.parents[0] ?? found.sha, found.sha);
    return { status: 200, json: { ...repositoryCommit(world, found), files } };
  },
  "repos/list-commits": listCommits,
  "repos/compare-commits-with-basehead": compare,
  "repos/create-dispatch-event": createDispatchEvent,
} satisfies Partial<Record<OperationId, Handler>>;
