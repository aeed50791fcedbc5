import type { Plan } from "./plan.ts";

/** The commands that a remedy names. All of them are dispatches that a responder can paste into a terminal. */

/** Which incident; an `IncidentRecord` is one. */
export interface Where {
  /** `INC-42`. */
  id: string;
  target: { environment: string; mcp: string };
}

/** Collects the evidence again, as it is now. */
export function preserveCommand(where: Where): string {
  return dispatch("preserve.yml", where);
}

/** Puts files that somebody has delivered into the evidence. */
export function attachCommand(where: Where): string {
  return dispatch("preserve.yml", where, "attach=s3://BUCKET/FOLDER/");
}

/** Plans anew, asks for the approval anew, contains. */
export function containCommand(where: Where, ...inputs: string[]): string {
  return dispatch("contain.yml", where, ...inputs);
}

/** Contains a Critical incident without evidence that cannot be had. */
export function breakGlassCommand(where: Where): string {
  return dispatch("break-glass.yml", where, 'reason="..."');
}

/** Says that a person has done a step. */
export function confirmCommand(where: Where, step: string, ...inputs: string[]): string {
  return dispatch("confirm-step.yml", where, `step=${step}`, ...inputs, 'note="..."');
}

/** Changes the severity. @param severity by its name, which is what the workflow takes: `Critical`. */
export function setSeverityCommand({ id, target }: Where, severity: string): string {
  return `gh workflow run set-severity.yml -f incident=${id.replace(/^INC-/, "")} -f environment=${target.environment} -f severity=${severity} -f reason="..."`;
}

/** Checks the audit trail anew. */
export function verifyTrailCommand({ id, target }: Where): string {
  return `gh workflow run verify-audit-trail.yml -f incident=${id.replace(/^INC-/, "")} -f environment=${target.environment}`;
}

/** Takes a scale-down back. */
export function restoreCommand(where: Where): string {
  return dispatch("restore.yml", where, 'root_cause="..."');
}

/** Takes back whatever plays have changed, a scale-down as well. */
export function undoCommand(where: Where): string {
  return dispatch("undo.yml", where, 'reason="..."');
}

/** Plans a change of this kind anew and asks for the approval anew. */
export function againCommand(change: Plan["change"], where: Where): string {
  if (change === "undo") return undoCommand(where);
  return change === "restore" ? restoreCommand(where) : containCommand(where);
}

function dispatch(workflow: string, { id, target }: Where, ...inputs: string[]): string {
  const fields = [
    `incident=${id.replace(/^INC-/, "")}`,
    `environment=${target.environment}`,
    `mcp=${target.mcp}`,
    ...inputs,
  ];
  return ["gh workflow run", workflow, ...fields.map((field) => `-f ${field}`)].join(" ");
}
