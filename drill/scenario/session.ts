/** Runs a scenario's dispatches on a platform: the workflows, the reviews, the scripted happenings. */
import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { clockEnvironment } from "../clock.ts";
import { GitHubError } from "../github/errors.ts";
import { createRandom } from "../random.ts";
import { ConcurrencyTable } from "../runner/concurrency.ts";
import { DispatchError } from "../runner/errors.ts";
import type { RunnerEvent } from "../runner/events.ts";
import { loadWorkflow } from "../runner/load.ts";
import { runWorkflow } from "../runner/run.ts";
import type { Workflow } from "../runner/workflow.ts";
import {
  type Answer,
  type ApprovalRequest,
  type Approver,
  createApprover,
  ReviewRefused,
} from "./approvals.ts";
import { Moments, perform } from "./events.ts";
import { fitInputs, resolveInputs } from "./inputs.ts";
import { ScenarioError } from "./load.ts";
import type { WorldPlan } from "./plan.ts";
import type { Platform } from "./platform.ts";
import { Recorder } from "./recorder.ts";
import { declaredInputs, type RefusedDispatch, remedyFor } from "./refused-dispatch.ts";
import { replacements } from "./replacements.ts";
import type { Scenario, ScenarioDispatch } from "./schema.ts";

/** What Node has compiled of the bundles: every job starts some, and loading one takes longer than most of them run. */
const COMPILED = join(import.meta.dirname, "../../node_modules/.cache/firebreak-bundles");

export type DrillEvent =
  | RunnerEvent
  | { type: "ready"; at: number; awsUrl: string; apiUrl: string; serverUrl: string }
  | {
      type: "dispatched";
      at: number;
      workflow: string;
      actor: string;
      inputs: Readonly<Record<string, string>>;
      /** Inputs of the scenario that the other workflow does not declare. */
      leftOut: readonly string[];
    }
  | ({ type: "dispatch-refused" } & RefusedDispatch)
  | { type: "reviewed"; at: number; environment: string; answer: Answer }
  | { type: "review-refused"; at: number; environment: string; answer: Answer; message: string }
  | { type: "happened"; at: number; text: string };

export interface SessionOptions {
  scenario: Scenario;
  platform: Platform;
  plan: WorldPlan;
  seed: number;
  /** The repository that the jobs check out. */
  root: string;
  /** Another workflow file for the first dispatch. */
  workflow?: string | undefined;
  /** Put over the inputs of the first dispatch. */
  inputs: Readonly<Record<string, string>>;
  review?: Pick<Answer, "login" | "state"> | undefined;
  ask?: ((request: ApprovalRequest, signal: AbortSignal) => Promise<Answer>) | undefined;
  onEvent: (event: DrillEvent) => void;
  signal?: AbortSignal | undefined;
  /** Lets simulated milliseconds pass in no time, between runs. */
  skip: (ms: number) => Promise<void>;
}

export class Session {
  readonly recorder = new Recorder();
  readonly #options: SessionOptions;
  readonly #moments: Moments;
  readonly #approver: Approver;
  readonly #stop = new AbortController();
  readonly #concurrency = new ConcurrencyTable();
  /** Run and environment of the reviews that somebody is asked for at this moment. */
  readonly #asked = new Set<string>();
  /** What made the drill stop: the first error of a review or of a scripted happening. */
  #failure: Error | null = null;

