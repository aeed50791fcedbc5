import { data } from "@actions/expressions";
import type { FunctionDefinition } from "@actions/expressions/funcs/info";
import type { JobRecord, StepRecord } from "../contracts.ts";
import { type Annotation, annotationOf } from "./events.ts";
import { type Scope, toData } from "./expressions.ts";
import { hashFilesFunction, stepStatusFunctions } from "./functions.ts";
import type { JobFolders } from "./job-folders.ts";
import { JobLog } from "./job-log.ts";
import type { JobPlan } from "./job-plan.ts";
import type { Masker } from "./masks.ts";
import type { RunContext } from "./run-context.ts";
import type { PostStep } from "./step-post.ts";

export interface StepResult {
  outputs: Record<string, string>;
  outcome: "success" | "failure" | "cancelled" | "skipped";
  conclusion: "success" | "failure" | "cancelled" | "skipped";
}

/** Where a step stands: in the job itself, or in a composite action. */
export interface Frame {
  steps: Record<string, StepResult>;
  /** `inputs` of the composite action; null in the job itself. */
  inputs: Readonly<Record<string, string>> | null;
  /** What the step that uses the composite action adds to the environment. */
  env: Readonly<Record<string, string>>;
  /** Folder of the composite action; null in the job itself. */
  actionPath: string | null;
  /** 0 in the job itself, one more for each composite action around. */
  depth: number;
  status(): "success" | "failure" | "cancelled";
  /** Ids given out as GITHUB_ACTION. */
  actionIds: Map<string, number>;
}

/** The state of a job while its steps run. */
export class JobExecution {
  readonly run: RunContext;
  readonly plan: JobPlan;
  readonly record: JobRecord;
  readonly masker: Masker;
  readonly log: JobLog;
  readonly folders: JobFolders;
  readonly secrets: Readonly<Record<string, string>>;
  readonly token: string;
  /** Workflow and job `env`, and what steps wrote to GITHUB_ENV. */
  readonly env: Record<string, string> = {};
  /** Where the job's own steps stand. */
  readonly frame: Frame = {
    steps: {},
    inputs: null,
    env: {},
    actionPath: null,
    depth: 0,
    actionIds: new Map(),
    status: () => this.status,
  };
  /** What steps wrote to GITHUB_PATH, newest first. */
  readonly paths: string[] = [];
  readonly posts: PostStep[] = [];
  /** Process groups that steps started. */
  readonly processGroups = new Set<number>();
  /** Variables of the OIDC endpoint; empty without `id-token: write`. */
  oidcEnv: Readonly<Record<string, string>> = {};
  status: "success" | "failure" | "cancelled" = "success";
  /** Ends the step that runs now: when its condition no longer holds, or in any case when forced. */
  cancelStep: ((force: boolean) => void) | null = null;
  /** Set when the time to clean up after a cancellation is over: no further step starts. */
  forced = false;
  /** Whether `::debug::` lines are shown: GitHub takes the secret or variable ACTIONS_STEP_DEBUG. */
  readonly debug: boolean;

  constructor(
    run: RunContext,
    plan: JobPlan,
    record: JobRecord,
    masker: Masker,
    folders: JobFolders,
    secrets: Readonly<Record<string, string>>,
    token: string,
  ) {
    this.run = run;
    this.plan = plan;
    this.record = record;
    this.masker = masker;
    this.folders = folders;
    this.secrets = secrets;
    this.token = token;
    this.debug = [secrets.ACTIONS_STEP_DEBUG, run.vars.ACTIONS_STEP_DEBUG].includes("true");
    this.log = new JobLog(masker, run.clock, (line, step) =>
      run.emit({ type: "log", at: run.clock.now(), job: this.snapshot(), step: step && { ...step }, line }),
    );
  }

  snapshot(): JobRecord {
    return { ...this.record, steps: this.record.steps.map((step) => ({ ...step })) };
  }

  /** Changes the job's record here and in the simulated GitHub. */
  update(patch: Partial<JobRecord>): void {
    Object.assign(this.record, patch);
    this.run.host.updateJob(this.record.id, { ...patch, steps: this.snapshot().steps });
  }

  addStep(name: string): StepRecord {
    const step: StepRecord = {
      name: this.masker.mask(name),
      number: this.record.steps.length + 1,
      status: "queued",
      conclusion: null,
      startedAt: null,
      completedAt: null,
    };
    this.record.steps.push(step);
    return step;
  }

  /** Changes a step's record, tells the simulated GitHub and whoever watches. */
  updateStep(step: StepRecord, patch: Partial<StepRecord>): void {
    Object.assign(step, patch);
    this.update({});
    if (patch.status === "in_progress") this.#emitStep("step-started", step);
    if (patch.status === "completed") this.#emitStep("step-completed", step);
  }

  /** Logs an annotation in the runner's form and collects it. */
  annotate(
    level: Annotation["level"],
    message: string,
    place: Partial<Pick<Annotation, "title" | "file" | "line" | "endLine" | "column" | "endColumn">> = {},
  ): void {
    this.log.write(`##[${level === "failure" ? "error" : level}]${message}`);
    const annotation: Annotation = {
      ...annotationOf(this.record.name, this.masker.mask(message)),
      level,
      step: this.log.step?.name ?? null,
      ...place,
    };
    this.run.annotations.push(annotation);
    this.run.emit({ type: "annotation", at: this.run.clock.now(), job: this.snapshot(), annotation });
  }

  /** What expressions see in this job; `frame` and `env` narrow it to a step. */
  scope(file: string, frame?: Frame, env: Readonly<Record<string, string>> = this.env, github = {}): Scope {
    const { plan, run } = this;
    const functions: Record<string, FunctionDefinition> = {
      ...hashFilesFunction(this.folders.workspace),
      ...stepStatusFunctions(() => (frame ? frame.status() : this.status)),
    };
    const contexts: Record<string, data.ExpressionData> = {
      github: this.#github(github),
      inputs: frame?.inputs ? toData(frame.inputs) : plan.inputs,
      env: toData(env),
      vars: toData(run.vars),
      secrets: toData(this.secrets),
      needs: plan.needs,
      steps: toData(frame?.steps ?? {}),
      job: toData({ status: this.status, check_run_id: this.record.id }),
      runner: toData({ ...this.folders.runnerContext, ...(this.debug ? { debug: "1" } : {}) }),
      matrix: toData(plan.combination),
      strategy: toData({
        "fail-fast": plan.strategy.failFast,
        "job-index": plan.strategy.index,
        "job-total": plan.strategy.total,
        "max-parallel": plan.strategy.maxParallel,
      }),
    };
    return { file, contexts, functions };
  }

  #github(step: Readonly<Record<string, unknown>>): data.ExpressionData {
    const own = {
      ...step,
      token: this.token,
      job: this.plan.job.key,
      workspace: this.folders.workspace,
      event_path: this.folders.eventPath,
    };
    const context = new data.Dictionary();
    for (const [name, value] of Object.entries(own)) context.add(name, toData(value));
    for (const [name, value] of Object.entries(this.run.github)) context.add(name, value);
    return context;
  }

  #emitStep(type: "step-started" | "step-completed", step: StepRecord): void {
    this.run.emit({ type, at: this.run.clock.now(), job: this.snapshot(), step: { ...step } });
  }
}
