import type { ActionDeps } from "../ports.ts";

export interface Person {
  id: number;
  login: string;
}

/** The workflow run that this code belongs to, as GitHub knows it (not as the job's environment says). */
export interface WorkflowRun {
  createdAt: Date;
  /** Who caused the first attempt, and who this one; null where GitHub names nobody. */
  startedBy: Person[];
}

/** https://docs.github.com/en/rest/actions/workflow-runs#get-a-workflow-run */
export async function readWorkflowRun({ github, context }: ActionDeps): Promise<WorkflowRun> {
  const { owner, repo, runId } = context;
  const { data } = await github.rest.actions.getWorkflowRun({ owner, repo, run_id: runId });
  const people = [data.actor, data.triggering_actor].filter((person) => person != null);
  return { createdAt: new Date(data.created_at), startedBy: people.map(({ id, login }) => ({ id, login })) };
}
