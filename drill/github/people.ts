/** The accounts of the simulated GitHub. Logins are compared without regard to case, as GitHub does. */
import type { RepositoryRole } from "./permissions.ts";
import { ACTIONS_BOT, type GitHubSeed } from "./types.ts";

export interface Account {
  id: number;
  login: string;
  name: string | null;
  email: string | null;
  type: "User" | "Bot" | "Organization";
  /** null: no access to the repository as a person. */
  role: RepositoryRole | null;
}

/** A team of the organization. */
export interface Team {
  id: number;
  slug: string;
  members: readonly string[];
  /** null: no access to the repository. */
  role: RepositoryRole | null;
}

/** The id of the real github-actions[bot] account. */
const ACTIONS_BOT_ID = 41_898_282;
const FIRST_USER_ID = 5_001;
const FIRST_TEAM_ID = 9_001;

export class People {
  readonly owner: Account;
  readonly teams: readonly Team[];
  readonly #byLogin = new Map<string, Account>();

  constructor(seed: Pick<GitHubSeed, "repository" | "ownerId" | "users" | "teams">) {
    const login = seed.repository.split("/")[0] ?? seed.repository;
    this.owner = { id: seed.ownerId, login, name: login, email: null, type: "Organization", role: null };
    this.#add(this.owner);
    this.#add({ id: ACTIONS_BOT_ID, login: ACTIONS_BOT, name: null, email: null, type: "Bot", role: null });
    for (const [index, user] of seed.users.entries()) {
      this.#add({
        id: FIRST_USER_ID + index,
        login: user.login,
        name: user.name ?? null,
        email: user.email ?? null,
        type: user.type ?? "User",
        role: user.permission,
      });
    }
    this.teams = (seed.teams ?? []).map(({ slug, members, permission }, index) => {
      for (const member of members) this.get(member);
      return { id: FIRST_TEAM_ID + index, slug, members, role: permission };
    });
  }

  #add(account: Account): void {
    const key = account.login.toLowerCase();
    if (this.#byLogin.has(key)) throw new Error(`Two accounts have the login ${account.login}`);
    this.#byLogin.set(key, account);
  }

  find(login: string): Account | undefined {
    return this.#byLogin.get(login.toLowerCase());
  }

  team(slug: string): Team | undefined {
    return this.teams.find((team) => team.slug === slug.toLowerCase());
  }

  byId(id: number): Account | undefined {
    return [...this.#byLogin.values()].find((account) => account.id === id);
  }

  /** The account of a login that is known to exist; throws for any other. */
  get(login: string): Account {
    const account = this.find(login);
    if (account === undefined) throw new Error(`No account has the login ${login}`);
    return account;
  }

  /** True when an issue can be assigned to this login: it must be able to read the repository. */
  assignable(login: string): boolean {
    return (this.find(login)?.role ?? null) !== null;
  }
}
