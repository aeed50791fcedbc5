import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { basename, dirname, isAbsolute, join, resolve } from "node:path";
import type { TemplateToken } from "@actions/workflow-parser/templates/tokens/index";
import { loadAction, manifestIn } from "./action.ts";
import { diagnose } from "./diagnose.ts";
import { type Problem, positionOf, shownPath, WorkflowError } from "./errors.ts";
import { type LoadContext, readDefaults, readJob } from "./load-jobs.ts";
import { readTriggers } from "./load-triggers.ts";
import { parseFile, problemsIn } from "./parse.ts";
import { readPermissions } from "./permissions.ts";
import { defaultReplacements, type ReplacementTable } from "./replacements.ts";
import { fieldsOf, literalText, mappingEntries, sequenceItems } from "./tokens.ts";
import type { Job, Workflow, WorkflowCall } from "./workflow.ts";

export interface LoadOptions {
  /** The repository's root; found from `.github/workflows` in the path when absent, else the file's folder. */
  root?: string;
  replacements?: ReplacementTable;
}

/** GitHub connects at most ten levels of workflows. */
const MAX_DEPTH = 10;

/**
 * Reads a workflow file together with the reusable workflows and local actions that it names.
 * @throws WorkflowError naming file, line and column of everything that is invalid or that the runner does not
 *   support; an error of the file system when the file cannot be read.
 */
export async function loadWorkflow(path: string, options: LoadOptions = {}): Promise<Workflow> {
  const root = resolve(options.root ?? repositoryRoot(path));
  return (await load(path, root, options.replacements ?? defaultReplacements, 1)).workflow;
}

interface Loaded {
  workflow: Workflow;
  token: TemplateToken;
}

/** The workflows that a file calls, by reference. */
type Called = Map<string, TemplateToken>;

async function load(
  path: string,
  root: string,
  replacements: ReplacementTable,
  depth: number,
): Promise<Loaded> {
  const file = shownPath(path, root);
  const { context, root: token } = parseFile("workflow", file, await readFile(path, "utf8"));
  const loading: LoadContext = { file, replacements, problems: insertDirectives(token, file), notes: [] };
  const called: Called = new Map();
  const workflow = await readWorkflow(token, root, loading, depth, called);
  diagnose(context, token, called);
  const problems = [...problemsIn(context, file), ...loading.problems];
  if (problems.length > 0) throw new WorkflowError(sorted(problems));
  return { workflow, token };
}

async function readWorkflow(
  token: TemplateToken,
  root: string,
  context: LoadContext,
  depth: number,
  called: Called,
): Promise<Workflow> {
  const fields = fieldsOf(token);
  const on = fields.get("on");
  const jobs = new Map<string, Job>();
  for (const { key, keyToken, value } of mappingEntries(fields.get("jobs"))) {
    const job = readJob(keyToken, value, context);
    const call = await readCall(value, root, context, depth, called);
    await checkLocalActions(job, root, context);
    jobs.set(key, { ...job, call });
  }
  const runName = fields.get("run-name") ?? null;
  return {
    file: context.file,
    path: pathInRepository(context.file),
    name: literalText(fields.get("name")),
    runName,
    triggers: on ? readTriggers(on, context.file, context.problems) : new Map(),
    env: fields.get("env") ?? null,
    defaults: readDefaults(fields.get("defaults"), context),
    permissions: readPermissions(fields.get("permissions")),
    concurrency: fields.get("concurrency") ?? null,
    jobs,
    notes: context.notes,
  };
}

/** `${{ insert }}` is GitHub's undocumented way to merge mappings; nothing here evaluates it. */
function insertDirectives(token: TemplateToken, file: string): Problem[] {
  return children(token).flatMap((each) =>
    "directive" in each && each.directive !== undefined
      ? [{ ...positionOf(each, file), message: "The directive 'insert' is not supported by the runner" }]
      : [],
  );
}

/** The token and every key and value below it. */
function children(token: TemplateToken): TemplateToken[] {
  const mapped = mappingEntries(token).flatMap(({ keyToken, value }) => [keyToken, ...children(value)]);
  return [token, ...mapped, ...sequenceItems(token).flatMap(children)];
}

/** The reusable workflow that a job calls; null for a job with steps or when the reference is reported instead. */
async function readCall(
  token: TemplateToken,
  root: string,
  context: LoadContext,
  depth: number,
  called: Called,
): Promise<WorkflowCall | null> {
  const fields = fieldsOf(token);
  const uses = fields.get("uses");
  if (uses === undefined) return null;
  const reference = literalText(uses) ?? "";
  const position = positionOf(uses, context.file);
  const report = (message: string) => {
    context.problems.push({ ...position, message });
    return null;
  };
  if (!/^\.\/\.github\/workflows\/[^/]+\.ya?ml$/.test(reference)) {
    return report(`'${reference}' is not supported: the runner calls './.github/workflows/<file>.yml' only`);
  }
  if (depth >= MAX_DEPTH) return report(`Workflows are nested more than ${MAX_DEPTH} levels deep`);
  const path = join(root, reference);
  if (!existsSync(path)) return report(`The workflow '${reference}' does not exist`);
  const { workflow, token: target } = await load(path, root, context.replacements, depth + 1);
  called.set(reference, target);
  const secrets = fields.get("secrets");
  return {
    workflow,
    position,
    with: fields.get("with") ?? null,
    secrets: literalText(secrets) === "inherit" ? "inherit" : (secrets ?? null),
  };
}

/** Reads the actions that are there already, so that their mistakes show before a run begins. */
async function checkLocalActions(job: Job, root: string, context: LoadContext): Promise<void> {
  for (const step of job.steps) {
    if (step.uses?.kind !== "local") continue;
    const folder = join(root, step.uses.path);
    if (manifestIn(folder) === null) continue;
    try {
      await loadAction(folder, root, context.replacements);
    } catch (error) {
      if (!(error instanceof WorkflowError)) throw error;
      context.problems.push(...error.problems);
    }
  }
}

function repositoryRoot(path: string): string {
  const folder = dirname(resolve(path));
  const isWorkflowFolder = basename(folder) === "workflows" && basename(dirname(folder)) === ".github";
  return isWorkflowFolder ? dirname(dirname(folder)) : folder;
}

/** A file from elsewhere is run as if it were among the repository's workflows. */
function pathInRepository(file: string): string {
  return isAbsolute(file) || file.startsWith("..") ? `.github/workflows/${basename(file)}` : file;
}

function sorted(problems: readonly Problem[]): Problem[] {
  return [...problems].sort((left, right) => left.line - right.line || left.column - right.column);
}
