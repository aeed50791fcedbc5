/** Who answers when GitHub asks a reviewer: the scenario, the command line, or the person at the terminal. */
import type { Moments } from "./events.ts";
import type { Scenario, ScenarioApproval } from "./schema.ts";
import { actorOf } from "./step-schema.ts";

export interface ApprovalRequest {
  runId: number;
  title: string;
  environment: string;
  /** Path of the run's workflow. */
  workflow: string;
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

/** The review that somebody wants to give is one that GitHub refuses. */
export class ReviewRefused extends Error {
  override readonly name = "ReviewRefused";
}

/**
 * Refuses a reviewer from the command line whom none of the scenario's environments takes a review from, before
 * anything starts. Environments without reviewers ask nobody, and a rehearsed answer is not the command line's.
 * @throws ReviewRefused that names who may review.
 */
export function checkReviewer(scenario: Scenario, login: string): void {
  const { approvals, repository, dispatch, afterwards } = scenario;
  const actors = [dispatch.actor, ...afterwards.flatMap((one) => actorOf(one) ?? [])];
  const asked = repository.environments.filter(
    ({ name, required_reviewers }) =>
      required_reviewers.length > 0 && scriptedAnswer(approvals, name)?.ask !== false,
  );
  const may = asked.map(({ required_reviewers, prevent_self_review }) =>
    required_reviewers.filter(
      (one) => !prevent_self_review || actors.some((actor) => !sameLogin(actor, one)),
    ),
  );
  if (asked.length === 0 || may.flat().some((one) => sameLogin(one, login))) return;
  const named = asked.map(
    ({ name }, index) => `${name ?? "the containment environment"}: ${may[index]?.join(", ") || "nobody"}`,
  );
  throw new ReviewRefused(
    `${login} may not review in the scenario '${scenario.name}'. Reviewers are, for ${named.join("; for ")}.`,
  );
}

function sameLogin(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase();
}

/** The scenario's answer for an environment; for the runbook's own, which a scenario may leave unnamed, any one. */
function scriptedAnswer(
  approvals: readonly ScenarioApproval[],
  environment: string | undefined,
  workflow?: string,
): ScenarioApproval | undefined {
  return approvals.find(
    (approval) =>
      (approval.environment === undefined ||
        environment === undefined ||
        approval.environment === environment) &&
      (approval.workflow === undefined || workflow === undefined || approval.workflow === workflow),
  );
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
    const scripted = scriptedAnswer(approvals, request.environment, request.workflow);
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
