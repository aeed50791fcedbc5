import { join } from "node:path";
import type { Action, NodeRuns } from "./action.ts";
import { evaluateString } from "./expressions.ts";
import type { JobExecution } from "./job-execution.ts";
import {
  givenInputs,
  logHead,
  type ProcessOutcome,
  runStepProcess,
  type StepCall,
  StepFailed,
} from "./step-call.ts";
import { inputVariables, type StepIdentity } from "./step-env.ts";
import type { PostStep } from "./step-post.ts";

/** Actions of this repository that run on Node. */

/**
 * Runs an action's `main` and returns its outputs. Its `post` is booked first, because it runs even when `main`
 * fails. `pre` is not run for local actions, as on the real runner.
 * @throws StepFailed for an exit code other than 0.
 */
export async function runNodeAction(
  execution: JobExecution,
  call: StepCall,
  action: Action,
  runs: NodeRuns,
): Promise<Record<string, string>> {
  const inputs = actionInputs(execution, call, action);
  logHead(execution, `Run ${call.step.uses?.text ?? action.name}`, withLines(givenInputs(call)), call.env);
  if (runs.pre !== null) {
    execution.annotate(
      "warning",
      `\`pre\` execution is not supported for local action from '${call.step.uses?.text}'`,
    );
  }
  const identity: StepIdentity = {
    action: call.actionId,
    actionPath: action.folder,
    repository: "",
    ref: "",
  };
  const env = { ...call.env, ...inputVariables(inputs) };
  const start = (script: string, extra: Readonly<Record<string, string>>, signal: AbortSignal) =>
    runStepProcess(execution, {
      command: process.execPath,
      args: [join(action.folder, script)],
      cwd: execution.folders.workspace,
      env: { ...env, ...extra },
      identity,
      signal,
    });
  const post = bookPost(execution, call, action, runs, start);
  const outcome = await start(runs.main, {}, call.signal);
  if (post) Object.assign(post.state, outcome.state);
  if (outcome.code !== 0) throw new StepFailed();
  return outcome.outputs;
}

type Start = (
  script: string,
  extra: Readonly<Record<string, string>>,
  signal: AbortSignal,
) => Promise<ProcessOutcome>;

function bookPost(
  execution: JobExecution,
  call: StepCall,
  action: Action,
  runs: NodeRuns,
  start: Start,
): PostStep | null {
  const { post } = runs;
  if (post === null) return null;
  const state: Record<string, string> = {};
  const step: PostStep = {
    name: `Post ${call.name}`,
    condition: runs.postIf,
    file: action.file,
    frame: call.frame,
    env: call.env,
    state,
    async run(signal) {
      const saved = Object.entries(state).map(([name, value]) => [`STATE_${name}`, value] as const);
      const { code } = await start(post, Object.fromEntries(saved), signal);
      if (code !== 0) throw new StepFailed();
    },
  };
  execution.posts.push(step);
  return step;
}

/**
 * Every input of the action: given, or its default evaluated. An input that the action does not declare is passed
 * on with a warning, as the runner does; a missing required one is left to the action's own check.
 */
export function actionInputs(
  execution: JobExecution,
  call: StepCall,
  action: Action,
): Record<string, string> {
  const given = new Map(
    Object.entries(givenInputs(call)).map(([name, value]) => [name.toLowerCase(), value]),
  );
  const inputs: Record<string, string> = {};
  for (const [name, definition] of action.inputs) {
    const value = given.get(name.toLowerCase());
    if (value !== undefined && definition.deprecation !== null) {
      execution.annotate(
        "warning",
        `Input '${name}' has been deprecated with message: ${definition.deprecation}`,
      );
    }
    const scope = { ...call.scope, file: action.file };
    inputs[name] = value ?? (definition.default === null ? "" : evaluateString(definition.default, scope));
  }
  warnUnexpected(execution, action, [...given.keys()]);
  const declared = new Set([...action.inputs.keys()].map((name) => name.toLowerCase()));
  for (const [name, value] of given) if (!declared.has(name)) inputs[name] = value;
  return inputs;
}

function warnUnexpected(execution: JobExecution, action: Action, given: readonly string[]): void {
  const valid = [...action.inputs.keys()];
  const declared = new Set(valid.map((name) => name.toLowerCase()));
  const unexpected = given.filter((name) => !declared.has(name));
  if (unexpected.length === 0) return;
  const list = (names: readonly string[]) => names.map((name) => `'${name}'`).join(", ");
  execution.annotate("warning", `Unexpected input(s) ${list(unexpected)}, valid inputs are [${list(valid)}]`);
}

export function withLines(inputs: Readonly<Record<string, string>>): string[] {
  const lines = Object.entries(inputs).map(([name, value]) => `  ${name}: ${value}`);
  return lines.length > 0 ? ["with:", ...lines] : [];
}
