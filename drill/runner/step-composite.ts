import type { Action, CompositeRuns } from "./action.ts";
import { evaluateString } from "./expressions.ts";
import type { Frame, JobExecution } from "./job-execution.ts";
import { attemptStep } from "./step-attempt.ts";
import { givenInputs, logHead, type StepCall, StepFailed } from "./step-call.ts";
import { actionInputs, withLines } from "./step-node-action.ts";

/** GitHub nests composite actions at most ten levels deep. */
const MAX_DEPTH = 10;

/**
 * Runs a composite action's steps in a frame of their own and returns the outputs it declares.
 * @throws StepFailed when one of its steps failed.
 */
export async function runComposite(
  execution: JobExecution,
  call: StepCall,
  action: Action,
  runs: CompositeRuns,
): Promise<Record<string, string>> {
  const depth = call.frame.depth + 1;
  if (depth > MAX_DEPTH) throw new Error(`Composite actions are nested more than ${MAX_DEPTH} levels deep`);
  logHead(execution, `Run ${call.step.uses?.text ?? action.name}`, withLines(givenInputs(call)), call.env);
  let status: "success" | "failure" = "success";
  const frame: Frame = {
    steps: {},
    inputs: actionInputs(execution, call, action),
    env: ownEnvironment(execution, call),
    actionPath: action.folder,
    depth,
    actionIds: call.frame.actionIds,
    status: () => (execution.status === "cancelled" ? "cancelled" : status),
  };
  for (const step of runs.steps) {
    const result = await attemptStep(execution, step, frame, { signal: call.signal });
    if (result.conclusion === "failure") status = "failure";
    if (call.signal.aborted) throw new StepFailed();
  }
  const outputs: Record<string, string> = {};
  const scope = execution.scope(action.file, frame, call.env, { action_path: action.folder });
  for (const [name, token] of runs.outputs) outputs[name] = evaluateString(token, scope);
  for (const [name, value] of Object.entries(outputs)) call.outputs[name] = value;
  if (status === "failure") throw new StepFailed();
  return outputs;
}

/** What the using step adds to the job's environment, so that later GITHUB_ENV writes still show through. */
function ownEnvironment(execution: JobExecution, call: StepCall): Record<string, string> {
  return Object.fromEntries(
    Object.entries(call.env).filter(([name, value]) => execution.env[name] !== value),
  );
}
