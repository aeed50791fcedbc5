/** What the drill asks of the simulated GitHub outside its API: tokens, reviews, and what to report at the end. */
import type { JobRecord, RunRecord } from "../contracts.ts";
import type { AlertSeeds } from "./alert-store.ts";
import type { ApiReply } from "./api.ts";
import type { Review, Verdict } from "./approvals.ts";
import { authorize } from "./checks.ts";
import { notFound } from "./errors.ts";
import { type FormField, openByForm } from "./issue-form.ts";
import type { Issue } from "./issue-store.ts";
import { OPERATIONS } from "./operations/index.ts";
import type { OperationId } from "./permissions.ts";
import { current } from "./run-store.ts";
import type { JsonObject } from "./types.ts";
import type { World } from "./world.ts";

/** One issue in `github/issues.json`; times are ISO 8601, UTC. */
export interface IssueReport {
  number: number;
  id: number;
  title: string;
  state: "open" | "closed";
  labels: string[];
  author: string;
  assignees: string[];
  body: string;
  created: string;
  updated: string;
  closed: string | null;
  /** Numbers of the parent and of the sub-issues. */
  parent: number | null;
  subIssues: number[];
  comments: { author: string; body: string; created: string }[];
}

export class GitHubState {
  readonly #world: World;

  constructor(world: World) {
    this.#world = world;
  }

  /** A token that acts as this person in API calls. Throws Error for an unknown login. */
  userToken(login: string): string {
    return this.#world.tokens.forUser(login);
  }

  /**
   * What a person does on github.com, by the rules of the API operation that does the same; past the wire, so that the
   * call log does not have it. Throws `GitHubError` where the API would refuse, and Error for an unknown login.
   */
  async act(
    login: string,
    operation: OperationId,
    { path = {}, body = {} }: { path?: Record<string, string | number>; body?: JsonObject },
  ): Promise<ApiReply> {
    const account = this.#world.people.get(login);
    const caller = { kind: "user", login: account.login, role: account.role ?? "read" } as const;
    authorize(caller, operation);
    const url = new URL(this.#world.urls.api);
    const request = { operation, url, path, query: {}, body, caller, accept: "" };
    return OPERATIONS[operation](request, this.#world);
  }

  /** Opens an issue by a form of the repository, as a person who fills it in. Gives its number. */
  openIssueByForm(login: string, form: string, fields: Readonly<Record<string, FormField>>): number {
    return openByForm(this.#world, login, form, fields);
  }

  /** A scanner has found something. */
  addAlerts({ code = [], secret = [] }: AlertSeeds): void {
    for (const alert of code) this.#world.alerts.findCode(alert, this.#world.clock.now());
    for (const alert of secret) this.#world.alerts.findSecret(alert, this.#world.clock.now());
  }

  /** A secret of the repository, for workflows that start from now on. */
  setSecret(name: string, value: string): void {
    this.#world.environments.setSecret(name, value);
  }

  /** Reviews a pending deployment by the rules of the API; throws `GitHubError` where the API would refuse. */
  review(runId: number, environment: string, login: string, state: Verdict, comment = ""): void {
    const found = this.#world.environments.find(environment);
    if (found === undefined) throw notFound();
    this.#world.approvals.review(runId, [found.id], login, state, comment);
  }

  /** What waits for a review in a run, and since when (milliseconds). */
  pending(runId: number): { environment: string; reviewers: readonly string[]; since: number }[] {
    return this.#world.approvals.pending(runId).map(({ environment, since }) => ({
      environment: environment.name,
      reviewers: environment.requiredReviewers,
      since,
    }));
  }

  /** The reviews of a run with their times, which the API leaves out. */
  reviews(
    runId: number,
  ): { environments: string[]; login: string; state: Verdict; comment: string; at: number }[] {
    return this.#world.approvals
      .history(runId)
      .map(({ environments, login, state, comment, at }: Review) => ({
        environments: environments.map(({ name }) => name),
        login,
        state,
        comment,
        at,
      }));
  }

  /** Every run as it is now, oldest first. */
  runs(): RunRecord[] {
    return this.#world.runs
      .all()
      .map((run) => ({ ...current(run) }))
      .reverse();
  }

  /** The jobs of a run, of all its attempts. */
  jobs(runId: number): JobRecord[] {
    return this.#world.runs.jobsOf(runId, "all").map(({ record }) => ({ ...record }));
  }

  issues(): readonly Readonly<Issue>[] {
    return this.#world.issues.all();
  }

  /** The files of the default branch that commits of the API have changed, and that are still there. */
  merged(): ReadonlyMap<string, Buffer> {
    const { git, seed } = this.#world;
    const changes = git.tree(git.refs().get(`refs/heads/${seed.defaultBranch}`) ?? "");
    return new Map(
      [...changes].flatMap(([path, blob]) => {
        const bytes = blob === null ? undefined : git.blob(blob);
        return bytes ? [[path, bytes]] : [];
      }),
    );
  }

  /** The issues for `github/issues.json`, by number. */
  toIssuesJson(): IssueReport[] {
    return this.#world.issues.all().map((issue) => this.#report(issue));
  }

  #report(issue: Issue): IssueReport {
    const { issues } = this.#world;
    const time = (at: number): string => new Date(at).toISOString();
    return {
      number: issue.number,
      id: issue.id,
      title: issue.title,
      state: issue.state,
      labels: issue.labels,
      author: issue.author,
      assignees: issue.assignees,
      body: issue.body ?? "",
      created: time(issue.createdAt),
      updated: time(issue.updatedAt),
      closed: issue.closedAt === null ? null : time(issue.closedAt),
      parent: issues.parentOf(issue)?.number ?? null,
      subIssues: issues.subIssuesOf(issue).map(({ number }) => number),
      comments: issue.comments.map(({ author, body, createdAt }) => ({
        author,
        body,
        created: time(createdAt),
      })),
    };
  }
}
