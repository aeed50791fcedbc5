/**
 * What a private repository lacks on its owner's plan
 * (https://docs.github.com/get-started/learning-about-github/githubs-plans).
 */
import { GitHubError } from "./errors.ts";
import type { World } from "./world.ts";

/** Required reviewers and wait timers: public repositories, or GitHub Enterprise. */
export function hasReviewers({ seed }: World): boolean {
  return seed.private === false || (seed.plan ?? "enterprise") === "enterprise";
}

/** Environments, branch protection and rulesets: public repositories, or any plan that is paid for. */
export function isPaidOrPublic({ seed }: World): boolean {
  return seed.private === false || (seed.plan ?? "enterprise") !== "free";
}

/** Throws GitHub's 403 for branch protection and rulesets of a private repository that nobody pays for. */
export function requirePaid(world: World): void {
  if (isPaidOrPublic(world)) return;
  throw new GitHubError(403, "Upgrade to GitHub Pro or make this repository public to enable this feature.");
}
