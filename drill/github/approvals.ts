/**
 * Deployments that wait for a review, and the history of reviews.
 *
 * A review lets through every job that waits for that environment at that moment; a job that arrives later asks
 * again, in a later attempt too. The history of a run goes on over its attempts.
 * https://docs.github.com/actions/how-tos/deploy/configure-and-manage-deployments/review-deployments
 */
import type { SimClock } from "../contracts.ts";
import { type Environment, needsReview } from "./environment-store.ts";
import { validationFailed } from "./errors.ts";
import type { People } from "./people.ts";
import type { RunStore } from "./run-store.ts";
import { current } from "./run-store.ts";

export type Verdict = "approved" | "rejected";

export interface Pending {
  /** Id of the deployment that waits. */
  id: number;
  runId: number;
  environment: Environment;
  since: number;
}

export interface Review {
  runId: number;
  attempt: number;
  environments: readonly Environment[];
  state: Verdict;
  login: string;
  comment: string;
  at: number;
}

interface Waiter extends Pending {
  reviewed: boolean;
  timerDone: boolean;
  settle: (verdict: Verdict) => void;
}

const FIRST_DEPLOYMENT_ID = 2_900_000_001;

export class Approvals {
  readonly #clock: SimClock;
  readonly #runs: RunStore;
  readonly #people: People;
  readonly #waiters = new Set<Waiter>();
  readonly #history: Review[] = [];
  #deployments = 0;

  constructor(clock: SimClock, runs: RunStore, people: People) {
    this.#clock = clock;
    this.#runs = runs;
    this.#people = people;
  }

  /** Resolves once the environment's rules let the job in or a reviewer refuses it; rejects when `signal` aborts. */
  wait(runId: number, environment: Environment, signal?: AbortSignal): Promise<Verdict> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) {
        reject(signal.reason);
        return;
      }
      const onAbort = (): void => finish(() => reject(signal?.reason));
      const waitMs = environment.waitMinutes * 60_000;
      const waiter: Waiter = {
        id: FIRST_DEPLOYMENT_ID + this.#deployments++,
        runId,
        environment,
        since: this.#clock.now(),
        reviewed: !needsReview(environment),
        timerDone: waitMs === 0,
        settle: (verdict) => finish(() => resolve(verdict)),
      };
      const cancelTimer = this.#clock.after(waitMs, () => {
        waiter.timerDone = true;
        if (waiter.reviewed) waiter.settle("approved");
      });
      const finish = (deliver: () => void): void => {
        cancelTimer();
        signal?.removeEventListener("abort", onAbort);
        this.#waiters.delete(waiter);
        deliver();
      };
      signal?.addEventListener("abort", onAbort, { once: true });
      this.#waiters.add(waiter);
      if (waiter.reviewed && waiter.timerDone) waiter.settle("approved");
    });
  }

  /** What waits in a run, one entry for each environment. */
  pending(runId: number): Pending[] {
    return this.#waiting((waiter) => waiter.runId === runId);
  }

  #waiting(wanted: (waiter: Waiter) => boolean): Pending[] {
    const byEnvironment = new Map<number, Pending>();
    for (const waiter of this.#waiters) {
      if (wanted(waiter) && !byEnvironment.has(waiter.environment.id)) {
        byEnvironment.set(waiter.environment.id, waiter);
      }
    }
    return [...byEnvironment.values()];
  }

  /** The reviews of a run over all its attempts, oldest first. */
  history(runId: number): readonly Review[] {
    return this.#history.filter((review) => review.runId === runId);
  }

  /** True when this person may review this environment in this run. */
  mayReview(runId: number, environment: Environment, login: string): boolean {
    return this.#whyNot(runId, environment, login) === null;
  }

  #whyNot(runId: number, environment: Environment, login: string): string | null {
    const same = (other: string): boolean => other.toLowerCase() === login.toLowerCase();
    const members = environment.requiredTeams.flatMap((slug) => this.#people.team(slug)?.members ?? []);
    const reviewers = [...environment.requiredReviewers, ...members];
    if (!reviewers.some(same) || !this.#people.assignable(login)) {
      return `${login} is not a required reviewer of the environment ${environment.name}`;
    }
    const run = current(this.#runs.get(runId));
    if (environment.preventSelfReview && same(run.triggeringActor)) {
      return `${login} triggered this run and the environment ${environment.name} prevents self-review`;
    }
    return null;
  }

  /**
   * Approves or rejects what waits in these environments and returns it. Throws 422 when something does not wait
   * or the person may not review it; GitHub documents no wording for the refusals.
   */
  review(
    runId: number,
    environmentIds: readonly number[],
    login: string,
    state: Verdict,
    comment: string,
  ): Pending[] {
    const { attempt } = current(this.#runs.get(runId));
    const waiting = this.#waiting(
      (waiter) =>
        waiter.runId === runId && !waiter.reviewed && environmentIds.includes(waiter.environment.id),
    );
    if (waiting.length === 0 || waiting.length < new Set(environmentIds).size) {
      throw validationFailed("There are no pending deployment requests to approve or reject");
    }
    for (const { environment } of waiting) {
      const whyNot = this.#whyNot(runId, environment, login);
      if (whyNot !== null) throw validationFailed(whyNot);
    }
    const environments = waiting.map(({ environment }) => environment);
    const by = this.#people.get(login).login;
    this.#history.push({ runId, attempt, environments, state, login: by, comment, at: this.#clock.now() });
    for (const waiter of [...this.#waiters]) {
      if (waiter.runId !== runId || !environments.includes(waiter.environment)) continue;
      waiter.reviewed = true;
      if (state === "rejected" || waiter.timerDone) waiter.settle(state);
    }
    return waiting;
  }
}
