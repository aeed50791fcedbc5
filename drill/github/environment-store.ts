/** Deployment environments: protection rules, variables and secrets. Names are compared without regard to case. */
import type { EnvironmentSeed, GitHubSeed } from "./types.ts";

export interface Environment {
  id: number;
  name: string;
  requiredReviewers: readonly string[];
  requiredTeams: readonly string[];
  preventSelfReview: boolean;
  waitMinutes: number;
  canAdminsBypass: boolean;
  branchPolicy: "protected" | "custom" | null;
  /** With `custom`: who may deploy. */
  branches: readonly BranchPolicy[];
  variables: Readonly<Record<string, string>>;
  secrets: Readonly<Record<string, string>>;
  createdAt: number;
}

export interface BranchPolicy {
  id: number;
  name: string;
  type: "branch" | "tag";
}

/** What a PUT sets; what it leaves out becomes the default. */
export interface Protection {
  requiredReviewers: readonly string[];
  requiredTeams: readonly string[];
  preventSelfReview: boolean;
  waitMinutes: number;
  canAdminsBypass: boolean;
  branchPolicy: "protected" | "custom" | null;
}

const FIRST_POLICY_ID = 36_100_001;
const FIRST_ENVIRONMENT_ID = 1_600_000_001;
const NINETY_DAYS_MS = 90 * 24 * 3_600_000;
const MOST_REVIEWERS = 6;

export class EnvironmentStore {
  readonly #environments = new Map<string, Environment>();
  /** The repository's own. */
  readonly #secrets: Record<string, string>;
  #policies = 0;

  constructor(seed: Pick<GitHubSeed, "environments" | "secrets">, now: number) {
    this.#secrets = { ...seed.secrets };
    for (const environment of seed.environments ?? []) this.#add(environment, now - NINETY_DAYS_MS);
  }

  #add(seed: EnvironmentSeed, createdAt: number): Environment {
    const { requiredReviewers = [], requiredTeams = [], branches = [] } = seed;
    if (requiredReviewers.length + requiredTeams.length > MOST_REVIEWERS) {
      throw new Error(`Environment ${seed.name}: GitHub takes at most ${MOST_REVIEWERS} required reviewers`);
    }
    const environment: Environment = {
      id: FIRST_ENVIRONMENT_ID + this.#environments.size,
      name: seed.name,
      requiredReviewers,
      requiredTeams,
      preventSelfReview: seed.preventSelfReview ?? false,
      waitMinutes: seed.waitMinutes ?? 0,
      canAdminsBypass: seed.canAdminsBypass ?? true,
      branchPolicy: seed.branchPolicy ?? null,
      branches: branches.map((name) => this.#policy(name, "branch")),
      variables: seed.variables ?? {},
      secrets: seed.secrets ?? {},
      createdAt: seed.createdAt === undefined ? createdAt : Date.parse(seed.createdAt),
    };
    this.#environments.set(seed.name.toLowerCase(), environment);
    return environment;
  }

  #policy(name: string, type: "branch" | "tag"): BranchPolicy {
    return { id: FIRST_POLICY_ID + this.#policies++, name, type };
  }

  /** Creates the environment, or replaces its rules. Name patterns stay only with `custom`. */
  put(name: string, protection: Protection, now: number): Environment {
    const environment = this.enter(name, now);
    const branches = protection.branchPolicy === "custom" ? environment.branches : [];
    return Object.assign(environment, protection, { branches });
  }

  /** Lets a branch or tag deploy; null when it may already. */
  allow(environment: Environment, name: string, type: "branch" | "tag"): BranchPolicy | null {
    const same = environment.branches.some((policy) => policy.name === name && policy.type === type);
    if (same) return null;
    const policy = this.#policy(name, type);
    environment.branches = [...environment.branches, policy];
    return policy;
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

  /** The environment's own variables. */
  variables(environment: string | null): Record<string, string> {
    return { ...(environment ? this.find(environment)?.variables : undefined) };
  }

  setSecret(name: string, value: string): void {
    this.#secrets[name] = value;
  }

  secrets(environment: string | null): Record<string, string> {
    return { ...this.#secrets, ...(environment ? this.find(environment)?.secrets : undefined) };
  }
}

export function needsReview({ requiredReviewers, requiredTeams }: Environment): boolean {
  return requiredReviewers.length + requiredTeams.length > 0;
}

/** True when the environment has a rule that holds a job back. */
export function isProtected(environment: Environment): boolean {
  return needsReview(environment) || environment.waitMinutes > 0;
}
