/** What the drill asks of the simulated GitHub outside its API: tokens, reviews, and what to report at the end. */
import type { JobRecord, RunRecord } from "../contracts.ts";
import type { Review, Verdict } from "./approvals.ts";
import { notFound } from "./errors.ts";
import type { Issue } from "./issue-store.ts";
import { current } from "./run-store.ts";
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
