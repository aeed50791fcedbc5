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
}

export interface Label {
  name: string;
  color: string;
  description: string;
}

/** Writes the projection: title, body, and Firebreak's own labels; labels that people added stay. */
export async function updateIssue(deps: IssueDeps, number: number, rendered: RenderedIssue): Promise<void> {
  const { owner, repo } = deps.context;
  const { data: issue } = await deps.github.rest.issues.get({ owner, repo, issue_number: number });
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

/** Posts a comment unless one with the same key is there already, on whichever page. */
export async function commentOnce(
  deps: IssueDeps,
  number: number,
  key: string,
  markdown: string,
): Promise<void> {
  const { owner, repo } = deps.context;
  const marker = jsonComment("firebreak:comment", { key });
  await createOnce(
    deps.clock,
    async () => {
      const comments = await deps.github.paginate(deps.github.rest.issues.listComments, {
        owner,
        repo,
        issue_number: number,
        per_page: 100,
      });
      return comments.find(({ body }) => body?.includes(marker));
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

export interface NewIssue {
  /** Stands in the body and tells this issue from all others. */
  marker: string;
  title: string;
  body: string;
  labels: string[];
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
      const { title, body, labels } = wanted;
      const { data } = await deps.github.rest.issues.create({
        owner,
        repo,
        title,
        body,
        labels,
        ...NO_RETRY,
      });
      return data;
    },
  );
  return { number: issue.number, id: issue.id, url: issue.html_url };
}

/** A POST that GitHub may have carried out although the answer was lost must not be repeated blindly. */
const NO_RETRY = { request: { retries: 0 } };

async function createOnce<T>(
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

function isOurs(label: string): boolean {
  return (
    ["incident", "incident-review", "break-glass"].includes(label) ||
    /^(severity|status|environment|type):/.test(label)
  );
}
