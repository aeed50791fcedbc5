import type { StepRecord } from "../contracts.ts";
import { messageOf } from "./errors.ts";
import { evaluateStringMap } from "./expressions.ts";
import type { JobExecution } from "./job-execution.ts";
import { attemptStep, stepName } from "./step-attempt.ts";
import { runPostSteps } from "./step-post.ts";
import type { Step } from "./workflow.ts";

/** A job's steps in order, between the runner's own first and last step. */
export async function runJobSteps(execution: JobExecution): Promise<void> {
  const { plan, run, log } = execution;
  const ready = ownStep(execution, "Set up job", () => setUp(execution));
  const records = plan.job.steps.map((step) => ({
    step,
    record: execution.addStep(provisionalName(execution, step)),
  }));
  for (const { step, record } of records) {
    if (ready) await runRecorded(execution, step, record);
    else execution.updateStep(record, { status: "completed", conclusion: "skipped" });
  }
  await runPostSteps(execution);
  ownStep(execution, "Complete job", () => log.write("Cleaning up orphan processes"));
  log.step = null;
  execution.update({ completedAt: run.clock.now() });
}

/** A step of the runner itself. False when it failed, which fails the job. */
function ownStep(execution: JobExecution, name: string, work: () => void): boolean {
  const { clock } = execution.run;
  const record = execution.addStep(name);
  execution.log.step = record;
  execution.updateStep(record, { status: "in_progress", startedAt: clock.now() });
  try {
    work();
    execution.updateStep(record, { status: "completed", conclusion: "success", completedAt: clock.now() });
    return true;
  } catch (error) {
    execution.annotate("failure", messageOf(error));
    execution.status = "failure";
    execution.updateStep(record, { status: "completed", conclusion: "failure", completedAt: clock.now() });
    return false;
  }
}

function setUp(execution: JobExecution): void {
  const { log, plan, folders, record } = execution;
  log.write(`Runner name: '${folders.runnerName}'`);
  const granted = Object.entries({ metadata: "read", ...plan.permissions }).filter(
    ([, level]) => level !== "none",
  );
  log.group(
    "GITHUB_TOKEN Permissions",
    granted.map(([scope, level]) => `${scope}: ${level}`),
  );
  log.write("Secret source: Actions");
  if (record.environment !== null) log.write(`Environment: ${record.environment}`);
  for (const token of [plan.workflow.env, plan.job.env]) {
    const file = token === plan.workflow.env ? plan.workflow.file : plan.job.file;
    Object.assign(execution.env, evaluateStringMap(token, execution.scope(file)));
  }
  log.write(`Complete job name: ${record.name}`);
}

async function runRecorded(execution: JobExecution, step: Step, record: StepRecord): Promise<void> {
  const { clock } = execution.run;
  const controller = new AbortController();
  let holds = () => false;
  execution.log.step = record;
  execution.cancelStep = (force) => {
    if (force || !safely(holds)) controller.abort();
  };
  const result = await attemptStep(execution, step, execution.frame, {
    signal: controller.signal,
    onCondition: (check) => {
      holds = check;
    },
    onStart: (name) => {
      record.name = execution.masker.mask(name);
      execution.updateStep(record, { status: "in_progress", startedAt: clock.now() });
    },
  });
  execution.cancelStep = null;
  if (result.conclusion === "failure" && execution.status === "success") execution.status = "failure";
  const at = clock.now();
  execution.updateStep(record, {
    status: "completed",
    conclusion: result.conclusion,
    startedAt: record.startedAt ?? at,
    completedAt: at,
  });
}

function safely(holds: () => boolean): boolean {
  try {
    return holds();
  } catch {
    return false;
  }
}

/** The name shown before the step is reached, when its expressions may still lack their values. */
function provisionalName(execution: JobExecution, step: Step): string {
  try {
    return stepName(step, execution.scope(step.file, execution.frame));
  } catch {
    return step.uses ? `Run ${step.uses.text}` : "Run";
  }
}
