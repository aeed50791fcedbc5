/** Who answers when GitHub asks a reviewer: the scenario, the command line, or the person at the terminal. */
import type { Moments } from "./events.ts";
import type { ScenarioApproval } from "./schema.ts";

export interface ApprovalRequest {
  runId: number;
  title: string;
  environment: string;
  reviewers: readonly string[];
  /** The job summaries so far, where the plan is. Markdown. */
  summaries: readonly { job: string; markdown: string }[];
}

export interface Answer {
  login: string;
  state: "approved" | "rejected";
  comment: string;
}

/** Resolves with the review that is to be given. Rejects with `NobodyAnswers`, or when `signal` aborts. */
export type Approver = (request: ApprovalRequest, signal: AbortSignal) => Promise<Answer>;

/** A deployment waits for a review and there is nobody to give it. */
export class NobodyAnswers extends Error {
  override readonly name = "NobodyAnswers";
}

export interface ApproverOptions {
  approvals: readonly ScenarioApproval[];
  moments: Moments;
  /**
   * `--approve` or `--reject`: wins over the scenario's answer, whose timing stays, unless the scenario rehearses the
   * review itself (`ask: false`).
   */
  override: Pick<Answer, "login" | "state"> | null;
  /** Asks the person at the terminal; null when there is none. */
  ask: ((request: ApprovalRequest, signal: AbortSignal) => Promise<Answer>) | null;
}

/**
 * The order: an answer that the scenario rehearses and gives without asking; what the command line says; the person
 * at the terminal; the scenario's other answers.
 */
export function createApprover({ approvals, moments, override, ask }: ApproverOptions): Approver {
  return async (request, signal) => {
    const scripted = approvals.find(
      ({ environment }) => environment === undefined || environment === request.environment,
    );
    const rehearsed = scripted?.ask === false;
    if (ask && !override && !rehearsed) return ask(request, signal);
    if (scripted) await moments.after(scripted.when, scripted.after_seconds, signal);
    if (override && !rehearsed) return { ...override, comment: "" };
    if (scripted) return { login: scripted.by, state: scripted.state, comment: scripted.comment };
    throw new NobodyAnswers(
      `The environment ${request.environment} waits for a review by ${request.reviewers.join(" or ")}, and nobody can ` +
        "give it: there is no terminal to ask at, and the scenario has no answer. Run it in a terminal, or add " +
        `--approve ${request.reviewers[0] ?? "LOGIN"} or --reject ${request.reviewers[0] ?? "LOGIN"}.`,
    );
  };
}
