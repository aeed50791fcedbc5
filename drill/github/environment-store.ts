/** Deployment environments: protection rules, variables and secrets. Names are compared without regard to case. */
import type { EnvironmentSeed, GitHubSeed } from "./types.ts";

export interface Environment {
  id: number;
  name: string;
  requiredReviewers: readonly string[];
  preventSelfReview: boolean;
  waitMinutes: number;
  canAdminsBypass: boolean;
  branchPolicy: "protected" | "custom" | null;
  variables: Readonly<Record<string, string>>;
  secrets: Readonly<Record<string, string>>;
  createdAt: number;
}

const FIRST_ENVIRONMENT_ID = 1_600_000_001;
const NINETY_DAYS_MS = 90 * 24 * 3_600_000;
const MOST_REVIEWERS = 6;

export class EnvironmentStore {
  readonly #environments = new Map<string, Environment>();
  readonly #seed: Pick<GitHubSeed, "variables" | "secrets">;

  constructor(seed: Pick<GitHubSeed, "environments" | "variables" | "secrets">, now: number) {
    this.#seed = seed;
    for (const environment of seed.environments ?? []) this.#add(environment, now - NINETY_DAYS_MS);
  }

  #add(seed: EnvironmentSeed, createdAt: number): Environment {
    const requiredReviewers = seed.requiredReviewers ?? [];
    if (requiredReviewers.length > MOST_REVIEWERS) {
      throw new Error(`Environment ${seed.name}: GitHub takes at most ${MOST_REVIEWERS} required reviewers`);
    }
    const environment: Environment = {
      id: FIRST_ENVIRONMENT_ID + this.#environments.size,
      name: seed.name,
      requiredReviewers,
      preventSelfReview: seed.preventSelfReview ?? false,
      waitMinutes: seed.waitMinutes ?? 0,
      canAdminsBypass: seed.canAdminsBypass ?? true,
      branchPolicy: seed.branchPolicy ?? null,
      variables: seed.variables ?? {},
      secrets: seed.secrets ?? {},
      createdAt: seed.createdAt === undefined ? createdAt : Date.parse(seed.createdAt),
    };
    this.#environments.set(seed.name.toLowerCase(), environment);
    return environment;
  }

  list(): Environment[] {
    return [...this.#environments.values()];
  }

  find(name: string): Environment | undefined {
    return this.#environments.get(name.toLowerCase());
  }

  /**
   * The environment that a job names. A missing one is created without any rule, as GitHub does:
   * https://docs.github.com/actions/how-tos/deploy/configure-and-manage-deployments/manage-environments
   */
  enter(name: string, now: number): Environment {
    return this.find(name) ?? this.#add({ name }, now);
  }

  variables(environment: string | null): Record<string, string> {
    return { ...this.#seed.variables, ...(environment ? this.find(environment)?.variables : undefined) };
  }

  secrets(environment: string | null): Record<string, string> {
    return { ...this.#seed.secrets, ...(environment ? this.find(environment)?.secrets : undefined) };
  }
}

/** True when the environment has a rule that holds a job back. */
export function isProtected(environment: Environment): boolean {
  return environment.requiredReviewers.length > 0 || environment.waitMinutes > 0;
}
