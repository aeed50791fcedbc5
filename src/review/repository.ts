import { FirebreakError } from "../errors.ts";
import { createOnce, NO_RETRY } from "../incident/issue.ts";
import type { RecordDeps } from "../incident/record.ts";

/**
 * The repository as the Git database has it, and pull requests: several files become one commit, on whatever the default
 * branch is at that moment (https://docs.github.com/en/rest/git, https://docs.github.com/en/rest/pulls/pulls). Nothing is
 * checked out, and the default branch is never written.
 */

type Deps = Pick<RecordDeps, "github" | "context" | "clock">;

export interface Base {
  branch: string;
  commit: string;
  tree: string;
}

/** Where the default branch is now. */
export async function defaultBranch({ github, context }: Deps): Promise<Base> {
  const where = { owner: context.owner, repo: context.repo };
  const { data: repository } = await github.rest.repos.get(where);
  const branch = repository.default_branch;
  const { data: ref } = await github.rest.git.getRef({ ...where, ref: `heads/${branch}` });
  return { branch, ...(await commitAt({ github, context }, ref.object.sha)) };
}

export async function commitAt(
  { github, context }: Pick<Deps, "github" | "context">,
  commit: string,
): Promise<{ commit: string; tree: string; parents: string[] }> {
  const { data } = await github.rest.git.getCommit({
    owner: context.owner,
    repo: context.repo,
    commit_sha: commit,
  });
  return { commit, tree: data.tree.sha, parents: data.parents.map(({ sha }) => sha) };
}

/**
 * The files right in a folder, as a commit has them, with the ids of their contents; empty where there is no such folder.
 * @throws FirebreakError `folder-too-large` at GitHub's limit for a listing
 * (https://docs.github.com/en/rest/repos/contents#get-repository-content).
 */
export async function filesOf(deps: Deps, commit: string, folder: string): Promise<Map<string, string>> {
  const { owner, repo } = deps.context;
  const path = folder.replace(/\/+$/, "");
  try {
    const { data } = await deps.github.rest.repos.getContent({ owner, repo, path, ref: commit });
    const entries = Array.isArray(data) ? data : [];
    if (entries.length >= MOST_LISTED) throw tooLarge(path);
    return new Map(entries.flatMap(({ name, type, sha }) => (type === "file" ? [[name, sha]] : [])));
  } catch (error) {
    if ((error as { status?: number }).status === 404) return new Map();
    throw error;
  }
}

const MOST_LISTED = 1_000;

function tooLarge(path: string): FirebreakError {
  return new FirebreakError(
    "folder-too-large",
    `GitHub lists no more than ${MOST_LISTED} files of ${path}, so that records could be overlooked.`,
    "Move the records of past years into a folder of their own.",
  );
}

/** A file's bytes by the id of its content. */
export async function blob({ github, context }: Deps, file_sha: string): Promise<Buffer> {
  const { data } = await github.rest.git.getBlob({ owner: context.owner, repo: context.repo, file_sha });
  return Buffer.from(data.content, data.encoding === "base64" ? "base64" : "utf8");
}

/**
 * Makes a branch be the base with these files on top, in one commit; one that is so already is left alone.
 * @returns the branch's commit, or undefined where the base has the files already.
 */
export async function putFiles(
  deps: Deps,
  base: Base,
  branch: string,
  files: ReadonlyMap<string, string>,
  message: string,
): Promise<string | undefined> {
  const { github, context } = deps;
  const where = { owner: context.owner, repo: context.repo };
  const { data: tree } = await github.rest.git.createTree({
    ...where,
    base_tree: base.tree,
    tree: [...files].map(([path, content]) => ({
      path,
      content,
      mode: "100644" as const,
      type: "blob" as const,
    })),
  });
  if (tree.sha === base.tree) return undefined;
  const head = await headOf(deps, branch);
  if (head?.tree === tree.sha && head.parents.length === 1 && head.parents[0] === base.commit)
    return head.commit;
  const { data: commit } = await github.rest.git.createCommit({
    ...where,
    message,
    tree: tree.sha,
    parents: [base.commit],
  });
  if (head)
    await github.rest.git.updateRef({ ...where, ref: `heads/${branch}`, sha: commit.sha, force: true });
  else await github.rest.git.createRef({ ...where, ref: `refs/heads/${branch}`, sha: commit.sha });
  return commit.sha;
}

/** The branch's newest commit; undefined where there is no such branch. */
async function headOf({ github, context }: Deps, branch: string) {
  try {
    const where = { owner: context.owner, repo: context.repo };
    const { data } = await github.rest.git.getRef({ ...where, ref: `heads/${branch}` });
    return await commitAt({ github, context }, data.object.sha);
  } catch (error) {
    if ((error as { status?: number }).status === 404) return undefined;
    throw error;
  }
}

export interface PullRequest {
  number: number;
  url: string;
}

/** The open pull request of a branch; another one is never made beside it. */
export async function pullRequestOnce(
  deps: Deps,
  base: Base,
  branch: string,
  title: string,
  body: string,
): Promise<PullRequest> {
  const { github, context } = deps;
  const where = { owner: context.owner, repo: context.repo };
  const open = async () => {
    const head = `${context.owner}:${branch}`;
    const { data } = await github.rest.pulls.list({
      ...where,
      head,
      base: base.branch,
      state: "open",
      per_page: 100,
    });
    return data[0] && { number: data[0].number, url: data[0].html_url };
  };
  const create = async () => {
    const { data } = await github.rest.pulls.create({
      ...where,
      head: branch,
      base: base.branch,
      title,
      body,
      ...NO_RETRY,
    });
    return { number: data.number, url: data.html_url };
  };
  try {
    return await createOnce(deps.clock, open, create);
  } catch (error) {
    throw notPermitted(error, context) ?? error;
  }
}

/**
 * https://docs.github.com/en/repositories/managing-your-repositorys-settings-and-features/enabling-features-for-your-repository/managing-github-actions-settings-for-a-repository#preventing-github-actions-from-creating-or-approving-pull-requests
 */
function notPermitted(
  error: unknown,
  { serverUrl, owner, repo }: Deps["context"],
): FirebreakError | undefined {
  const { status, message = "" } = error as { status?: number; message?: string };
  if (status !== 403 || !/not permitted to create or approve pull requests/i.test(message)) return undefined;
  return new FirebreakError(
    "pull-requests-not-allowed",
    "This repository does not let GitHub Actions create pull requests, so that no record of a review can be proposed.",
    `Allow it (${serverUrl}/${owner}/${repo}/settings/actions, "Allow GitHub Actions to create and approve pull requests"), then run record-review.yml again.`,
    { cause: error },
  );
}
