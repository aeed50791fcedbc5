/** The repository's variables for workflows. Names are compared without regard to case. */
import { GitHubError } from "./errors.ts";

export interface Variable {
  name: string;
  value: string;
  at: number;
}

export class VariableStore {
  readonly #variables = new Map<string, Variable>();

  constructor(seed: Readonly<Record<string, string>>, now: number) {
    for (const [name, value] of Object.entries(seed)) this.create(name, value, now);
  }

  list(): Variable[] {
    return [...this.#variables.values()];
  }

  values(): Record<string, string> {
    return Object.fromEntries(this.list().map(({ name, value }) => [name, value]));
  }

  /** Throws 409 for a name that is taken: https://docs.github.com/rest/actions/variables#create-a-repository-variable */
  create(name: string, value: string, at: number): void {
    const key = name.toUpperCase();
    if (this.#variables.has(key)) throw new GitHubError(409, "Already exists - Variable already exists");
    this.#variables.set(key, { name, value, at });
  }
}
