import type { ActionDeps } from "../ports.ts";

export interface Person {
  id: number;
  login: string;
  /** `User` for people; `Bot`, `Organization` and others are none. */
  type: string;
}

/** The workflow run that this code belongs to, as GitHub knows it (not as the job's environment says). */
export interface WorkflowRun {
  createdAt: Date;
  /** Who caused the first attempt, and who this one; null where GitHub names nobody. */
  startedBy: (Person | null)[];
}

/** https://docs.github.com/en/rest/actions/workflow-runs#get-a-workflow-run */
export async function readWorkflowRun({ github, context }: ActionDeps): Promise<WorkflowRun> {
  const { owner, repo, runId } = context;
  const { data } = await github.rest.actions.getWorkflowRun({ owner, repo, run_id: runId });
  const startedBy = [data.actor, data.triggering_actor].map((person) =>
    person ? { id: person.id, login: person.login, type: person.type } : null,
  );
  return { createdAt: new Date(data.created_at), startedBy };
}
