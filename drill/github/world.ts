/** Everything that the simulated GitHub knows, handed to each operation. */
import type { SimClock } from "../contracts.ts";
import type { OidcIssuer } from "../oidc.ts";
import { AlertStore } from "./alert-store.ts";
import { Approvals } from "./approvals.ts";
import { EnvironmentStore } from "./environment-store.ts";
import { GitStore } from "./git-store.ts";
import { IssueStore } from "./issue-store.ts";
import { LabelStore } from "./label-store.ts";
import { People } from "./people.ts";
import { iso } from "./present-people.ts";
import { RulesetStore } from "./ruleset-store.ts";
import { RunStore } from "./run-store.ts";
import { SignedLinks } from "./signed-links.ts";
import { Tokens } from "./tokens.ts";
import type { GitHubHooks, GitHubSeed, SettingsSeed } from "./types.ts";
import { VariableStore } from "./variable-store.ts";

export interface World {
  readonly clock: SimClock;
  readonly oidc: OidcIssuer;
  readonly seed: GitHubSeed;
  /** Base URLs without a trailing slash; set once the servers listen. */
  readonly urls: { api: string; server: string };
  readonly hooks: GitHubHooks;
  readonly people: People;
  readonly tokens: Tokens;
  readonly labels: LabelStore;
  readonly issues: IssueStore;
  readonly git: GitStore;
  readonly alerts: AlertStore;
  readonly runs: RunStore;
  readonly environments: EnvironmentStore;
  readonly approvals: Approvals;
  readonly variables: VariableStore;
  readonly rulesets: RulesetStore;
  readonly settings: SettingsSeed;
  readonly links: SignedLinks;
}

/** A world as the seed describes it. Throws Error for a seed that contradicts itself. */
export function createWorld(
  clock: SimClock,
  oidc: OidcIssuer,
  seed: GitHubSeed,
  hooks: GitHubHooks = {},
): World {
  const people = new People(seed);
  const git = new GitStore(seed.defaultBranch, {
    sha: seed.headSha,
    message: "What the drill begins with",
    author: { name: people.owner.login, email: "noreply@github.com", date: iso(clock.now()) },
    by: people.owner.login,
  });
  const head = () => git.resolve(seed.defaultBranch)?.sha ?? seed.headSha;
  const runs = new RunStore({ branch: seed.defaultBranch, sha: head });
  const world: World = {
    clock,
    oidc,
    seed,
    urls: { api: "", server: "" },
    hooks,
    people,
    tokens: new Tokens(people),
    labels: new LabelStore(seed.labels ?? []),
    issues: new IssueStore(),
    git,
    alerts: new AlertStore(seed.alerts ?? {}, clock.now()),
    runs,
    environments: new EnvironmentStore(seed, clock.now()),
    approvals: new Approvals(clock, runs, people),
    variables: new VariableStore(seed.variables ?? {}, clock.now()),
    rulesets: new RulesetStore(seed.settings?.rulesets ?? [], clock.now()),
    settings: seed.settings ?? {},
    links: new SignedLinks(clock),
  };
  for (const { name, requiredReviewers, requiredTeams } of world.environments.list()) {
    for (const login of requiredReviewers) people.get(login);
    const unknown = requiredTeams.find((slug) => people.team(slug) === undefined);
    if (unknown !== undefined) throw new Error(`Environment ${name}: no team ${unknown}`);
  }
  seedIssues(world);
  return world;
}

function seedIssues({ seed, clock, issues, labels, people }: World): void {
  for (const entry of seed.issues ?? []) {
    const at = entry.createdAt === undefined ? clock.now() : Date.parse(entry.createdAt);
    const author = people.get(entry.author).login;
    const fields = {
      title: entry.title,
      body: entry.body ?? null,
      labels: labels.resolve(entry.labels ?? []),
      assignees: (entry.assignees ?? []).map((login) => people.get(login).login),
    };
    const issue = issues.create(author, fields, at);
    for (const comment of entry.comments ?? []) {
      const commentAt = comment.createdAt === undefined ? at : Date.parse(comment.createdAt);
      issues.addComment(issue.number, people.get(comment.author).login, comment.body, commentAt);
    }
    if (entry.state === "closed") issues.setState(issue, "closed", "completed", author, at);
  }
}
