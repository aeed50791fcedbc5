import { randomUUID } from "node:crypto";
import { rm, stat, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { evaluateOptional, evaluateString } from "./expressions.ts";
import type { JobExecution } from "./job-execution.ts";
import { logHead, runStepProcess, type StepCall, StepFailed } from "./step-call.ts";

/** `run` steps. https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#jobsjob_idstepsshell */

const SHELLS: Readonly<Record<string, string>> = {
  "": "bash -e {0}",
  bash: "bash --noprofile --norc -eo pipefail {0}",
  sh: "sh -e {0}",
};

/**
 * Runs a script and returns its outputs.
 * @throws StepFailed for an exit code other than 0; Error when the shell or the folder does not exist.
 */
export async function runScript(execution: JobExecution, call: StepCall): Promise<Record<string, string>> {
  const { step, scope, frame } = call;
  const { job, workflow } = execution.plan;
  const script = step.run === null ? "" : evaluateString(step.run, scope);
  const inJob = frame.actionPath === null;
  const shell = evaluateOptional(
    step.shell ?? (inJob ? (job.defaults.shell ?? workflow.defaults.shell) : null),
    scope,
  );
  const directory = evaluateOptional(
    step.workingDirectory ??
      (inJob ? (job.defaults.workingDirectory ?? workflow.defaults.workingDirectory) : null),
    scope,
  );
  const template = shellTemplate(shell ?? "");
  const lines = script
    .trimEnd()
    .split("\n")
    .map((line) => `\u001b[36;1m${line}\u001b[0m`);
  logHead(execution, `Run ${firstLine(script)}`, [...lines, `shell: ${template}`], call.env);
  const cwd = resolve(execution.folders.workspace, directory ?? "");
  await requireFolder(cwd, template);
  const file = join(execution.folders.temp, `${randomUUID()}.sh`);
  await writeFile(file, script.endsWith("\n") ? script : `${script}\n`);
  const [command = "", ...args] = template.split(/\s+/).map((word) => word.replace("{0}", file));
  try {
    const { code, outputs } = await runStepProcess(execution, {
      command,
      args,
      cwd,
      env: call.env,
      identity: { action: call.actionId, actionPath: frame.actionPath, repository: "", ref: "" },
      signal: call.signal,
    });
    if (code !== 0) {
      if (!call.signal.aborted) execution.annotate("failure", `Process completed with exit code ${code}.`);
      throw new StepFailed();
    }
    return outputs;
  } finally {
    await rm(file, { force: true });
  }
}

/** What a step without a name is called after: the script's first line. */
export function firstLine(script: string): string {
  return script.trimStart().split("\n")[0]?.trimEnd() ?? "";
}

function shellTemplate(shell: string): string {
  const template = SHELLS[shell] ?? (shell.includes("{0}") ? shell : null);
  if (template === null) throw new Error(`The shell '${shell}' is not supported by the runner`);
  return template;
}

async function requireFolder(cwd: string, template: string): Promise<void> {
  const isFolder = await stat(cwd).then(
    (stats) => stats.isDirectory(),
    () => false,
  );
  if (isFolder) return;
  const [command = ""] = template.split(" ");
  throw new Error(
    `An error occurred trying to start process '${command}' with working directory '${cwd}'. No such file or directory`,
  );
}
