/** Runs a scenario's dispatches on a platform: the workflows, the reviews, the scripted happenings. */
import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { clockEnvironment } from "../clock.ts";
import type { GitHubHooks } from "../github/types.ts";
import { createRandom } from "../random.ts";
import { ConcurrencyTable } from "../runner/concurrency.ts";
import { DispatchError } from "../runner/errors.ts";
import type { RunnerEvent } from "../runner/events.ts";
import { loadWorkflow } from "../runner/load.ts";
import type { WorkflowEvent } from "../runner/run.ts";
import type { Workflow } from "../runner/workflow.ts";
import { type Answer, type ApprovalRequest, createApprover } from "./approvals.ts";
import { EventRuns } from "./event-runs.ts";
import { Moments, perform } from "./events.ts";
import { explain } from "./explain.ts";
import { readFolder, writeFolder } from "./folder-content.ts";
import { fitInputs, resolveInputs } from "./inputs.ts";
import { ScenarioError } from "./load.ts";
import { take } from "./people-steps.ts";
import type { WorldPlan } from "./plan.ts";
import type { Platform } from "./platform.ts";
import { Recorder } from "./recorder.ts";
import { declaredInputs, type RefusedDispatch, remedyFor } from "./refused-dispatch.ts";
import { replacements } from "./replacements.ts";
import { Reruns } from "./reruns.ts";
import { type ReviewEvent, Reviews } from "./reviews.ts";
import type { Scenario } from "./schema.ts";
import { isDispatch, type ScenarioDispatch, type ScenarioStep } from "./step-schema.ts";

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
  | ReviewEvent
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
  readonly #reviews: Reviews;
  readonly #stop = new AbortController();
  readonly #concurrency = new ConcurrencyTable();
  readonly #eventRuns: EventRuns;
  readonly #reruns = new Reruns();
  /** What made the drill stop: the first error of a review or of a scripted happening. */
  #failure: Error | null = null;

  constructor(options: SessionOptions) {
    const { scenario, platform, review, ask, signal } = options;
    this.#options = options;
    this.#moments = new Moments(platform.clock, platform.clock.now());
    this.#reviews = new Reviews({
      platform,
      recorder: this.recorder,
      approver: createApprover({
        approvals: scenario.approvals,
        moments: this.#moments,
        override: review ?? null,
        ask: ask ?? null,
      }),
      asksAgain: ask !== undefined && review === undefined,
      tell: (event) => this.#tell(event),
      signal: this.#stop.signal,
    });
    this.#eventRuns = new EventRuns({
      root: options.root,
      load: (path) => this.#load(path),
      run: (workflow, event) => this.#run(workflow, event),
      again: (runId, actor) => this.#reruns.again(runId, actor),
      runs: () => platform.github.state.runs(),
      onFailure: (error) => this.#fail(error),
    });
    signal?.addEventListener("abort", () => this.#stop.abort(signal.reason), { once: true });
    if (signal?.aborted) this.#stop.abort(signal.reason);
  }

  /**
   * Runs every dispatch to its end. Resolves to the one that GitHub refuses, else to null.
   * Rejects when the drill was stopped, or when a review is asked for that nobody can give.
   */
  async run(): Promise<RefusedDispatch | null> {
    const { scenario, platform } = this.#options;
    const unsubscribe = platform.calls.onCall((call) => this.#moments.onCall(call));
    platform.github.hooks.onWaiting = (runId, environment, reviewers) =>
      this.#guard(this.#reviews.give(runId, environment, reviewers));
    this.#serveRepository();
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
      const first = await this.#begin();
      if (first !== null) return first;
      for (const step of scenario.afterwards) {
        const refused = await this.#take(step);
        if (refused !== null) return refused;
      }
      return null;
    } finally {
      this.#stop.abort(new Error("the drill has ended"));
      unsubscribe();
    }
  }

  /** What the command line overrides goes to the dispatch, also where the scenario begins with something else. */
  async #begin(): Promise<RefusedDispatch | null> {
    const { scenario, inputs, workflow } = this.#options;
    if (scenario.begin && workflow === undefined) return this.#take(scenario.begin);
    const refused = await this.#dispatch(scenario.dispatch, inputs, workflow);
    return refused ?? this.#settle();
  }

  /** Takes a step when its time has come, and waits for every run that it started. */
  async #take(step: ScenarioStep): Promise<RefusedDispatch | null> {
    const { platform, root } = this.#options;
    await this.#pass(step);
    if (isDispatch(step)) {
      const refused = await this.#dispatch(step, {}, undefined);
      return refused ?? this.#settle();
    }
    const { clock, github } = platform;
    const text = await take(step, { github, root, now: clock.now() }).catch((error: unknown) => {
      throw new ScenarioError(`GitHub refuses the scenario's step '${step.do}': ${explain(error)}`);
    });
    this.#tell({ type: "happened", at: clock.now(), text });
    return this.#settle();
  }

  async #settle(): Promise<null> {
    await this.#eventRuns.settled();
    this.#throwIfStopped();
    return null;
  }

  /** Time passes in no time: every process of the runs before has ended. */
  async #pass({ after_minutes: minutes, at }: ScenarioStep): Promise<void> {
    const { clock } = this.#options.platform;
    const ms = at === undefined ? minutes * 60_000 : Math.max(Date.parse(at) - clock.now(), 0);
    if (ms === 0) return;
    await this.#options.skip(ms);
    const text = at === undefined ? `${minutes} minutes pass` : `time passes until ${at}`;
    this.#tell({ type: "happened", at: clock.now(), text });
  }

  /** The folder is the repository: GitHub reads it, starts its workflows, and puts into it what is merged. */
  #serveRepository(): void {
    const { platform, root } = this.#options;
    Object.assign(platform.github.hooks, {
      readContent: (path) => readFolder(root, path),
      onDefaultBranch: (files) => writeFolder(root, files),
      onEvent: (event) => this.#eventRuns.onEvent(event),
      onDispatch: (request) => this.#eventRuns.onDispatch(request),
      onRerun: (runId, actor) => this.#eventRuns.onRerun(runId, actor),
    } satisfies GitHubHooks);
  }

  async #dispatch(
    dispatch: ScenarioDispatch & { scheduled?: boolean },
    overrides: Readonly<Record<string, string>>,
    otherWorkflow: string | undefined,
  ): Promise<RefusedDispatch | null> {
    const { platform, plan, scenario } = this.#options;
    const { clock } = platform;
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
      const { actor } = dispatch;
      await this.#run(
        workflow,
        dispatch.scheduled ? { name: "schedule", actor } : { name: "workflow_dispatch", inputs, actor },
      );
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
    this.#throwIfStopped();
    return null;
  }

  #run(workflow: Workflow, event: WorkflowEvent): Promise<unknown> {
    const { platform, root } = this.#options;
    return this.#reruns.run({
      workflow,
      event,
      host: platform.github.host,
      clock: platform.clock,
      workspaceSource: root,
      toolEnv: {
        AWS_ENDPOINT_URL: platform.aws.url,
        AZURE_AUTHORITY_HOST: platform.entra.url,
        MICROSOFT_GRAPH_ENDPOINT: platform.entra.url,
        ...clockEnvironment(platform.clock),
      },
      replacements,
      concurrency: this.#concurrency,
      onEvent: (told) => this.#onRunnerEvent(told),
      signal: this.#stop.signal,
    });
  }

  #throwIfStopped(): void {
    if (this.#failure) throw this.#failure;
    this.#stop.signal.throwIfAborted();
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

  /** Lets work go on by itself; its failure stops the drill, unless the drill has been stopped already. */
  #guard(work: Promise<void>): void {
    work.catch((error: Error) => this.#fail(error));
  }

  #fail(error: Error): void {
    if (this.#stop.signal.aborted) return;
    this.#failure = error;
    this.#stop.abort(error);
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
