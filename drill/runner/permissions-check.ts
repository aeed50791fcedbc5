import type { TokenPermissions } from "../contracts.ts";
import { type Problem, WorkflowError } from "./errors.ts";
import { DEFAULT_PERMISSIONS, exceededPermission } from "./permissions.ts";
import type { Workflow } from "./workflow.ts";

/**
 * Refuses a workflow whose called workflows ask for more than the calling job may do, before anything runs.
 * @throws WorkflowError at the calling job's `uses`, in GitHub's wording.
 */
export function checkCallPermissions(workflow: Workflow): void {
  const problems = findProblems(workflow, null);
  if (problems.length > 0) throw new WorkflowError(problems);
}

function findProblems(workflow: Workflow, caller: TokenPermissions | null): Problem[] {
  const problems: Problem[] = [];
  for (const job of workflow.jobs.values()) {
    if (job.call === null) continue;
    const allowed = job.permissions ?? workflow.permissions ?? caller ?? DEFAULT_PERMISSIONS;
    const called = job.call.workflow;
    for (const nested of called.jobs.values()) {
      const requested = nested.permissions ?? called.permissions;
      const exceeded = requested === null ? null : exceededPermission(requested, allowed);
      if (exceeded === null) continue;
      const message = `Error calling workflow '${called.path}'. The nested job '${nested.key}' ${exceeded}`;
      problems.push({ ...job.call.position, message });
    }
    problems.push(...findProblems(called, allowed));
  }
  return problems;
}
