/** Issues, their comments and their assignees. */
import { type ApiReply, type ApiRequest, bodyOf, type Handler, numberIn, queryText, textIn } from "../api.ts";
import { notFound, notSimulated, validationFailed } from "../errors.ts";
import { tell } from "../events.ts";
import { type Comment, checkBody, checkTitle, type Issue, type StateReason } from "../issue-store.ts";
import { paged } from "../paging.ts";
import type { OperationId } from "../permissions.ts";
import { comment, issue, issuePage } from "../present-issues.ts";
import { repositoryUrl } from "../present-people.ts";
import type { Caller, JsonObject } from "../types.ts";
import type { World } from "../world.ts";
import { mayTriage, requireAuthorOr } from "./access.ts";
import { matchesFilter, sorted } from "./issue-filter.ts";
import { labelNames } from "./labels.ts";

const MOST_ASSIGNEES = 10;
const NOT_MODELLED = ["milestone", "type", "issue_field_values", "agent_assignment"];

function refuseUnmodelled(body: JsonObject): void {
  for (const field of NOT_MODELLED) {
    if (body[field] !== undefined && body[field] !== null)
      throw notSimulated(`the field ${field} of an issue`);
  }
}

/** The logins that `assignees` or the older `assignee` names; undefined when neither is there. */
function assigneesIn(body: JsonObject): string[] | undefined {
  if (Array.isArray(body.assignees)) return body.assignees.map(String);
  if (typeof body.assignee === "string") return [body.assignee];
  return body.assignee === null ? [] : undefined;
}

function checkedAssignees(world: World, logins: readonly string[]): string[] {
  const unknown = logins.find((login) => !world.people.assignable(login));
  if (unknown !== undefined) {
    throw validationFailed({ resource: "Issue", code: "invalid", field: "assignees", value: unknown });
  }
  return [...new Set(logins.map((login) => world.people.get(login).login))].slice(0, MOST_ASSIGNEES);
}

function createIssue(request: ApiRequest, world: World): ApiReply {
  const body = bodyOf(request);
  refuseUnmodelled(body);
  // Labels and assignees of people who may not set them are dropped without a word.
  const may = mayTriage(request.caller);
  const title = String(body.title);
  const text = typeof body.body === "string" ? body.body : null;
  checkTitle(title);
  checkBody("Issue", text);
  const assignees = checkedAssignees(world, may ? (assigneesIn(body) ?? []) : []);
  const labels = world.labels.resolve(may ? labelNames(body.labels) : []);
  const created = world.issues.create(
    request.caller.login,
    { title, body: text, labels, assignees },
    world.clock.now(),
  );
  tellIssue(world, request.caller, created, "opened");
  const headers = { location: `${repositoryUrl(world)}/issues/${created.number}` };
  return { status: 201, json: issue(world, created), headers };
}

function updateIssue(request: ApiRequest, world: World): ApiReply {
  const body = bodyOf(request);
  const found = world.issues.get(numberIn(request, "issue_number"));
  requireAuthorOr("triage", request.caller, found.author);
  refuseUnmodelled(body);
  const may = mayTriage(request.caller);
  const title = body.title === undefined || body.title === null ? found.title : String(body.title);
  const text = body.body === undefined ? found.body : (body.body as string | null);
  checkTitle(title);
  checkBody("Issue", text);
  const logins = may ? assigneesIn(body) : undefined;
  const assignees = logins === undefined ? found.assignees : checkedAssignees(world, logins);
  const labels =
    may && body.labels !== undefined ? world.labels.resolve(labelNames(body.labels)) : found.labels;
  const now = world.clock.now();
  const edited = title !== found.title || text !== found.body;
  Object.assign(found, { title, body: text, assignees, labels, updatedAt: now });
  if (edited) tellIssue(world, request.caller, found, "edited");
  if (body.state === "open" || body.state === "closed") {
    const was = found.state;
    const reason = body.state_reason as StateReason | null | undefined;
    world.issues.setState(found, body.state, reason, request.caller.login, now);
    if (was !== body.state)
      tellIssue(world, request.caller, found, body.state === "closed" ? "closed" : "reopened");
  }
  return { status: 200, json: issue(world, found) };
}

