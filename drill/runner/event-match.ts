/** Whether an event starts a workflow: its name, activity type, branch and paths against the workflow's `on`. */
import type { Trigger, Workflow } from "./workflow.ts";

export interface Happening {
  name: string;
  action: string | null;
  /** For `push` and `pull_request`: the branch that changed or would change, and the paths. */
  push?: { branch: string; paths: readonly string[] };
}

/**
 * The activity types that start a workflow that names none.
 * https://docs.github.com/actions/reference/workflows-and-actions/events-that-trigger-workflows#pull_request
 */
const USUAL_TYPES: Readonly<Record<string, readonly string[]>> = {
  pull_request: ["opened", "synchronize", "reopened"],
};

export function starts(workflow: Workflow, happening: Happening): boolean {
  const trigger = workflow.triggers.get(happening.name);
  if (!trigger) return false;
  const types = trigger.filters.types ?? USUAL_TYPES[happening.name] ?? null;
  if (types !== null && !types.includes(happening.action ?? "")) return false;
  const { push } = happening;
  return push === undefined || (branchFits(trigger, push.branch) && pathsFit(trigger, push.paths));
}

function branchFits({ filters }: Trigger, branch: string): boolean {
  if (filters.branchesIgnore !== null) return !filters.branchesIgnore.some((glob) => matches(glob, branch));
  // A push with a filter for tags alone is about no branch.
  if (filters.branches === null) return !filters.tags;
  return lastWord(filters.branches, branch);
}

function pathsFit({ filters }: Trigger, paths: readonly string[]): boolean {
  const { paths: wanted, pathsIgnore } = filters;
  if (pathsIgnore !== null) return !paths.every((path) => pathsIgnore.some((glob) => matches(glob, path)));
  return wanted === null || paths.some((path) => lastWord(wanted, path));
}

/** Of the patterns that match, the last one decides; `!` excludes. */
function lastWord(globs: readonly string[], value: string): boolean {
  const deciding = globs.findLast((glob) => matches(glob.replace(/^!/, ""), value));
  return deciding !== undefined && !deciding.startsWith("!");
}

/** https://docs.github.com/actions/reference/workflows-and-actions/workflow-syntax#filter-pattern-cheat-sheet */
function matches(glob: string, value: string): boolean {
  const source = glob
    .replaceAll(/[.^$(){}|\\]/g, "\\$&")
    .replaceAll(/\*\*\/?|\*/g, (stars) => (stars === "*" ? "[^/]*" : ".*"));
  return new RegExp(`^${source}$`).test(value);
}
