/** What to say when GitHub takes no run for a dispatch. */
import type { Workflow } from "../runner/workflow.ts";

/** A dispatch that GitHub refused. */
export interface RefusedDispatch {
  at: number;
  workflow: string;
  /** GitHub's own. */
  message: string;
  remedy: string;
}

/** How to dispatch a workflow so that GitHub takes it. */
export function remedyFor(
  workflow: Workflow,
  inputs: Readonly<Record<string, string>>,
  incident: number | null,
): string {
  const declared = declaredInputs(workflow);
  if (declared.includes("incident") && !inputs.incident && incident === null) {
    return `No incident exists yet, and ${workflow.path} works on one: dispatch it under the scenario's 'afterwards', with 'incident: $incident'. docs/drills.md shows how.`;
  }
  if (!workflow.triggers.has("workflow_dispatch"))
    return `${workflow.path} cannot be dispatched by hand: give it the trigger 'workflow_dispatch', or dispatch another.`;
  if (declared.length === 0) return `${workflow.path} takes no inputs: leave out --input.`;
  return `Give ${workflow.path} what it takes with --input KEY=VALUE: ${declared.join(", ")}.`;
}

/** The names of the inputs that a workflow takes by hand. */
export function declaredInputs(workflow: Workflow): string[] {
  return [...(workflow.triggers.get("workflow_dispatch")?.inputs.keys() ?? [])];
}
