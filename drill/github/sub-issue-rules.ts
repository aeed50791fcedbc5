/**
 * What GitHub asks of a new sub-issue: https://docs.github.com/issues/tracking-your-work-with-issues/using-issues/adding-sub-issues
 * (at most 100 sub-issues a parent, at most eight levels), one parent each, no circle.
 */
import { GitHubError } from "./errors.ts";
import type { Issue, IssueStore } from "./issue-store.ts";

const MOST_SUB_ISSUES = 100;
const DEEPEST = 8;

function refused(why: string): GitHubError {
  return new GitHubError(422, `An error occurred while adding the sub-issue to the parent issue. ${why}`);
}

function ancestors(store: IssueStore, issue: Issue): Issue[] {
  const parent = store.parentOf(issue);
  return parent === undefined ? [] : [parent, ...ancestors(store, parent)];
}

function height(store: IssueStore, issue: Issue): number {
  return 1 + Math.max(0, ...store.subIssuesOf(issue).map((child) => height(store, child)));
}

/** The issue to link. Throws 404 for an unknown id (an issue's number is not its id) and 422 for a broken rule. */
export function checkNewSubIssue(
  store: IssueStore,
  parent: Issue,
  subIssueId: number,
  replaceParent: boolean,
): Issue {
  const child = store.byId(subIssueId);
  if (child === undefined) throw new GitHubError(404, "The provided sub-issue does not exist");
  if (parent.subIssues.includes(child.id)) {
    throw refused("Issue may not contain duplicate sub-issues and Sub issue may only have one parent");
  }
  if (child.parent !== null && !replaceParent) throw refused("Sub issue may only have one parent");
  const above = ancestors(store, parent);
  if (child.id === parent.id || above.some((issue) => issue.id === child.id)) {
    throw refused("Sub-issue may not create a circular dependency");
  }
  if (parent.subIssues.length >= MOST_SUB_ISSUES) {
    throw refused(`Parent cannot have more than ${MOST_SUB_ISSUES} sub-issues`);
  }
  if (above.length + 1 + height(store, child) > DEEPEST) {
    throw refused(`Sub-issues may not be nested deeper than ${DEEPEST} levels`);
  }
  return child;
}
