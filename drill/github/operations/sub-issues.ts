/** Sub-issues: https://docs.github.com/rest/issues/sub-issues */
import { bodyOf, type Handler, numberIn } from "../api.ts";
import { notFound } from "../errors.ts";
import { paged } from "../paging.ts";
import type { OperationId } from "../permissions.ts";
import { issue } from "../present-issues.ts";
import { repositoryUrl } from "../present-people.ts";

export const subIssueOperations = {
  "issues/list-sub-issues": (request, world) => {
    const parent = world.issues.get(numberIn(request, "issue_number"));
    return paged(request, world, world.issues.subIssuesOf(parent), (it) => issue(world, it));
  },
  "issues/add-sub-issue": (request, world) => {
    const { sub_issue_id: id, replace_parent: replace } = bodyOf(request);
    const found = world.issues.get(numberIn(request, "issue_number"));
    const parent = world.issues.addSubIssue(found, Number(id), replace === true, world.clock.now());
    const location = `${repositoryUrl(world)}/issues/${parent.number}`;
    return { status: 201, json: issue(world, parent), headers: { location } };
  },
  "issues/remove-sub-issue": (request, world) => {
    const found = world.issues.get(numberIn(request, "issue_number"));
    const id = Number(bodyOf(request).sub_issue_id);
    return { status: 200, json: issue(world, world.issues.removeSubIssue(found, id, world.clock.now())) };
  },
  "issues/get-parent": (request, world) => {
    const parent = world.issues.parentOf(world.issues.get(numberIn(request, "issue_number")));
    if (parent === undefined) throw notFound();
    return { status: 200, json: issue(world, parent) };
  },
} satisfies Partial<Record<OperationId, Handler>>;
