import type { TemplateToken } from "@actions/workflow-parser/templates/tokens/index";
import type { TokenPermissions } from "../contracts.ts";
import type { Position } from "./errors.ts";

/**
 * A workflow file as the runner executes it.
 *
 * Values that may hold expressions stay tokens of the parser's tree, because the parser's own converted template
 * drops `with`, `shell`, `permissions`, `defaults` and timeouts, and because tokens know their line and column.
 */
export interface Workflow {
  /** The file part of every diagnostic: the path inside the repository, or for a file from elsewhere its own. */
  file: string;
  /** The path inside the repository, for example `.github/workflows/incident.yml`. */
  path: string;
  name: string | null;
  runName: TemplateToken | null;
  triggers: ReadonlyMap<string, Trigger>;
  env: TemplateToken | null;
  defaults: RunDefaults;
  permissions: TokenPermissions | null;
  concurrency: TemplateToken | null;
  jobs: ReadonlyMap<string, Job>;
  /** Remarks that stop nothing, for example a `uses` that is not pinned to a commit. */
  notes: readonly string[];
}

export interface Trigger {
  position: Position;
  /** Inputs of `workflow_dispatch` and `workflow_call`; empty for other events. */
  inputs: ReadonlyMap<string, InputDefinition>;
  /** Secrets of `workflow_call`: name to whether the caller must give it. */
  secrets: ReadonlyMap<string, boolean>;
  /** Outputs of `workflow_call`. */
  outputs: ReadonlyMap<string, TemplateToken>;
  filters: TriggerFilters;
}

/** Which of its events start the workflow; null where `on` does not say. */
export interface TriggerFilters {
  types: readonly string[] | null;
  branches: readonly string[] | null;
  branchesIgnore: readonly string[] | null;
  paths: readonly string[] | null;
  pathsIgnore: readonly string[] | null;
  tags: boolean;
}

export interface InputDefinition {
  type: "string" | "boolean" | "choice" | "number" | "environment";
  required: boolean;
  default: TemplateToken | null;
  options: readonly string[];
}

export interface RunDefaults {
  shell: TemplateToken | null;
  workingDirectory: TemplateToken | null;
}

export interface Job {
  key: string;
  file: string;
  position: Position;
  name: TemplateToken | null;
  needs: readonly string[];
  if: TemplateToken | null;
  strategy: TemplateToken | null;
  runsOn: TemplateToken | null;
  environment: TemplateToken | null;
  permissions: TokenPermissions | null;
  concurrency: TemplateToken | null;
  outputs: TemplateToken | null;
  env: TemplateToken | null;
  defaults: RunDefaults;
  timeoutMinutes: TemplateToken | null;
  cancelTimeoutMinutes: TemplateToken | null;
  continueOnError: TemplateToken | null;
  steps: readonly Step[];
  /** Set for a job that calls a reusable workflow. */
  call: WorkflowCall | null;
}

export interface WorkflowCall {
  workflow: Workflow;
  position: Position;
  with: TemplateToken | null;
  secrets: "inherit" | TemplateToken | null;
}

export interface Step {
  file: string;
  position: Position;
  id: string | null;
  name: TemplateToken | null;
  if: TemplateToken | null;
  run: TemplateToken | null;
  uses: UsesReference | null;
  with: TemplateToken | null;
  env: TemplateToken | null;
  shell: TemplateToken | null;
  workingDirectory: TemplateToken | null;
  timeoutMinutes: TemplateToken | null;
  continueOnError: TemplateToken | null;
}

export type UsesReference =
  | { kind: "local"; text: string; position: Position; path: string }
  | { kind: "replaced"; text: string; position: Position; name: string; ref: string };
