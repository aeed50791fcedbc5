import type { GitHub } from "../../src/ports.ts";
import type { ManualClock } from "./gate-clock.ts";

const ENVIRONMENT = "containment-dev";
const GLASS = "break-glass-dev";
const IDS: Record<string, number> = { oncall: 1, "oncall-reviewer": 2, "someone-else": 3 };

/** What the gate asks of GitHub: environment, run, reviews, jobs; and what a record does to the issue. */
export class FakeGitHub {
  /** Null: there is no such environment. */
  environment: { createdAt: Date; reviewers: string[] } | null;
  /** The environment of those who may break the glass. Null: there is no such environment. */
  glass: { createdAt: Date; reviewers: string[] } | null;
  /** Null: GitHub names nobody. */
  actor: string | null = "oncall";
  triggeringActor: string | null = "oncall";
  reviews: { state: string; login: string; environment?: string; type?: string; comment?: string }[] = [];
  jobs: { name: string; status: string; conclusion: string | null }[] = [];
  comments: string[] = [];
  edits = 0;
  /** As the issue was last rendered. */
  body = "";
  labels: string[] = [];
  /** Thrown by every call about Actions, as a job without the permission gets it. */
  forbidden = false;
  readonly #createdAt: Date;

  constructor(clock: ManualClock) {
    this.#createdAt = clock.now();
    this.environment = { createdAt: new Date("2026-01-01T00:00:00Z"), reviewers: ["oncall-reviewer"] };
    this.glass = { createdAt: new Date("2026-01-01T00:00:00Z"), reviewers: ["someone-else"] };
    this.jobs = [{ name: "preserve", status: "completed", conclusion: "success" }];
  }

  readonly client: GitHub = {
    rest: {
      actions: {
        getWorkflowRun: async () => {
          this.#allowed();
          const [actor, triggering_actor] = [this.actor, this.triggeringActor].map(
            (login) => login && person(login),
          );
          return { data: { created_at: this.#createdAt.toISOString(), actor, triggering_actor } };
        },
        getReviewsForRun: async () => {
          this.#allowed();
          return { data: this.reviews.map(review) };
        },
        listJobsForWorkflowRunAttempt: () => this.jobs,
      },
      repos: {
        getEnvironment: async ({ environment_name }: { environment_name: string }) => {
          this.#allowed();
          if (![ENVIRONMENT, GLASS].includes(environment_name))
            throw new Error(`asked for ${environment_name}`);
          const found = environment_name === GLASS ? this.glass : this.environment;
          if (!found) throw Object.assign(new Error("Not Found"), { status: 404 });
          const { createdAt, reviewers } = found;
          const rule = {
            type: "required_reviewers",
            reviewers: reviewers.map((login) => ({ reviewer: person(login) })),
          };
          return {
            data: {
              created_at: createdAt.toISOString(),
              protection_rules: reviewers.length > 0 ? [rule] : [],
            },
          };
        },
      },
      issues: {
        get: async () => ({ data: { labels: [] } }),
        update: async ({ body, labels }: { body: string; labels: string[] }) => {
          this.edits += 1;
          Object.assign(this, { body, labels });
        },
        listLabelsForRepo: () => [],
        createLabel: async () => {},
        listComments: () => this.comments.map((body) => ({ body, user: { type: "Bot" } })),
        createComment: async ({ body }: { body: string }) => {
          this.comments.push(body);
        },
      },
    },
    paginate: async (list: () => unknown[]) => list(),
  } as unknown as GitHub;

  approve(login = "oncall-reviewer"): void {
    this.reviews.push({ state: "approved", login });
  }

  /** A review by those who may break the glass. */
  breakGlass(login = "someone-else", state = "approved"): void {
    this.reviews.push({ state, login, environment: GLASS });
  }

  #allowed(): void {
    if (this.forbidden)
      throw Object.assign(new Error("Resource not accessible by integration"), { status: 403 });
  }
}

function person(
  login: string,
  type = login.endsWith("[bot]") ? "Bot" : "User",
): { id: number; login: string; type: string } {
  return { id: IDS[login] ?? 99, login, type };
}

function review({
  state,
  login,
  environment = ENVIRONMENT,
  type,
  comment = "",
}: FakeGitHub["reviews"][number]): unknown {
  return { state, comment, user: person(login, type), environments: [{ name: environment }] };
}
