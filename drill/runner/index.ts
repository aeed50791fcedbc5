/** The workflow runner: reads real workflow files and runs them in simulated time. */
export { ConcurrencyTable } from "./concurrency.ts";
export { DispatchError, WorkflowError } from "./errors.ts";
export type { Annotation, RunnerEvent } from "./events.ts";
export { type LoadOptions, loadWorkflow } from "./load.ts";
export {
  defaultReplacements,
  type Replacement,
  type ReplacementContext,
  type ReplacementTable,
} from "./replacements.ts";
export {
  type RerunOptions,
  type RunOptions,
  type RunResult,
  rerunWorkflow,
  runWorkflow,
  type WorkflowEvent,
} from "./run.ts";
export type { Workflow } from "./workflow.ts";
