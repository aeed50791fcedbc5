import type { TemplateToken } from "@actions/workflow-parser/templates/tokens/index";
import { isBasicExpression } from "@actions/workflow-parser/templates/tokens/type-guards";
import { type Problem, positionOf } from "./errors.ts";
import { readPermissions } from "./permissions.ts";
import type { ReplacementTable } from "./replacements.ts";
import { fieldsOf, literalText, mappingEntries, sequenceItems, stringList } from "./tokens.ts";
import { readUses } from "./uses.ts";
import type { Job, RunDefaults, Step } from "./workflow.ts";

/** Jobs and steps from the token tree, with a problem for everything the runner would have to skip. */

export interface LoadContext {
  file: string;
  replacements: ReplacementTable;
  problems: Problem[];
  notes: string[];
}

const UNSUPPORTED_JOB_KEYS = ["container", "services", "snapshot"];

/** Reads a job; `call` is filled in by the loader, which follows reusable workflows. */
export function readJob(keyToken: TemplateToken, token: TemplateToken, context: LoadContext): Job {
  const fields = fieldsOf(token);
  const optional = (name: string) => fields.get(name) ?? null;
  refuseKeys(token, UNSUPPORTED_JOB_KEYS, context);
  refuseEnvironmentDeployment(fields.get("environment"), context);
  checkRunsOn(fields.get("runs-on"), context);
  const defaults = readDefaults(fields.get("defaults"), context);
  return {
    key: keyToken.toString(),
    file: context.file,
    position: positionOf(keyToken, context.file),
    name: optional("name"),
    needs: stringList(fields.get("needs")),
    if: optional("if"),
    strategy: optional("strategy"),
    runsOn: optional("runs-on"),
    environment: optional("environment"),
    permissions: readPermissions(fields.get("permissions")),
    concurrency: optional("concurrency"),
    outputs: optional("outputs"),
    env: optional("env"),
    defaults,
    timeoutMinutes: optional("timeout-minutes"),
    cancelTimeoutMinutes: optional("cancel-timeout-minutes"),
    continueOnError: optional("continue-on-error"),
    steps: sequenceItems(fields.get("steps")).map((step) => readStep(step, context)),
    call: null,
  };
}

/** Reads a step of a job or of a composite action. */
export function readStep(token: TemplateToken, context: LoadContext): Step {
  const fields = fieldsOf(token);
  const optional = (name: string) => fields.get(name) ?? null;
  refuseKeys(token, ["background", "wait", "wait-all", "cancel", "parallel"], context);
  checkShell(fields.get("shell"), context);
  const uses = fields.get("uses");
  return {
    file: context.file,
    position: positionOf(token, context.file),
    id: literalText(fields.get("id")),
    name: optional("name"),
    if: optional("if"),
    run: optional("run"),
    uses: uses ? readUses(uses, fields.get("with"), context.file, context.replacements, context) : null,
    with: optional("with"),
    env: optional("env"),
    shell: optional("shell"),
    workingDirectory: optional("working-directory"),
    timeoutMinutes: optional("timeout-minutes"),
    continueOnError: optional("continue-on-error"),
  };
}

/** `defaults.run` of a workflow or job. */
export function readDefaults(token: TemplateToken | undefined, context: LoadContext): RunDefaults {
  const runToken = fieldsOf(token).get("run");
  if (runToken && isBasicExpression(runToken))
    report(runToken, "'defaults.run' must be a mapping here", context);
  const run = fieldsOf(runToken);
  checkShell(run.get("shell"), context);
  return { shell: run.get("shell") ?? null, workingDirectory: run.get("working-directory") ?? null };
}

function refuseKeys(token: TemplateToken, keys: readonly string[], context: LoadContext): void {
  for (const { key, keyToken } of mappingEntries(token)) {
    if (keys.includes(key)) report(keyToken, `'${key}' is not supported by the runner`, context);
  }
}

function refuseEnvironmentDeployment(token: TemplateToken | undefined, context: LoadContext): void {
  const deployment = fieldsOf(token).get("deployment");
  if (deployment)
    report(deployment, "'deployment' of an environment is not supported by the runner", context);
}

function checkRunsOn(token: TemplateToken | undefined, context: LoadContext): void {
  const labels = stringList(fieldsOf(token).get("labels") ?? token);
  const foreign = labels.find((label) => /^(windows|macos)/i.test(label));
  if (token && foreign) report(token, `'runs-on: ${foreign}' is not supported, the runner is Linux`, context);
}

const SHELLS = ["bash", "sh"];

function checkShell(token: TemplateToken | undefined, context: LoadContext): void {
  const shell = literalText(token);
  if (token && shell !== null && !SHELLS.includes(shell) && !shell.includes("{0}")) {
    report(
      token,
      `The shell '${shell}' is not supported by the runner; use bash, sh or a command with {0}`,
      context,
    );
  }
}

function report(token: TemplateToken, message: string, context: LoadContext): void {
  context.problems.push({ ...positionOf(token, context.file), message });
}
