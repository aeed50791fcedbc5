/** The repository's labels and those of an issue. */
import { type ApiReply, type ApiRequest, bodyOf, type Handler, numberIn, textIn } from "../api.ts";
import { GitHubError, notFound } from "../errors.ts";
import { tell } from "../events.ts";
import type { Issue } from "../issue-store.ts";
import { paged } from "../paging.ts";
import type { OperationId } from "../permissions.ts";
import { label, labelsOf, issue as presentIssue } from "../present-issues.ts";
import { repositoryUrl } from "../present-people.ts";
import type { Caller } from "../types.ts";
import type { World } from "../world.ts";

/** Label names from any of the forms that GitHub takes: a string, strings, or objects with a name. */
export function labelNames(value: unknown): string[] {
  if (typeof value === "string") return [value];
  if (!Array.isArray(value)) return [];
  return value.map((item) => {
    return typeof item === "object" && item !== null && "name" in item ? String(item.name) : String(item);
  });
}

function namesInBody(request: ApiRequest): string[] {
  return labelNames(Array.isArray(request.body) ? request.body : bodyOf(request).labels);
}

function changeLabels(change: (before: readonly string[], names: string[]) => string[]): Handler {
  return (request, world) => {
    const issue = world.issues.get(numberIn(request, "issue_number"));
    const before = issue.labels;
    issue.labels = change(before, world.labels.resolve(namesInBody(request)));
    issue.updatedAt = world.clock.now();
    tellAdded(world, request.caller, issue, before);
    return { status: 200, json: labelsOf(world, issue) };
  };
}

/** One event for each label: https://docs.github.com/webhooks/webhook-events-and-payloads#issues */
function tellAdded(world: World, caller: Caller, found: Issue, before: readonly string[]): void {
  if (found.pull !== null) return;
  for (const name of found.labels.filter((one) => !before.includes(one))) {
    const added = world.labels.find(name);
    if (!added) continue;
    const payload = { issue: presentIssue(world, found), label: label(world, added) };
    tell(world, caller, { name: "issues", action: "labeled", payload });
  }
}

function removeLabel(request: ApiRequest, world: World): ApiReply {
  const issue = world.issues.get(numberIn(request, "issue_number"));
  const name = world.labels.find(textIn(request, "name"))?.name;
  if (name === undefined || !issue.labels.includes(name)) throw new GitHubError(404, "Label does not exist");
  issue.labels = issue.labels.filter((other) => other !== name);
  issue.updatedAt = world.clock.now();
  return { status: 200, json: labelsOf(world, issue) };
}

function createLabel(request: ApiRequest, world: World): ApiReply {
  const { name, color, description } = bodyOf(request);
  const created = world.labels.create({
    name: String(name),
    ...(typeof color === "string" ? { color } : {}),
    ...(typeof description === "string" ? { description } : {}),
  });
  const location = `${repositoryUrl(world)}/labels/${encodeURIComponent(created.name)}`;
  return { status: 201, json: label(world, created), headers: { location } };
}

export const labelOperations = {
  "issues/list-labels-for-repo": (request, world) =>
    paged(request, world, world.labels.list(), (it) => label(world, it)),
  "issues/create-label": createLabel,
  "issues/get-label": (request, world) => {
    const found = world.labels.find(textIn(request, "name"));
    if (found === undefined) throw notFound();
    return { status: 200, json: label(world, found) };
  },
  "issues/list-labels-on-issue": (request, world) =>
    paged(request, world, labelsOf(world, world.issues.get(numberIn(request, "issue_number"))), (it) => it),
  "issues/add-labels": changeLabels((before, names) => [...new Set([...before, ...names])]),
  "issues/set-labels": changeLabels((_, names) => names),
  "issues/remove-label": removeLabel,
} satisfies Partial<Record<OperationId, Handler>>;
