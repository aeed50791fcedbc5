/** Pull requests as GitHub's REST API presents them. */
import { association, labelsOf } from "./present-issues.ts";
import { fullRepository, iso, nodeId, repositoryPage, repositoryUrl, simpleUser } from "./present-people.ts";
import { headOf, isMergeable, type PullIssue } from "./pull-requests.ts";
import type { JsonObject } from "./types.ts";
import type { World } from "./world.ts";

/** As lists have it, and most of what the single one has. */
export function pullRequest(world: World, it: PullIssue): JsonObject {
  const user = (login: string): JsonObject => simpleUser(world, world.people.get(login));
  const url = `${repositoryUrl(world)}/pulls/${it.number}`;
  const issueUrl = `${repositoryUrl(world)}/issues/${it.number}`;
  const page = `${repositoryPage(world)}/pull/${it.number}`;
  const { pull } = it;
  const head = headOf(world, it);
  const base = world.git.refs().get(`refs/heads/${pull.base}`) ?? head;
  const time = (at: number | null): string | null => (at === null ? null : iso(at));
  const links = {
    html: page,
    issue: issueUrl,
    comments: `${issueUrl}/comments`,
    review_comments: `${url}/comments`,
    review_comment: `${repositoryUrl(world)}/pulls/comments{/number}`,
    commits: `${url}/commits`,
    statuses: `${repositoryUrl(world)}/statuses/${head}`,
    self: url,
  };
  return {
    url,
    id: it.id,
    node_id: nodeId("PR", it.id),
    html_url: page,
    diff_url: `${page}.diff`,
    patch_url: `${page}.patch`,
    issue_url: issueUrl,
    commits_url: links.commits,
    review_comments_url: links.review_comments,
    review_comment_url: links.review_comment,
    comments_url: links.comments,
    statuses_url: links.statuses,
    number: it.number,
    state: it.state,
    locked: false,
    title: it.title,
    user: user(it.author),
    body: it.body,
    labels: labelsOf(world, it),
    milestone: null,
    active_lock_reason: null,
    created_at: iso(it.createdAt),
    updated_at: iso(it.updatedAt),
    closed_at: time(it.closedAt),
    merged_at: time(pull.mergedAt),
    merge_commit_sha: pull.mergeCommit,
    assignee: it.assignees[0] === undefined ? null : user(it.assignees[0]),
    assignees: it.assignees.map(user),
    requested_reviewers: [],
    requested_teams: [],
    head: branch(world, pull.head, head),
    base: branch(world, pull.base, base),
    _links: Object.fromEntries(Object.entries(links).map(([name, href]) => [name, { href }])),
    author_association: association(world, it.author),
    auto_merge: null,
    draft: pull.draft,
  };
}

/** As the single one has it. `mergeable` is worked out at once, where GitHub takes a moment and says null meanwhile. */
export function fullPullRequest(world: World, it: PullIssue): JsonObject {
  const { pull } = it;
  const open = it.state === "open";
  const mergeable = open ? isMergeable(world, it) : null;
  const head = headOf(world, it);
  const base = pull.mergeCommit ?? world.git.refs().get(`refs/heads/${pull.base}`) ?? head;
  const from = world.git.mergeBase(base, head).sha;
  const files = pull.mergeCommit === null ? world.git.difference(from, head).size : 0;
  return {
    ...pullRequest(world, it),
    merged: pull.mergedAt !== null,
    mergeable,
    rebaseable: mergeable,
    mergeable_state: open ? (mergeable ? "clean" : "dirty") : "unknown",
    merged_by: pull.mergedBy === null ? null : simpleUser(world, world.people.get(pull.mergedBy)),
    comments: it.comments.length,
    review_comments: 0,
    maintainer_can_modify: false,
    commits: 1,
    additions: 0,
    deletions: 0,
    changed_files: files,
  };
}

function branch(world: World, name: string, sha: string): JsonObject {
  const { owner } = world.people;
  return {
    label: `${owner.login}:${name}`,
    ref: name,
    repo: fullRepository(world),
    sha,
    user: simpleUser(world, owner),
  };
}
