import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { TemplateToken } from "@actions/workflow-parser/templates/tokens/index";
import { positionOf, shownPath, WorkflowError } from "./errors.ts";
import { type LoadContext, readStep } from "./load-jobs.ts";
import { parseFile } from "./parse.ts";
import type { ReplacementTable } from "./replacements.ts";
import { fieldsOf, literalText, mappingEntries, sequenceItems } from "./tokens.ts";
import type { Step } from "./workflow.ts";

/** An action's `action.yml`. https://docs.github.com/en/actions/reference/workflows-and-actions/metadata-syntax */
export interface Action {
  /** The metadata file as diagnostics name it. */
  file: string;
  folder: string;
  name: string;
  inputs: ReadonlyMap<string, ActionInput>;
  runs: NodeRuns | CompositeRuns;
}

export interface ActionInput {
  required: boolean;
  default: TemplateToken | null;
  deprecation: string | null;
}

export interface NodeRuns {
  kind: "node";
  main: string;
  pre: string | null;
  post: string | null;
  postIf: TemplateToken | null;
}

export interface CompositeRuns {
  kind: "composite";
  steps: readonly Step[];
  outputs: ReadonlyMap<string, TemplateToken>;
}

/** The metadata file of an action's folder; null when there is none. */
export function manifestIn(folder: string): string | null {
  return ["action.yml", "action.yaml"].map((name) => join(folder, name)).find(existsSync) ?? null;
}

/**
 * Reads the action in a folder of the repository at `root`.
 * @throws WorkflowError with file, line and column when it is invalid or not of a kind the runner starts.
 */
export async function loadAction(
  folder: string,
  root: string,
  replacements: ReplacementTable,
): Promise<Action> {
  const path = manifestIn(folder);
  if (path === null) {
    const message = `Can't find 'action.yml', 'action.yaml' or 'Dockerfile' under '${folder}'. Did you forget to run actions/checkout before running your local action?`;
    throw new WorkflowError([{ file: shownPath(folder, root), line: 1, column: 1, message }]);
  }
  const file = shownPath(path, root);
  const { root: token } = parseFile("action", file, await readFile(path, "utf8"));
  return readAction(token, file, folder, replacements);
}

function readAction(
  token: TemplateToken,
  file: string,
  folder: string,
  replacements: ReplacementTable,
): Action {
  const context: LoadContext = { file, replacements, problems: [], notes: [] };
  const fields = fieldsOf(token);
  const runs = readRuns(fields, context);
  if (context.problems.length > 0) throw new WorkflowError(context.problems);
  return {
    file,
    folder,
    name: literalText(fields.get("name")) ?? folder,
    inputs: new Map(mappingEntries(fields.get("inputs")).map(({ key, value }) => [key, readInput(value)])),
    runs,
  };
}

function readInput(token: TemplateToken): ActionInput {
  const fields = fieldsOf(token);
  return {
    required: literalText(fields.get("required")) === "true",
    default: fields.get("default") ?? null,
    deprecation: literalText(fields.get("deprecationMessage")),
  };
}

function readRuns(
  action: ReadonlyMap<string, TemplateToken>,
  context: LoadContext,
): NodeRuns | CompositeRuns {
  const fields = fieldsOf(action.get("runs"));
  const using = fields.get("using");
  const kind = literalText(using);
  if (kind === "composite") {
    const outputs = mappingEntries(action.get("outputs")).flatMap(
      ({ key, value }): [string, TemplateToken][] => {
        const output = fieldsOf(value).get("value");
        return output ? [[key, output]] : [];
      },
    );
    const steps = sequenceItems(fields.get("steps")).map((step) => readStep(step, context));
    return { kind: "composite", steps, outputs: new Map(outputs) };
  }
  if (using && kind !== "node24") {
    const message = `'using: ${kind}' is not supported by the runner; use node24 or composite`;
    context.problems.push({ ...positionOf(using, context.file), message });
  }
  return {
    kind: "node",
    main: literalText(fields.get("main")) ?? "",
    pre: literalText(fields.get("pre")),
    post: literalText(fields.get("post")),
    postIf: fields.get("post-if") ?? null,
  };
}