  constructor(options: SessionOptions) {
    const { scenario, platform, review, ask, signal } = options;
    this.#options = options;
    this.#moments = new Moments(platform.clock, platform.clock.now());
    this.#approver = createApprover({
      approvals: scenario.approvals,
      moments: this.#moments,
      override: review ?? null,
      ask: ask ?? null,
    });
    signal?.addEventListener("abort", () => this.#stop.abort(signal.reason), { once: true });
    if (signal?.aborted) this.#stop.abort(signal.reason);
  }

  /**
   * Runs every dispatch to its end. Resolves to the one that GitHub refuses, else to null.
   * Rejects when the drill was stopped, or when a review is asked for that nobody can give.
   */
  async run(): Promise<RefusedDispatch | null> {
    const { scenario, platform, inputs, workflow } = this.#options;
    const unsubscribe = platform.calls.onCall((call) => this.#moments.onCall(call));
    platform.github.hooks.onWaiting = (runId, environment, reviewers) =>
      this.#guard(this.#reviewOnce(runId, environment, reviewers));
    const random = createRandom(this.#options.seed).fork("events");
    for (const [index, event] of scenario.events.entries()) {
      const happening = this.#moments
        .after(event.when, event.after_seconds, this.#stop.signal)
        .then(() =>
          perform(event, platform, this.#options.plan, random.fork(String(index)), this.#stop.signal),
        )
        .then((text) => this.#tell({ type: "happened", at: platform.clock.now(), text }));
      this.#guard(happening);
    }
    try {
      const first = await this.#dispatch(scenario.dispatch, inputs, workflow);
      if (first !== null) return first;
      for (const dispatch of scenario.afterwards) {
        await this.#pass(dispatch.after_minutes);
        const refused = await this.#dispatch(dispatch, {}, undefined);
        if (refused !== null) return refused;
      }
      return null;
    } finally {
      this.#stop.abort(new Error("the drill has ended"));
      unsubscribe();
    }
  }

  /** Time passes in no time: every process of the run before has ended. */
  async #pass(minutes: number): Promise<void> {
    if (minutes === 0) return;
    await this.#options.skip(minutes * 60_000);
    this.#tell({ type: "happened", at: this.#options.platform.clock.now(), text: `${minutes} minutes pass` });
  }

  async #dispatch(
    dispatch: ScenarioDispatch & { scheduled?: boolean },
    overrides: Readonly<Record<string, string>>,
    otherWorkflow: string | undefined,
  ): Promise<RefusedDispatch | null> {
    const { platform, plan, scenario } = this.#options;
    const { clock, github } = platform;
    const workflow = await this.#load(otherWorkflow ?? dispatch.workflow);
    // The first dispatch counts from the drill's start, as the count of what was seeded does.
    const now = dispatch === scenario.dispatch ? plan.start : clock.now();
    const incident = findIncident(platform);
    const { fitting, leftOut } =
      otherWorkflow === undefined
        ? { fitting: dispatch.inputs, leftOut: [] }
        : fitInputs(dispatch.inputs, overrides, declaredInputs(workflow));
    const inputs = resolveInputs(fitting, overrides, { now, incident });
    this.#tell({
      type: "dispatched",
      at: clock.now(),
      workflow: workflow.path,
      actor: dispatch.actor,
      inputs,
      leftOut,
    });
    try {
      await runWorkflow({
        workflow,
        event: dispatch.scheduled
          ? { name: "schedule", actor: dispatch.actor }
          : { name: "workflow_dispatch", inputs, actor: dispatch.actor },
        host: github.host,
        clock,
        workspaceSource: this.#options.root,
        toolEnv: {
          AWS_ENDPOINT_URL: platform.aws.url,
          AZURE_AUTHORITY_HOST: platform.entra.url,
          MICROSOFT_GRAPH_ENDPOINT: platform.entra.url,
          ...clockEnvironment(clock),
          NODE_COMPILE_CACHE: COMPILED,
        },
        replacements,
        concurrency: this.#concurrency,
        onEvent: (event) => this.#onRunnerEvent(event),
        signal: this.#stop.signal,
      });
    } catch (error) {
      if (!(error instanceof DispatchError)) throw error;
      const refused = {
        at: clock.now(),
        workflow: workflow.path,
        message: error.message,
        remedy: remedyFor(workflow, inputs, incident),
      };
      this.#tell({ type: "dispatch-refused", ...refused });
      return refused;
    }
    if (this.#failure) throw this.#failure;
    this.#stop.signal.throwIfAborted();
    return null;
  }

  /** A path in the repository, or else one relative to the working directory. */
  #load(path: string): Promise<Workflow> {
    const { root } = this.#options;
    const file = [join(root, path), resolve(path)].find((candidate) => existsSync(candidate));
    if (file === undefined) throw new ScenarioError(`There is no workflow file ${path}.`);
    return loadWorkflow(file, { root, replacements });
  }

  #onRunnerEvent(event: RunnerEvent): void {
    this.recorder.onEvent(event);
    this.#moments.onRunnerEvent(event);
    this.#tell(event);
  }

  /** One review lets through all that waits by then; a job that comes later is asked for anew. */
  async #reviewOnce(runId: number, environment: string, reviewers: readonly string[]): Promise<void> {
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
    const { github, clock } = this.#options.platform;
    const { ask, review } = this.#options;
    for (;;) {
      const run = github.state.runs().find(({ id }) => id === runId);
      const [title, workflow] = [run?.displayTitle ?? "", run?.path ?? ""];
      const summaries = this.recorder.summaries(runId);
      const answer = await this.#approver(
        { runId, title, environment, workflow, reviewers, summaries },
        this.#stop.signal,
      );
      try {
        github.state.review(runId, environment, answer.login, answer.state, answer.comment);
        this.#tell({ type: "reviewed", at: clock.now(), environment, answer });
        return;
      } catch (error) {
        const message = explain(error);
        this.#tell({ type: "review-refused", at: clock.now(), environment, answer, message });
        if (!ask || review) {
          throw new ReviewRefused(
            `${answer.login} cannot review ${environment}: ${message} Its reviewers are ${reviewers.join(", ")}.`,
          );
        }
      }
    }
  }

  /** Lets work go on by itself; its failure stops the drill, unless the drill has been stopped already. */
  #guard(work: Promise<void>): void {
    work.catch((error: Error) => {
      if (this.#stop.signal.aborted) return;
      this.#failure = error;
      this.#stop.abort(error);
    });
  }

  #tell(event: DrillEvent): void {
    this.#options.onEvent(event);
  }
}

/** The number of the newest incident's issue; null while there is none. */
export function findIncident({ github }: Pick<Platform, "github">): number | null {
  return newestWithLabel(github, "incident");
}

export function findReview({ github }: Pick<Platform, "github">): number | null {
  return newestWithLabel(github, "incident-review");
}

function newestWithLabel({ state }: Platform["github"], label: string): number | null {
  const numbers = state
    .issues()
    .filter(({ labels }) => labels.includes(label))
    .map(({ number }) => number);
  return numbers.length === 0 ? null : Math.max(...numbers);
}

function explain(error: unknown): string {
  if (!(error instanceof GitHubError)) throw error;
  const details = (error.errors ?? []).map((detail) =>
    typeof detail === "string" ? detail : (detail.message ?? ""),
  );
  return details.filter((detail) => detail !== "").join("; ") || error.message;
}
