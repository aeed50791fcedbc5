/** Pull requests. https://docs.github.com/rest/pulls/pulls */
import { type ApiReply, type ApiRequest, bodyOf, type Handler, numberIn, queryText, textIn } from "../api.ts";
import { GitHubError, notFound, validationFailed } from "../errors.ts";
import { checkBody, checkTitle } from "../issue-store.ts";
import { paged } from "../paging.ts";
import type { OperationId } from "../permissions.ts";
import { changedFiles } from "../present-git.ts";
import { repositoryUrl } from "../present-people.ts";
import { fullPullRequest, pullRequest } from "../present-pulls.ts";
import { headOf, isPull, merge, type PullIssue, tellPull } from "../pull-requests.ts";
import type { World } from "../world.ts";
import { requireAuthorOr } from "./access.ts";

function pullIn(request: ApiRequest, world: World): PullIssue {
  const found = world.issues.get(numberIn(request, "pull_number"));
  if (!isPull(found)) throw notFound();
  return found;
}

function pulls(world: World): PullIssue[] {
  return world.issues.all().filter(isPull);
}

function createPull(request: ApiRequest, world: World): ApiReply {
  const { caller } = request;
  if (caller.kind === "job" && !world.settings.workflowsApprovePullRequests) {
    throw new GitHubError(403, "GitHub Actions is not permitted to create or approve pull requests.");
  }
  const body = bodyOf(request);
  const [title, text] = [String(body.title ?? ""), typeof body.body === "string" ? body.body : null];
  checkTitle(title);
  checkBody("Issue", text);
  const head = String(body.head).replace(`${world.people.owner.login}:`, "");
  const base = String(body.base);
  const [headSha, baseSha] = [head, base].map((name) => world.git.refs().get(`refs/heads/${name}`));
  const invalid = (field: string) => validationFailed({ resource: "PullRequest", code: "invalid", field });
  if (headSha === undefined) throw invalid("head");
  if (baseSha === undefined) throw invalid("base");
  const custom = (message: string) => validationFailed({ resource: "PullRequest", code: "custom", message });
  if (world.git.isAncestor(headSha, baseSha)) throw custom(`No commits between ${base} and ${head}`);
  const twin = pulls(world).some(
    ({ state, pull }) => state === "open" && pull.head === head && pull.base === base,
  );
  if (twin) throw custom(`A pull request already exists for ${world.people.owner.login}:${head}.`);
  const draft = body.draft === true;
  const pull = { head, base, headSha, draft, mergedAt: null, mergedBy: null, mergeCommit: null };
  const created = world.issues.create(
    caller.login,
    { title, body: text, pull },
    world.clock.now(),
  ) as PullIssue;
  tellPull(world, caller, created, "opened");
  const headers = { location: `${repositoryUrl(world)}/pulls/${created.number}` };
  return { status: 201, json: fullPullRequest(world, created), headers };
}

function listPulls(request: ApiRequest, world: World): ApiReply {
  const { state = "open", direction, sort = "created" } = request.query;
  const [head, base] = [queryText(request, "head"), queryText(request, "base")];
  const owner = world.people.owner.login.toLowerCase();
  const found = pulls(world).filter(
    (it) =>
      (state === "all" || it.state === state) &&
      (head === undefined || head.toLowerCase() === `${owner}:${it.pull.head.toLowerCase()}`) &&
      (base === undefined || base === it.pull.base),
  );
  const key = (it: PullIssue): number => (sort === "updated" ? it.updatedAt : it.createdAt);
  const sign = (direction ?? (sort === "created" ? "desc" : "asc")) === "desc" ? -1 : 1;
  const ordered = found.sort((a, b) => sign * (key(a) - key(b) || a.number - b.number));
  return paged(request, world, ordered, (it) => pullRequest(world, it));
}

function updatePull(request: ApiRequest, world: World): ApiReply {
  const { caller } = request;
  const body = bodyOf(request);
  const found = pullIn(request, world);
  requireAuthorOr("triage", caller, found.author);
  const title = body.title === undefined ? found.title : String(body.title);
  const text = body.body === undefined ? found.body : (body.body as string | null);
  checkTitle(title);
  checkBody("Issue", text);
  const now = world.clock.now();
  if (body.state === "open" && found.pull.mergedAt !== null) {
    throw validationFailed({ resource: "PullRequest", code: "invalid", field: "state" });
  }
  const changed = (body.state === "open" || body.state === "closed") && body.state !== found.state;
  if (changed) {
    found.pull.headSha = headOf(world, found);
    world.issues.setState(found, body.state as "open" | "closed", null, caller.login, now);
  }
  Object.assign(found, { title, body: text, updatedAt: now });
  tellPull(world, caller, found, changed ? (body.state === "closed" ? "closed" : "reopened") : "edited");
  return { status: 200, json: fullPullRequest(world, found) };
}

export const pullOperations = {
  "pulls/create": createPull,
  "pulls/list": listPulls,
  "pulls/get": (request, world) => ({ status: 200, json: fullPullRequest(world, pullIn(request, world)) }),
  "pulls/update": updatePull,
  "pulls/list-files": (request, world) => {
    const found = pullIn(request, world);
    const head = headOf(world, found);
    const base = found.pull.mergeCommit
      ? (world.git.commit(found.pull.mergeCommit)?.parents[0] ?? head)
      : (world.git.refs().get(`refs/heads/${found.pull.base}`) ?? head);
    const from = world.git.mergeBase(base, head).sha;
    return paged(request, world, changedFiles(world, from, head), (file) => file);
  },
  "pulls/merge": async (request, world) => {
    const { sha, commit_title: title } = bodyOf(request);
    const merged = await merge(world, request.caller, pullIn(request, world), {
      expected: typeof sha === "string" ? sha : undefined,
      title: typeof title === "string" ? title : undefined,
    });
    return { status: 200, json: { sha: merged, merged: true, message: "Pull Request successfully merged" } };
  },
  "repos/list-pull-requests-associated-with-commit": (request, world) => {
    const sha = textIn(request, "commit_sha");
    const found = pulls(world).filter((it) => it.pull.mergeCommit === sha || headOf(world, it) === sha);
    return paged(request, world, found, (it) => pullRequest(world, it));
  },
} satisfies Partial<Record<OperationId, Handler>>;
