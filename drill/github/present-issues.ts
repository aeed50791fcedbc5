/** Issues, comments and labels as GitHub's REST API presents them. */
import type { Comment, Issue } from "./issue-store.ts";
import type { Label } from "./label-store.ts";
import { iso, nodeId, repositoryPage, repositoryUrl, simpleUser } from "./present-people.ts";
import type { JsonObject } from "./types.ts";
import type { World } from "./world.ts";

export function label(world: World, { id, name, color, description }: Label): JsonObject {
  const url = `${repositoryUrl(world)}/labels/${encodeURIComponent(name)}`;
  return { id, node_id: nodeId("LA", id), url, name, color, default: false, description };
}

export function labelsOf(world: World, issue: Issue): JsonObject[] {
  return issue.labels.flatMap((name) => {
    const found = world.labels.find(name);
    return found === undefined ? [] : [label(world, found)];
  });
}

/** How the author stands to the repository; everyone with a seat is a member of the owning organization. */
export function association(world: World, login: string): string {
  return world.people.assignable(login) ? "MEMBER" : "NONE";
}

function summary(world: World, issue: Issue): JsonObject {
  const children = world.issues.subIssuesOf(issue);
  const completed = children.filter((child) => child.state === "closed").length;
  const percent = children.length === 0 ? 0 : Math.floor((100 * completed) / children.length);
  return { total: children.length, completed, percent_completed: percent };
}

function reactions(url: string): JsonObject {
  const none = { laugh: 0, hooray: 0, confused: 0, heart: 0, rocket: 0, eyes: 0 };
  return { url: `${url}/reactions`, total_count: 0, "+1": 0, "-1": 0, ...none };
}

function links(world: World, number: number): JsonObject {
  const url = `${repositoryUrl(world)}/issues/${number}`;
  return {
    url,
    repository_url: repositoryUrl(world),
    labels_url: `${url}/labels{/name}`,
    comments_url: `${url}/comments`,
    events_url: `${url}/events`,
    timeline_url: `${url}/timeline`,
    html_url: issuePage(world, number),
  };
}

export function issuePage(world: World, number: number): string {
  return `${repositoryPage(world)}/issues/${number}`;
}

export function issue(world: World, it: Issue): JsonObject {
  const user = (login: string): JsonObject => simpleUser(world, world.people.get(login));
  const parent = world.issues.parentOf(it);
  return {
    ...links(world, it.number),
    id: it.id,
    node_id: nodeId("I", it.id),
    number: it.number,
    title: it.title,
    user: user(it.author),
    labels: labelsOf(world, it),
    state: it.state,
    state_reason: it.stateReason,
    locked: false,
    active_lock_reason: null,
    assignee: it.assignees[0] === undefined ? null : user(it.assignees[0]),
    assignees: it.assignees.map(user),
    milestone: null,
    comments: it.comments.length,
    created_at: iso(it.createdAt),
    updated_at: iso(it.updatedAt),
    closed_at: it.closedAt === null ? null : iso(it.closedAt),
    closed_by: it.closedBy === null ? null : user(it.closedBy),
    author_association: association(world, it.author),
    body: it.body,
    reactions: reactions(`${repositoryUrl(world)}/issues/${it.number}`),
    performed_via_github_app: null,
    sub_issues_summary: summary(world, it),
    ...(it.pull === null ? {} : { pull_request: pullLinks(world, it) }),
    ...(parent ? { parent_issue_url: `${repositoryUrl(world)}/issues/${parent.number}` } : {}),
  };
}

/** An issue that is a pull request says so. */
function pullLinks(world: World, { number, pull }: Issue): JsonObject {
  const url = `${repositoryUrl(world)}/pulls/${number}`;
  const page = `${repositoryPage(world)}/pull/${number}`;
  const merged = pull?.mergedAt ?? null;
  return {
    url,
    html_url: page,
    diff_url: `${page}.diff`,
    patch_url: `${page}.patch`,
    merged_at: merged === null ? null : iso(merged),
  };
}

export function comment(world: World, it: Comment): JsonObject {
  const url = `${repositoryUrl(world)}/issues/comments/${it.id}`;
  return {
    url,
    html_url: `${issuePage(world, it.issueNumber)}#issuecomment-${it.id}`,
    issue_url: `${repositoryUrl(world)}/issues/${it.issueNumber}`,
    id: it.id,
    node_id: nodeId("IC", it.id),
    user: simpleUser(world, world.people.get(it.author)),
    created_at: iso(it.createdAt),
    updated_at: iso(it.updatedAt),
    author_association: association(world, it.author),
    body: it.body,
    reactions: reactions(url),
    performed_via_github_app: null,
  };
}
