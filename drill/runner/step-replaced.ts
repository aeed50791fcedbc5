import { createCommandFiles, removeCommandFiles } from "./file-commands.ts";
import type { JobExecution } from "./job-execution.ts";
import { givenInputs, logHead, type StepCall } from "./step-call.ts";
import { stepEnvironment } from "./step-env.ts";
import { withLines } from "./step-node-action.ts";
import type { UsesReference } from "./workflow.ts";

/**
 * Runs the replacement of a third-party action and returns its outputs.
 * @throws whatever the replacement throws; its message fails the step.
 */
export async function runReplaced(
  execution: JobExecution,
  call: StepCall,
  uses: Extract<UsesReference, { kind: "replaced" }>,
): Promise<Record<string, string>> {
  const { run, folders, masker, log } = execution;
  const replacement = run.replacements[uses.name];
  if (replacement === undefined) throw new Error(`The action '${uses.text}' has no replacement`);
  const given = givenInputs(call);
  logHead(execution, `Run ${uses.text}`, withLines(given), call.env);
  const lower = Object.fromEntries(
    Object.entries(given).map(([name, value]) => [name.toLowerCase(), value.trim()]),
  );
  const outputs: Record<string, string> = {};
  const files = await createCommandFiles(folders.temp);
  const identity = { action: call.actionId, actionPath: null, repository: uses.name, ref: uses.ref };
  try {
    await replacement.run({
      inputs: { ...replacement.inputs, ...lower },
      env: stepEnvironment(execution, call.env, identity, files),
      workspace: folders.workspace,
      workspaceSource: run.workspaceSource,
      mayFetch: mayFetch(execution),
      artifactsDir: run.artifactsDir,
      clock: run.clock,
      signal: call.signal,
      log: (line) => log.write(line),
      warning: (message) => execution.annotate("warning", message),
      addMask: (value) => masker.add(value),
      setEnv: (name, value) => {
        execution.env[name] = value;
      },
      setOutput: (name, value) => {
        outputs[name] = value;
      },
    });
  } finally {
    await removeCommandFiles(files);
  }
  return outputs;
}

/** Anyone may fetch a public repository; a private one takes a token with `contents: read` or more. */
function mayFetch({ run, plan }: JobExecution): boolean {
  return !run.host.private || ["read", "write"].includes(plan.permissions.contents ?? "none");
}
