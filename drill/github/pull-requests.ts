/** Pull requests: what they add to an issue, and the rules of merging. */
import { GitHubError } from "./errors.ts";
import { tell } from "./events.ts";
import type { Issue } from "./issue-store.ts";
import { authorOf } from "./present-git.ts";
import { pullRequest } from "./present-pulls.ts";
import { pushed } from "./push.ts";
import type { Caller } from "./types.ts";
import type { World } from "./world.ts";

export interface PullRequest {
  /** Names of branches. */
  head: string;
  base: string;
  /** The head's commit; as it was in the end, once the pull request is closed. */
  headSha: string;
  draft: boolean;
  mergedAt: number | null;
  mergedBy: string | null;
  mergeCommit: string | null;
}

/** An issue that is a pull request. */
export type PullIssue = Issue & { pull: PullRequest };

export function isPull(issue: Issue): issue is PullIssue {
  return issue.pull !== null;
}

/** The head's newest commit while the pull request is open. */
export function headOf(world: World, { pull, state }: PullIssue): string {
  return state === "open" ? (world.git.refs().get(`refs/heads/${pull.head}`) ?? pull.headSha) : pull.headSha;
}

/** Whether it can be merged: the branches have not changed the same file. */
export function isMergeable(world: World, found: PullIssue): boolean {
  const base = world.git.refs().get(`refs/heads/${found.pull.base}`);
  return base !== undefined && world.git.mergedTree(base, headOf(world, found)) !== null;
}

/**
 * Merges as the merge button does. https://docs.github.com/rest/pulls/pulls#merge-a-pull-request
 * Throws 405 when it cannot be merged and 409 when the head is not the expected one.
 */
export async function merge(
  world: World,
  caller: Caller,
  found: PullIssue,
  { expected, title }: { expected?: string | undefined; title?: string | undefined } = {},
): Promise<string> {
  const { git, clock, settings } = world;
  const { pull } = found;
  const head = headOf(world, found);
  const ref = `refs/heads/${pull.base}`;
  const base = git.refs().get(ref);
  const tree = base === undefined ? null : git.mergedTree(base, head);
  if (found.state !== "open" || pull.draft || base === undefined || tree === null) {
    throw new GitHubError(405, "Pull Request is not mergeable");
  }
  if (expected !== undefined && expected !== head) {
    throw new GitHubError(409, "Head branch was modified. Review and try the merge again.");
  }
  if (pull.base === world.seed.defaultBranch && (settings.branchProtection?.approvals ?? 0) > 0) {
    throw new GitHubError(405, "At least 1 approving review is required by reviewers with write access.");
  }
  const now = clock.now();
  const commit = git.addCommit({
    tree: git.addTree(tree),
    parents: [base, head],
    message:
      title ??
      `Merge pull request #${found.number} from ${world.people.owner.login}/${pull.head}\n\n${found.title}`,
    author: authorOf(world, caller.login, now),
    by: caller.login,
  });
  git.updateRef(ref, commit.sha, false);
  Object.assign(pull, { headSha: head, mergedAt: now, mergedBy: caller.login, mergeCommit: commit.sha });
  world.issues.setState(found, "closed", null, caller.login, now);
  found.updatedAt = now;
  await pushed(world, caller, ref, base);
  tellPull(world, caller, found, "closed");
  return commit.sha;
}

/** Of a merged one the branch that it went into is the event's ref. https://docs.github.com/actions/reference/workflows-and-actions/contexts#github-context */
export function tellPull(world: World, caller: Caller, found: PullIssue, action: string): void {
  tell(world, caller, {
    name: "pull_request",
    action,
    payload: { number: found.number, pull_request: pullRequest(world, found) },
    ...(found.pull.mergedAt === null ? { ref: `refs/pull/${found.number}/merge` } : {}),
    push: { branch: found.pull.base, paths: [...pathsOf(world, found)] },
  });
}

function pathsOf(world: World, found: PullIssue): string[] {
  const head = headOf(world, found);
  const base = found.pull.mergeCommit ?? world.git.refs().get(`refs/heads/${found.pull.base}`) ?? head;
  const from =
    found.pull.mergeCommit === null
      ? world.git.mergeBase(base, head).sha
      : (world.git.commit(base)?.parents[0] ?? base);
  const to = found.pull.mergeCommit ?? head;
  return [...world.git.difference(from, to).keys()];
}
