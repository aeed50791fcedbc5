/** The repository's rulesets: https://docs.github.com/rest/repos/rules */
import { notFound, validationFailed } from "./errors.ts";
import type { Ruleset } from "./types.ts";

export interface StoredRuleset extends Ruleset {
  id: number;
  createdAt: number;
  updatedAt: number;
}

const FIRST_RULESET_ID = 4_400_001;

export class RulesetStore {
  readonly #rulesets: StoredRuleset[] = [];

  constructor(seed: readonly Ruleset[], now: number) {
    for (const ruleset of seed) this.create(ruleset, now);
  }

  list(): readonly StoredRuleset[] {
    return this.#rulesets;
  }

  /** Throws 404 for an unknown id. */
  get(id: number): StoredRuleset {
    const found = this.#rulesets.find((ruleset) => ruleset.id === id);
    if (found === undefined) throw notFound();
    return found;
  }

  /** Throws 422 for a name that is taken. */
  create(ruleset: Ruleset, now: number): StoredRuleset {
    if (this.#rulesets.some(({ name }) => name === ruleset.name)) {
      throw validationFailed({
        resource: "Ruleset",
        code: "custom",
        field: "name",
        message: "Name must be unique",
      });
    }
    const stored = {
      ...ruleset,
      id: FIRST_RULESET_ID + this.#rulesets.length,
      createdAt: now,
      updatedAt: now,
    };
    this.#rulesets.push(stored);
    return stored;
  }

  /** Changes what the body names. */
  update(id: number, change: Partial<Ruleset>, now: number): StoredRuleset {
    return Object.assign(this.get(id), change, { updatedAt: now });
  }

  /** The rules that hold on this branch. */
  rulesOn(
    branch: string,
    defaultBranch: string,
  ): { ruleset: StoredRuleset; type: string; parameters?: object }[] {
    const names = (pattern: string): boolean =>
      pattern === "~ALL" ||
      (pattern === "~DEFAULT_BRANCH" && branch === defaultBranch) ||
      pattern === `refs/heads/${branch}`;
    return this.#rulesets
      .filter(({ enforcement, target = "branch", conditions }) => {
        const { include = [], exclude = [] } = conditions?.ref_name ?? {};
        return enforcement === "active" && target === "branch" && include.some(names) && !exclude.some(names);
      })
      .flatMap((ruleset) => (ruleset.rules ?? []).map((rule) => ({ ...rule, ruleset })));
  }
}
