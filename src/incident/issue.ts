import type { Clock, GitHub, Log, RunContext } from "../ports.ts";
import { jsonComment } from "./markdown.ts";

export interface IssueDeps {
  github: GitHub;
  context: RunContext;
  clock: Clock;
  log: Log;
}

/** What the issue should look like: a pure projection of the ledger. */
export interface RenderedIssue {
  title: string;
  body: string;
  labels: string[];
  /** Nothing is left to be done: an open issue is closed. */
  over?: boolean;
}

export interface Label {
  name: string;
  color: string;
  description: string;
}

/** What of an issue is looked at before it is written. */
export interface IssueState {
  labels: (string | { name?: string })[];
  state: string;
  closed_at: string | null;
  closed_by?: { login: string } | null;
}

export async function readIssue(
  { github, context: { owner, repo } }: IssueDeps,
  number: number,
): Promise<IssueState> {
  return (await github.rest.issues.get({ owner, repo, issue_number: number })).data;
}

/**
 * Writes the projection: title, body, and Firebreak's own labels; labels that people added stay. Closes the open issue of
 * an incident that is over. One that is not and is closed, is opened by whoever says why first.
 * @param issue as it was just read.
 */
export async function updateIssue(
  deps: IssueDeps,
  number: number,
  issue: IssueState,
  rendered: RenderedIssue,
): Promise<void> {
  const { owner, repo } = deps.context;
  const present = issue.labels.map((label) => (typeof label === "string" ? label : (label.name ?? "")));
  const foreign = present.filter((name) => name !== "" && !isOurs(name));
  const labels = [...new Set([...foreign, ...rendered.labels])];
  await deps.github.rest.issues.update({
    owner,
    repo,
    issue_number: number,
    title: rendered.title,
    body: rendered.body,
    labels,
    ...(rendered.over && issue.state === "open"
      ? { state: "closed" as const, state_reason: "completed" as const }
      : {}),
  });
}

/** Creates the labels that the repository lacks; leaves those that exist as they are. */
export async function ensureLabels(deps: IssueDeps, labels: readonly Label[]): Promise<void> {
  const { owner, repo } = deps.context;
  const existing = await deps.github.paginate(deps.github.rest.issues.listLabelsForRepo, {
    owner,
    repo,
    per_page: 100,
  });
  const names = new Set(existing.map(({ name }) => name.toLowerCase()));
  for (const label of labels.filter(({ name }) => !names.has(name.toLowerCase()))) {
    try {
      await deps.github.rest.issues.createLabel({ owner, repo, ...label });
    } catch (error) {
      // 422: another job created it between the listing and now.
      if ((error as { status?: number }).status !== 422) throw error;
    }
  }
}

/** A comment as GitHub has it. */
export interface PostedComment {
  id: number;
  html_url: string;
  body?: string | undefined;
  user?: { login?: string } | null;
}

/**
 * Posts a comment unless one with the same key is there already, on whichever page. One by a person is none: whoever may
 * comment may write the key, and would keep the comment from being posted.
 */
export async function commentOnce(
  deps: IssueDeps,
  number: number,
  key: string,
  markdown: string,
): Promise<PostedComment> {
  const { owner, repo } = deps.context;
  const marker = markerOf(key);
  return createOnce<PostedComment>(
    deps.clock,
    async () => {
      const comments = await deps.github.paginate(deps.github.rest.issues.listComments, {
        owner,
        repo,
        issue_number: number,
        per_page: 100,
      });
      return comments.find(({ body, user }) => user?.type === "Bot" && body?.startsWith(marker));
    },
    async () => {
      const body = `${marker}\n${markdown}`;
      const { data } = await deps.github.rest.issues.createComment({
        owner,
        repo,
        issue_number: number,
        body,
        ...NO_RETRY,
      });
      return data;
    },
  );
}

/**
 * Keeps one comment of Firebreak's own as it should be: posts it, or edits the one with the same key where it says
 * something else. One by a person that holds the key is left alone. @returns its address.
 */
export async function keepComment(
  deps: IssueDeps,
  number: number,
  key: string,
  markdown: string,
): Promise<string> {
  const { owner, repo } = deps.context;
  const kept = await commentOnce(deps, number, key, markdown);
  const body = `${markerOf(key)}\n${markdown}`;
  if (kept.body !== body)
    await deps.github.rest.issues.updateComment({ owner, repo, comment_id: kept.id, body });
  return kept.html_url;
}

/** How a comment begins, by which it is found again. */
function markerOf(key: string): string {
  return jsonComment("firebreak:comment", { key });
}

export interface NewIssue {
  /** Stands in the body and tells this issue from all others. */
  marker: string;
  title: string;
  body: string;
  labels: string[];
  /** GitHub refuses the issue (422) when one of them cannot be assigned. */
  assignees?: string[];
  /** The label by which to look for it. */
  label: string;
  /** It was not created before this moment. */
  since: Date;
}

/**
 * Creates an issue unless one with its marker exists. Only issues by an app or by people with write access are
 * believed: on a public repository anyone can open an issue that holds the marker.
 */
export async function createIssueOnce(
  deps: IssueDeps,
  wanted: NewIssue,
): Promise<{ number: number; id: number; url: string }> {
  const { owner, repo } = deps.context;
  const issue = await createOnce(
    deps.clock,
    async () => {
      const candidates = await deps.github.paginate(deps.github.rest.issues.listForRepo, {
        owner,
        repo,
        state: "all",
        labels: wanted.label,
        since: wanted.since.toISOString(),
        per_page: 100,
      });
      return candidates.find(
        ({ body, user, author_association }) =>
          body?.includes(wanted.marker) &&
          (user?.type === "Bot" || ["OWNER", "MEMBER", "COLLABORATOR"].includes(author_association ?? "")),
      );
    },
    async () => {
      const { title, body, labels, assignees = [] } = wanted;
      const { data } = await deps.github.rest.issues.create({
        owner,
        repo,
        title,
        body,
        labels,
        ...(assignees.length === 0 ? {} : { assignees }),
        ...NO_RETRY,
      });
      return data;
    },
  );
  return { number: issue.number, id: issue.id, url: issue.html_url };
}

/** A POST that GitHub may have carried out although the answer was lost must not be repeated blindly. */
export const NO_RETRY = { request: { retries: 0 } };

/** Looks before it creates, and again after an answer that was lost. */
export async function createOnce<T>(
  clock: Clock,
  find: () => Promise<T | undefined>,
  create: () => Promise<T>,
): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    const existing = await find();
    if (existing !== undefined) return existing;
    try {
      return await create();
    } catch (error) {
      const status = (error as { status?: number }).status ?? 500;
      if (status < 500 || attempt === 5) throw error;
      await clock.sleep(attempt * 2000);
    }
  }
}

/** Makes an issue a sub-issue of another, once (https://docs.github.com/en/rest/issues/sub-issues). */
export async function linkSubIssue(
  deps: Pick<IssueDeps, "github" | "context">,
  parent: number,
  issue: { number: number; id: number },
): Promise<void> {
  const { owner, repo } = deps.context;
  const children = await deps.github.paginate(deps.github.rest.issues.listSubIssues, {
    owner,
    repo,
    issue_number: parent,
    per_page: 100,
  });
  if (children.some(({ number }) => number === issue.number)) return;
  await deps.github.rest.issues.addSubIssue({ owner, repo, issue_number: parent, sub_issue_id: issue.id });
}

function isOurs(label: string): boolean {
  return (
    ["incident", "incident-review", "incident-improvement", "break-glass"].includes(label) ||
    /^(severity|status|environment|type):/.test(label)
  );
}
