import { join } from "node:path";
import { loadAction } from "./action.ts";
import { messageOf } from "./errors.ts";
import {
  evaluateBoolean,
  evaluateCondition,
  evaluateNumber,
  evaluateOptional,
  evaluateString,
  evaluateStringMap,
  type Scope,
} from "./expressions.ts";
import type { Frame, JobExecution, StepResult } from "./job-execution.ts";
import { type StepCall, StepFailed } from "./step-call.ts";
import { runComposite } from "./step-composite.ts";
import { runNodeAction } from "./step-node-action.ts";
import { runReplaced } from "./step-replaced.ts";
import { firstLine, runScript } from "./step-script.ts";
import type { Step } from "./workflow.ts";

/** One step of a job or of a composite action, from its condition to its result. */

export interface AttemptOptions {
  /** Ends the step when the job is cancelled. */
  signal: AbortSignal;
  /** Called once the condition holds, with the step's name. */
  onStart?: (name: string) => void;
  /** Handed a check of the step's condition, for a cancellation to ask whether the step may go on. */
  onCondition?: (holds: () => boolean) => void;
}

/** Runs the step and records its result in the frame's `steps` context. Never throws for a failing step. */
export async function attemptStep(
  execution: JobExecution,
  step: Step,
  frame: Frame,
  options: AttemptOptions,
): Promise<StepResult> {
  const result: StepResult = { outputs: {}, outcome: "success", conclusion: "success" };
  const actionId = nextActionId(step, frame);
  const github = { action: actionId, action_path: frame.actionPath ?? "", action_status: frame.status() };
  try {
    const outer = { ...execution.env, ...frame.env };
    const before = execution.scope(step.file, frame, outer, github);
    const env = { ...outer, ...evaluateStringMap(step.env, before) };
    const holds = () => evaluateCondition(step.if, execution.scope(step.file, frame, env, github));
    if (execution.forced || !holds()) result.outcome = "skipped";
    else {
      options.onCondition?.(holds);
      const scope = execution.scope(step.file, frame, env, github);
      const name = stepName(step, scope);
      options.onStart?.(name);
      const call = { step, frame, scope, env, name, actionId, outputs: result.outputs };
      result.outcome = await performInTime(execution, call, options.signal);
    }
    const mayFail =
      result.outcome === "failure" && continuesOnError(step, execution.scope(step.file, frame, env, github));
    result.conclusion = mayFail ? "success" : result.outcome;
  } catch (error) {
    execution.annotate("failure", messageOf(error));
    result.outcome = "failure";
    result.conclusion = "failure";
  }
  if (step.id !== null) frame.steps[step.id] = result;
  return result;
}

type Untimed = Omit<StepCall, "signal">;

/** Does the step's work within its `timeout-minutes`, which pass in simulated time. */
async function performInTime(
  execution: JobExecution,
  call: Untimed,
  cancel: AbortSignal,
): Promise<StepResult["outcome"]> {
  const minutes = evaluateNumber(call.step.timeoutMinutes, call.scope, 0);
  const timeout = new AbortController();
  const stop = minutes > 0 ? execution.run.clock.after(minutes * 60_000, () => timeout.abort()) : () => {};
  const signal = AbortSignal.any([cancel, timeout.signal]);
  try {
    Object.assign(call.outputs, await perform(execution, { ...call, signal }));
    if (!signal.aborted) return "success";
  } catch (error) {
    if (!signal.aborted) {
      if (!(error instanceof StepFailed)) execution.annotate("failure", messageOf(error));
      return "failure";
    }
  } finally {
    stop();
  }
  if (cancel.aborted) {
    execution.annotate("failure", "The operation was canceled.");
    return "cancelled";
  }
  execution.annotate("failure", `The action '${call.name}' has timed out after ${minutes} minutes.`);
  return "failure";
}

async function perform(execution: JobExecution, call: StepCall): Promise<Record<string, string>> {
  const { uses } = call.step;
  if (uses === null) return runScript(execution, call);
  if (uses.kind === "replaced") return runReplaced(execution, call, uses);
  const { workspace } = execution.folders;
  const action = await loadAction(join(workspace, uses.path), workspace, execution.run.replacements);
  return action.runs.kind === "node"
    ? runNodeAction(execution, call, action, action.runs)
    : runComposite(execution, call, action, action.runs);
}

/** What the step is called: its `name`, else after what it runs. */
export function stepName(step: Step, scope: Scope): string {
  const name = evaluateOptional(step.name, scope);
  if (name) return name;
  if (step.uses) return `Run ${step.uses.text}`;
  return `Run ${step.run ? firstLine(evaluateString(step.run, scope)) : ""}`;
}

function continuesOnError(step: Step, scope: Scope): boolean {
  return evaluateBoolean(step.continueOnError, scope, false);
}

/** GITHUB_ACTION: the step's id, or `__run`, `__self`, `__owner_repo`, numbered from the second on. */
function nextActionId(step: Step, frame: Frame): string {
  if (step.id !== null) return step.id;
  const kind =
    step.uses === null
      ? "run"
      : step.uses.kind === "local"
        ? "self"
        : step.uses.name.replaceAll(/[/.-]/g, "_");
  const count = (frame.actionIds.get(kind) ?? 0) + 1;
  frame.actionIds.set(kind, count);
  return count === 1 ? `__${kind}` : `__${kind}_${count}`;
}
