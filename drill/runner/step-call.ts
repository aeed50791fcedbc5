import { messageOf } from "./errors.ts";
import { evaluateStringMap, type Scope } from "./expressions.ts";
import type { CommandFiles } from "./file-commands.ts";
import {
  createCommandFiles,
  readEntries,
  readPaths,
  readSummary,
  removeCommandFiles,
} from "./file-commands.ts";
import type { Frame, JobExecution } from "./job-execution.ts";
import { OutputHandler } from "./output-handler.ts";
import { runProcess } from "./process.ts";
import { type StepIdentity, stepEnvironment } from "./step-env.ts";
import type { Step } from "./workflow.ts";

/** One step about to do its work: its condition held, its environment is known. */
export interface StepCall {
  step: Step;
  frame: Frame;
  scope: Scope;
  /** Workflow, job, GITHUB_ENV and step environment together. */
  env: Readonly<Record<string, string>>;
  name: string;
  /** GITHUB_ACTION. */
  actionId: string;
  /** The step's outputs so far; a composite action that fails leaves its outputs here. */
  outputs: Record<string, string>;
  signal: AbortSignal;
}

/** A step that failed and has said why already. */
export class StepFailed extends Error {
  override readonly name = "StepFailed";
}

export interface ProcessCall {
  command: string;
  args: readonly string[];
  cwd: string;
  env: Readonly<Record<string, string>>;
  identity: StepIdentity;
  signal: AbortSignal;
}

export interface ProcessOutcome {
  code: number;
  outputs: Record<string, string>;
  state: Record<string, string>;
}

/**
 * Runs a step's process with the runner's contract around it: command files, workflow commands, masking.
 * @throws StepFailed when a command or a command file was refused.
 */
export async function runStepProcess(execution: JobExecution, call: ProcessCall): Promise<ProcessOutcome> {
  const files = await createCommandFiles(execution.folders.temp);
  const handler = new OutputHandler(execution);
  try {
    const { code, group } = await runProcess({
      command: call.command,
      args: call.args,
      cwd: call.cwd,
      env: stepEnvironment(execution, call.env, call.identity, files),
      onLine: (line) => handler.line(line),
      signal: call.signal,
      grace: execution.run.grace,
    });
    execution.processGroups.add(group);
    const handed = await takeCommandFiles(execution, files);
    if (handler.failed) throw new StepFailed();
    return { code, ...handed };
  } finally {
    await removeCommandFiles(files);
  }
}

/** Reads the command files in the runner's order and applies what concerns the job. */
async function takeCommandFiles(
  execution: JobExecution,
  files: CommandFiles,
): Promise<Pick<ProcessOutcome, "outputs" | "state">> {
  const read = async <T>(kind: string, reading: Promise<T>): Promise<T> => {
    try {
      return await reading;
    } catch (error) {
      execution.annotate("failure", `Unable to process file command '${kind}' successfully.`);
      execution.annotate("failure", messageOf(error));
      throw new StepFailed();
    }
  };
  execution.paths.unshift(...(await read("path", readPaths(files.GITHUB_PATH))).reverse());
  for (const [name, value] of await read("env", readEntries(files.GITHUB_ENV))) {
    await read("env", setEnvironment(execution, name, value));
  }
  const outputs = Object.fromEntries(await read("output", readEntries(files.GITHUB_OUTPUT)));
  const state = Object.fromEntries(await read("state", readEntries(files.GITHUB_STATE)));
  await takeSummary(execution, files.GITHUB_STEP_SUMMARY);
  return { outputs, state };
}

async function setEnvironment(execution: JobExecution, name: string, value: string): Promise<void> {
  if (name.toUpperCase() === "NODE_OPTIONS") {
    throw new Error(`Can't store ${name} output parameter using '$GITHUB_ENV' command.`);
  }
  execution.env[name] = value;
}

/** A summary that is too large is reported and dropped; the step goes on. */
async function takeSummary(execution: JobExecution, file: string): Promise<void> {
  try {
    const markdown = execution.masker.mask(await readSummary(file));
    if (markdown === "") return;
    const { run, log } = execution;
    run.emit({
      type: "summary",
      at: run.clock.now(),
      job: execution.snapshot(),
      step: log.step && { ...log.step },
      markdown,
    });
  } catch (error) {
    execution.annotate("failure", messageOf(error));
  }
}

/** The head that the runner prints for a step: what it runs, with which inputs, in which environment. */
export function logHead(
  execution: JobExecution,
  title: string,
  lines: readonly string[],
  env: Readonly<Record<string, string>>,
): void {
  const environment = Object.entries(env).map(([name, value]) => `  ${name}: ${value}`);
  execution.log.group(title, [...lines, ...(environment.length > 0 ? ["env:", ...environment] : [])]);
}

/** The step's `with`, evaluated. */
export function givenInputs(call: StepCall): Record<string, string> {
  return evaluateStringMap(call.step.with, call.scope);
}
