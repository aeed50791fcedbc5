/** Issues, comments and sub-issues: the state and its rules, without HTTP. */
import { type GitHubError, notFound, validationFailed } from "./errors.ts";
import type { PullRequest } from "./pull-requests.ts";
import { checkNewSubIssue } from "./sub-issue-rules.ts";

export interface Comment {
  id: number;
  issueNumber: number;
  author: string;
  body: string;
  createdAt: number;
  updatedAt: number;
}

export type StateReason = "completed" | "reopened" | "not_planned" | "duplicate";

export interface Issue {
  /** Never equal to the number: callers that mix the two up fail. */
  id: number;
  number: number;
  title: string;
  body: string | null;
  author: string;
  state: "open" | "closed";
  stateReason: StateReason | null;
  labels: string[];
  assignees: string[];
  comments: Comment[];
  /** Ids of the sub-issues, in order. */
  subIssues: number[];
  /** Id of the parent. */
  parent: number | null;
  createdAt: number;
  updatedAt: number;
  closedAt: number | null;
  closedBy: string | null;
  /** Null for an issue that is no pull request; both have numbers from one sequence. */
  pull: PullRequest | null;
}

export interface NewIssue {
  title: string;
  body?: string | null;
  labels?: string[];
  assignees?: string[];
  pull?: PullRequest;
}

const FIRST_ISSUE_ID = 3_100_000_001;
const FIRST_COMMENT_ID = 2_400_000_001;
/** "body is too long (maximum is 65536 characters)". */
export const LONGEST_BODY = 65_536;
export const LONGEST_TITLE = 256;

function tooLong(resource: string, field: string, maximum: number): GitHubError {
  const message = `${field} is too long (maximum is ${maximum} characters)`;
  return validationFailed({ resource, code: "custom", field, message });
}

export function checkTitle(title: string): void {
  if (title.trim() === "")
    throw validationFailed({ resource: "Issue", code: "missing_field", field: "title" });
  if ([...title].length > LONGEST_TITLE) throw tooLong("Issue", "title", LONGEST_TITLE);
}

export function checkBody(resource: "Issue" | "IssueComment", body: string | null | undefined): void {
  // A cheap test first: code points are counted only when there are more code units than allowed.
  if (body && body.length > LONGEST_BODY && [...body].length > LONGEST_BODY) {
    throw tooLong(resource, "body", LONGEST_BODY);
  }
  if (resource === "IssueComment" && (body ?? "").trim() === "") {
    throw validationFailed({ resource, code: "missing_field", field: "body" });
  }
}

export class IssueStore {
  readonly #issues: Issue[] = [];
  readonly #comments = new Map<number, Comment>();
  readonly #removed = new Set<number>();

  all(): readonly Issue[] {
    return this.#issues;
  }

  /** Throws 404 when there is no such issue. */
  get(number: number): Issue {
    const issue = this.#issues[number - 1];
    if (issue === undefined) throw notFound();
    return issue;
  }

  byId(id: number): Issue | undefined {
    return this.#issues[id - FIRST_ISSUE_ID];
  }

  create(author: string, fields: NewIssue, now: number): Issue {
    checkTitle(fields.title);
    checkBody("Issue", fields.body);
    const issue: Issue = {
      id: FIRST_ISSUE_ID + this.#issues.length,
      number: this.#issues.length + 1,
      title: fields.title,
      body: fields.body ?? null,
      author,
      state: "open",
      stateReason: null,
      labels: fields.labels ?? [],
      assignees: fields.assignees ?? [],
      comments: [],
      subIssues: [],
      parent: null,
      createdAt: now,
      updatedAt: now,
      closedAt: null,
      closedBy: null,
      pull: fields.pull ?? null,
    };
    this.#issues.push(issue);
    return issue;
  }

  setState(
    issue: Issue,
    state: Issue["state"],
    reason: StateReason | null | undefined,
    by: string,
    now: number,
  ): void {
    const was = issue.state;
    issue.state = state;
    if (state === "closed") {
      if (was === "open") Object.assign(issue, { closedAt: now, closedBy: by });
      issue.stateReason = reason ?? (was === "open" ? "completed" : issue.stateReason);
    } else {
      Object.assign(issue, { closedAt: null, closedBy: null });
      issue.stateReason = was === "closed" ? "reopened" : issue.stateReason;
    }
  }

  addComment(number: number, author: string, body: string, now: number): Comment {
    const issue = this.get(number);
    checkBody("IssueComment", body);
    const id = FIRST_COMMENT_ID + this.#comments.size;
    const comment = { id, issueNumber: number, author, body, createdAt: now, updatedAt: now };
    this.#comments.set(id, comment);
    issue.comments.push(comment);
    issue.updatedAt = now;
    return comment;
  }

  /** Throws 404 when there is no such comment. */
  comment(id: number): Comment {
    const comment = this.#comments.get(id);
    if (comment === undefined || this.#removed.has(id)) throw notFound();
    return comment;
  }

  removeComment(comment: Comment, now: number): void {
    const issue = this.get(comment.issueNumber);
    issue.comments = issue.comments.filter(({ id }) => id !== comment.id);
    issue.updatedAt = now;
    this.#removed.add(comment.id);
  }

  updateComment(comment: Comment, body: string, now: number): void {
    checkBody("IssueComment", body);
    comment.body = body;
    comment.updatedAt = now;
    this.get(comment.issueNumber).updatedAt = now;
  }

  parentOf(issue: Issue): Issue | undefined {
    return issue.parent === null ? undefined : this.byId(issue.parent);
  }

  subIssuesOf(issue: Issue): Issue[] {
    return issue.subIssues.flatMap((id) => this.byId(id) ?? []);
  }

  /** Links a sub-issue by its id. Throws what `checkNewSubIssue` finds. */
  addSubIssue(parent: Issue, subIssueId: number, replaceParent: boolean, now: number): Issue {
    const child = checkNewSubIssue(this, parent, subIssueId, replaceParent);
    const previous = this.parentOf(child);
    if (previous) previous.subIssues = previous.subIssues.filter((id) => id !== child.id);
    parent.subIssues.push(child.id);
    child.parent = parent.id;
    parent.updatedAt = now;
    return parent;
  }

  /** Unlinks a sub-issue. Throws 404 when it is not one of this parent's. */
  removeSubIssue(parent: Issue, subIssueId: number, now: number): Issue {
    const child = this.byId(subIssueId);
    if (child === undefined || child.parent !== parent.id) throw notFound();
    parent.subIssues = parent.subIssues.filter((id) => id !== subIssueId);
    child.parent = null;
    parent.updatedAt = now;
    return parent;
  }
}
