/** The filters and orders of issue lists: https://docs.github.com/rest/issues/issues#list-repository-issues */
import { notSimulated } from "../errors.ts";
import type { Issue } from "../issue-store.ts";

type Query = Readonly<Record<string, unknown>>;

const NOT_MODELLED = ["mentioned", "type", "issue_field_values"];

function matchesAssignee(issue: Issue, wanted: string): boolean {
  if (wanted === "*") return issue.assignees.length > 0;
  if (wanted === "none") return issue.assignees.length === 0;
  return issue.assignees.some((login) => login.toLowerCase() === wanted.toLowerCase());
}

/** True when the issue fits every filter of the query; `labels` asks for all the labels that it names. */
export function matchesFilter(issue: Issue, query: Query): boolean {
  for (const name of NOT_MODELLED) if (query[name] !== undefined) throw notSimulated(`the filter ${name}`);
  const { state = "open", creator, labels, since, assignee, milestone } = query;
  if (state !== "all" && issue.state !== state) return false;
  if (typeof creator === "string" && issue.author.toLowerCase() !== creator.toLowerCase()) return false;
  if (typeof assignee === "string" && !matchesAssignee(issue, assignee)) return false;
  if (typeof since === "string" && issue.updatedAt < Date.parse(since)) return false;
  // No issue of the simulator has a milestone.
  if (milestone !== undefined && milestone !== "none") return false;
  const has = new Set(issue.labels.map((name) => name.toLowerCase()));
  const wanted = typeof labels === "string" ? labels.split(",").filter((name) => name.trim() !== "") : [];
  return wanted.every((name) => has.has(name.trim().toLowerCase()));
}

/** The issues in the order that the query asks for; newest first when it asks for none. */
export function sorted(issues: readonly Issue[], { sort = "created", direction = "desc" }: Query): Issue[] {
  const key = (issue: Issue): number => {
    if (sort === "updated") return issue.updatedAt;
    return sort === "comments" ? issue.comments.length : issue.createdAt;
  };
  const sign = direction === "asc" ? 1 : -1;
  return [...issues].sort((a, b) => sign * (key(a) - key(b) || a.number - b.number));
}
