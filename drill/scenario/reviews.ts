/** Gives the reviews that pending deployments wait for. */
import { type Answer, type Approver, ReviewRefused } from "./approvals.ts";
import { explain } from "./explain.ts";
import type { Platform } from "./platform.ts";
import type { Recorder } from "./recorder.ts";

export type ReviewEvent =
  | { type: "reviewed"; at: number; environment: string; answer: Answer }
  | { type: "review-refused"; at: number; environment: string; answer: Answer; message: string };

export interface ReviewsOptions {
  platform: Pick<Platform, "github" | "clock">;
  recorder: Recorder;
  approver: Approver;
  /** Whether whoever gives an answer that GitHub refuses is asked again. */
  asksAgain: boolean;
  tell: (event: ReviewEvent) => void;
  signal: AbortSignal;
}

export class Reviews {
  readonly #options: ReviewsOptions;
  /** Run and environment of the reviews that somebody is asked for at this moment. */
  readonly #asked = new Set<string>();

  constructor(options: ReviewsOptions) {
    this.#options = options;
  }

  /** One review lets through all that waits by then; a job that comes later is asked for anew. */
  async give(runId: number, environment: string, reviewers: readonly string[]): Promise<void> {
    const key = `${runId}/${environment.toLowerCase()}`;
    if (this.#asked.has(key)) return;
    this.#asked.add(key);
    try {
      await this.#review(runId, environment, reviewers);
    } finally {
      this.#asked.delete(key);
    }
  }

  async #review(runId: number, environment: string, reviewers: readonly string[]): Promise<void> {
    const { platform, recorder, approver, asksAgain, tell, signal } = this.#options;
    const { github, clock } = platform;
    for (;;) {
      const run = github.state.runs().find(({ id }) => id === runId);
      const [title, workflow] = [run?.displayTitle ?? "", run?.path ?? ""];
      const summaries = recorder.summaries(runId);
      const answer = await approver({ runId, title, environment, workflow, reviewers, summaries }, signal);
      try {
        github.state.review(runId, environment, answer.login, answer.state, answer.comment);
        tell({ type: "reviewed", at: clock.now(), environment, answer });
        return;
      } catch (error) {
        const message = explain(error);
        tell({ type: "review-refused", at: clock.now(), environment, answer, message });
        if (!asksAgain) {
          throw new ReviewRefused(
            `${answer.login} cannot review ${environment}: ${message} Its reviewers are ${reviewers.join(", ")}.`,
          );
        }
      }
    }
  }
}