function listIssues(request: ApiRequest, world: World): ApiReply {
  const found = world.issues.all().filter((it) => matchesFilter(it, request.query));
  return paged(request, world, sorted(found, request.query), (it) => issue(world, it));
}

function changeAssignees(change: (issue: Issue, logins: string[]) => string[], status: number): Handler {
  return (request, world) => {
    const found = world.issues.get(numberIn(request, "issue_number"));
    // Logins that cannot be assigned are ignored here, unlike at creation.
    const known = (assigneesIn(bodyOf(request)) ?? []).filter((login) => world.people.assignable(login));
    const logins = known.map((login) => world.people.get(login).login);
    found.assignees = change(found, logins).slice(0, MOST_ASSIGNEES);
    found.updatedAt = world.clock.now();
    return { status, json: issue(world, found) };
  };
}

function listComments(request: ApiRequest, world: World): ApiReply {
  const since = Date.parse(queryText(request, "since") ?? "") || 0;
  const comments = world.issues
    .get(numberIn(request, "issue_number"))
    .comments.filter((it) => it.updatedAt >= since);
  return paged(request, world, comments, (it) => comment(world, it));
}

function createComment(request: ApiRequest, world: World): ApiReply {
  const text = String(bodyOf(request).body);
  const number = numberIn(request, "issue_number");
  const created = world.issues.addComment(number, request.caller.login, text, world.clock.now());
  tellComment(world, request.caller, created, "created");
  const location = `${issuePage(world, number)}#issuecomment-${created.id}`;
  return { status: 201, json: comment(world, created), headers: { location } };
}

function updateComment(request: ApiRequest, world: World): ApiReply {
  const found = world.issues.comment(numberIn(request, "comment_id"));
  requireAuthorOr("write", request.caller, found.author);
  world.issues.updateComment(found, String(bodyOf(request).body), world.clock.now());
  tellComment(world, request.caller, found, "edited");
  return { status: 200, json: comment(world, found) };
}

function deleteComment(request: ApiRequest, world: World): ApiReply {
  const found = world.issues.comment(numberIn(request, "comment_id"));
  requireAuthorOr("write", request.caller, found.author);
  world.issues.removeComment(found, world.clock.now());
  tellComment(world, request.caller, found, "deleted");
  return { status: 204 };
}

/** A pull request's state is told as an issue's by nobody. */
export function tellIssue(world: World, caller: Caller, found: Issue, action: string): void {
  if (found.pull === null)
    tell(world, caller, { name: "issues", action, payload: { issue: issue(world, found) } });
}

function tellComment(world: World, caller: Caller, found: Comment, action: string): void {
  const payload = {
    issue: issue(world, world.issues.get(found.issueNumber)),
    comment: comment(world, found),
  };
  tell(world, caller, { name: "issue_comment", action, payload });
}

export const issueOperations = {
  "issues/create": createIssue,
  "issues/get": (request, world) => ({
    status: 200,
    json: issue(world, world.issues.get(numberIn(request, "issue_number"))),
  }),
  "issues/update": updateIssue,
  "issues/list-for-repo": listIssues,
  "issues/add-assignees": changeAssignees((it, logins) => [...new Set([...it.assignees, ...logins])], 201),
  "issues/remove-assignees": changeAssignees(
    (it, logins) => it.assignees.filter((login) => !logins.includes(login)),
    200,
  ),
  "issues/list-comments": listComments,
  "issues/get-comment": (request, world) => ({
    status: 200,
    json: comment(world, world.issues.comment(numberIn(request, "comment_id"))),
  }),
  "issues/create-comment": createComment,
  "issues/update-comment": updateComment,
  "issues/delete-comment": deleteComment,
  "issues/list-comments-for-repo": (request, world) => {
    const since = Date.parse(queryText(request, "since") ?? "") || 0;
    const comments = world.issues.all().flatMap((it) => it.comments);
    const found = comments.filter(({ updatedAt }) => updatedAt >= since).sort((a, b) => a.id - b.id);
    return paged(request, world, found, (it) => comment(world, it));
  },
  "issues/check-user-can-be-assigned": (request, world) => {
    // This 404 has GitHub's usual body, as its description says.
    if (!world.people.assignable(textIn(request, "assignee"))) throw notFound();
    return { status: 204 };
  },
} satisfies Partial<Record<OperationId, Handler>>;
