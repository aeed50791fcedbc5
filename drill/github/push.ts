/** Moves a branch, by the rules that protect it, and tells of it. */

import { GitHubError } from "./errors.ts";
import { tell } from "./events.ts";
import type { Commit } from "./git-store.ts";
import type { Caller } from "./types.ts";
import type { World } from "./world.ts";

const ZERO = "0".repeat(40);

/** Whether a rule says that a branch changes by pull requests only. */
export function wantsPullRequests(world: World, branch: string): boolean {
  const { seed, settings, rulesets } = world;
  if (branch === seed.defaultBranch && settings.branchProtection !== undefined) return true;
  return rulesets.rulesOn(branch, seed.defaultBranch).some(({ type }) => type === "pull_request");
}

/** Throws 409 for a change past the pull requests that a branch's rules want. */
export function checkDirectPush(world: World, ref: string): void {
  const branch = ref.replace(/^refs\/heads\//, "");
  if (!wantsPullRequests(world, branch)) return;
  throw new GitHubError(
    409,
    "Repository rule violations found\n\nChanges must be made through a pull request.\n\n",
  );
}

/** Tells what has changed on a branch; of the default branch the jobs to come check it out. */
export async function pushed(
  world: World,
  caller: Caller,
  ref: string,
  before: string | null,
): Promise<void> {
  const { git, hooks, seed } = world;
  const branch = ref.replace(/^refs\/heads\//, "");
  const after = git.refs().get(ref) ?? null;
  const head = after === null ? undefined : git.commit(after);
  const changes = after === null || before === null ? new Map() : git.difference(before, after);
  if (branch === seed.defaultBranch) {
    const files = new Map(
      [...changes].map(([path, sha]) => [path, sha === null ? null : (git.blob(sha) ?? null)]),
    );
    await hooks.onDefaultBranch?.(files);
  }
  tell(world, caller, {
    name: "push",
    action: null,
    payload: {
      ref,
      before: before ?? ZERO,
      after: after ?? ZERO,
      created: before === null,
      deleted: after === null,
      forced: false,
      base_ref: null,
      commits: head ? [pushedCommit(head)] : [],
      head_commit: head ? pushedCommit(head) : null,
    },
    push: { branch, paths: [...changes.keys()] },
  });
}

function pushedCommit({ sha, tree, message, author }: Commit) {
  return {
    id: sha,
    tree_id: tree,
    message,
    timestamp: author.date,
    author: { name: author.name, email: author.email },
  };
}
