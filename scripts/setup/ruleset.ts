/** The ruleset that `--apply` gives the default branch. Rulesets add up, so one more only ever makes it stricter. */

import type { GitHub } from "../../src/ports.ts";
import type { PullRequestRule } from "./branch-state.ts";
import type { Context } from "./context.ts";
import type { Change } from "./finding.ts";
import { type Read, read } from "./read.ts";

export const RULESET = "firebreak";
const PERMISSION = "Administration: write, and the repository's admin role";

type Body = NonNullable<Parameters<GitHub["rest"]["repos"]["createRepoRuleset"]>[0]>;

interface Rule {
  type: string;
  parameters?: object;
}

interface Ruleset {
  id: number;
  enforcement: string;
  conditions?: { ref_name?: { include?: string[]; exclude?: string[] } } | null;
  rules?: Rule[];
  bypass_actors?: { actor_type: string; actor_id?: number | null }[];
}

const REVIEW: PullRequestRule = {
  required_approving_review_count: 1,
  require_code_owner_review: true,
  dismiss_stale_reviews_on_push: true,
  require_last_push_approval: true,
  required_review_thread_resolution: false,
};

/** A ruleset of the repository, with those who bypass it if the token may know; absent when it has none of the name. */
export async function readRuleset({ github, repository }: Context): Promise<Read<Ruleset>> {
  const { owner, repo } = repository;
  return read("Metadata: read", async () => {
    const all = await github.paginate(github.rest.repos.getRepoRulesets, {
      owner,
      repo,
      includes_parents: false,
      per_page: 100,
    });
    const found = all.find(({ name }) => name === RULESET);
    if (found === undefined) throw Object.assign(new Error("no such ruleset"), { status: 404 });
    const { data } = await github.rest.repos.getRepoRuleset({ owner, repo, ruleset_id: found.id });
    return data as Ruleset;
  });
}

/** Creates the ruleset, or adds to the one of this name what it lacks. Whoever bypasses it still does. */
export function rulesetChange({ github, repository }: Context, now: Ruleset | null): Change {
  const { owner, repo, defaultBranch } = repository;
  const rules = mergedRules(now?.rules ?? []);
  const body = {
    name: RULESET,
    target: "branch",
    enforcement: "active",
    conditions: conditionsOf(now),
    // Rules of other types go back as GitHub gave them.
    rules: rules as NonNullable<Body["rules"]>,
  } as const;
  return {
    lines: [
      {
        what: `ruleset ${RULESET} of ${defaultBranch}`,
        from: now === null ? "none" : `${now.enforcement}: ${described(now.rules ?? [])}`,
        to: `active: ${described(rules)}`,
      },
    ],
    permission: PERMISSION,
    apply: async () => {
      if (now === null) await github.rest.repos.createRepoRuleset({ owner, repo, ...body });
      else await github.rest.repos.updateRepoRuleset({ owner, repo, ruleset_id: now.id, ...body });
    },
  };
}

/** The rules that are there, with ours where they are stricter. */
function mergedRules(present: readonly Rule[]): Rule[] {
  const ours: Rule[] = [
    { type: "deletion" },
    { type: "non_fast_forward" },
    { type: "pull_request", parameters: REVIEW },
  ];
  const kept = present.map((rule) =>
    rule.type === "pull_request" ? { ...rule, parameters: stricter(rule.parameters ?? {}) } : rule,
  );
  return [...kept, ...ours.filter(({ type }) => !present.some((rule) => rule.type === type))];
}

function stricter(present: Partial<PullRequestRule>): object {
  return {
    ...present,
    required_approving_review_count: Math.max(
      REVIEW.required_approving_review_count,
      present.required_approving_review_count ?? 0,
    ),
    require_code_owner_review: true,
    dismiss_stale_reviews_on_push: true,
    require_last_push_approval: true,
    required_review_thread_resolution: present.required_review_thread_resolution ?? false,
  };
}

function conditionsOf(now: Ruleset | null) {
  const { include = [], exclude = [] } = now?.conditions?.ref_name ?? {};
  const named = include.includes("~DEFAULT_BRANCH") || include.includes("~ALL");
  return { ref_name: { include: named ? include : [...include, "~DEFAULT_BRANCH"], exclude } };
}

function described(rules: readonly Rule[]): string {
  return rules.length === 0
    ? "no rules"
    : rules
        .map(({ type, parameters }) => (type === "pull_request" ? review(parameters ?? {}) : type))
        .join(", ");
}

function review(parameters: Partial<PullRequestRule>): string {
  const words = [
    `${parameters.required_approving_review_count ?? 0} approval(s)`,
    ...(parameters.require_code_owner_review ? ["code owners"] : []),
    ...(parameters.dismiss_stale_reviews_on_push ? ["stale ones dismissed"] : []),
    ...(parameters.require_last_push_approval ? ["last push approved"] : []),
  ];
  return `pull request with ${words.join(", ")}`;
}
